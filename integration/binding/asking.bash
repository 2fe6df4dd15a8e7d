# Shared by the tests of the binding: a runtime that asks binding_check() where an engine
# calls it to create a container, and then becomes runc. Needs $SCRATCH.

ASK=${BUILD_DIR:-$REPOSITORY/build}/binding-ask

# asking_begin: makes $ASKING, the runtime.
asking_begin()
{
	[ -x "$ASK" ] || make -s -C "$REPOSITORY" WERROR=-Werror "B=$(dirname "$ASK")" "$ASK" >&2 || return 1
	ASKING=$SCRATCH/asking
	export ASKING
	cat >"$ASKING" <<-END
		#!/bin/sh
		[ ! -x $SCRATCH/before ] || case " \$* " in *" create "*) $SCRATCH/before ;; esac
		[ ! -f $SCRATCH/question.json ] || $ASK $SCRATCH/question.json $SCRATCH/answer.json "\$0" "\$@"
		exec $BARE_RUNTIME "\$@"
	END
	chmod 755 "$ASKING"
}

# will_ask BIND EMPTY-UPPER DIFF-ID…: what the next container is asked.
will_ask()
{
	rm -f "$SCRATCH/answer.json"
	jq -n --arg bind "$1" --argjson empty "$2" --arg cache "$SCRATCH/cache" --argjson times "${TIMES:-1}" \
		--argjson facts "${SNAPSHOT:-null}" '{bind: $bind, "empty-upper": $empty, "diff-ids": $ARGS.positional,
		cache: $cache, times: $times} + ($facts // {})' --args "${@:3}" >"$SCRATCH/question.json"
}

# before_create COMMAND…: run by the runtime before it asks; nothing: no longer.
before_create()
{
	rm -f "$SCRATCH/before"
	[ $# -gt 0 ] || return 0
	printf '#!/bin/bash\n%s\n' "$*" >"$SCRATCH/before"
	chmod 755 "$SCRATCH/before"
}

answer()
{
	jq -r "$1" "$SCRATCH/answer.json"
}

assert_bound()
{
	assert_equal "$(answer .why)" '' && assert_equal "$(answer .bound)" true
}

# assert_unbound PART…: refused, and the reason has every PART.
assert_unbound()
{
	local part
	assert_equal "$(answer .bound)" false || return 1
	for part; do
		assert_contains "$(answer .why)" "$part" || return 1
	done
}

# mark NAME PATH [VALUE]: sets an extended attribute, or takes it away.
mark()
{
	/usr/bin/python3 -c 'import os, sys
name, path, *value = sys.argv[1:]
os.setxattr(path, name, value[0].encode()) if value else os.removexattr(path, name)' "$@"
}
