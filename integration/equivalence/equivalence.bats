#!/usr/bin/env bats
# Under a permissive policy nothing changes: the same bundle by the same command, once by
# bare runc or crun and once through us, gives the same container, the same output and the
# same exit status. Permissive is: every control `off` (enumerated, so that a new one is
# among them), and `mode: audit`.

load ../attacks/attacks.bash

declare -gA BARE=([runc]=/usr/sbin/runc [crun]=/usr/bin/crun)

setup_file() {
	# crun 1.8 does not take version 1 of cgroups with a version 2 beside it
	umount /sys/fs/cgroup/unified 2>/dev/null || true
	export POLICIES=$BATS_FILE_TMPDIR
	local backend
	for backend in runc crun; do
		printf 'version: 1\nextends: baseline\nbackend: {name: %s}\nmode: audit\n' "$backend" >"$POLICIES/audit.$backend"
		{
			printf 'version: 1\nextends: baseline\nbackend: {name: %s}\ncontrols:\n' "$backend"
			"$HARDENCTL" explain | sed -n 's/^\([a-z-]\{1,\}\)$/  \1: {action: off}/p'
		} >"$POLICIES/off.$backend"
	done
	local name
	for name in /proc/self/ns/*; do
		echo "s/$(readlink "$name" | sed 's/[][]/\\&/g')/${name##*/} of the host/"
	done >"$POLICIES/host-namespaces"
	gcc -static -O1 -o "$POLICIES/runc" "$BATS_TEST_DIRNAME/probe.c"
}

# process KEY JSON: sets /process/KEY. Not by jq, which rounds large numbers.
process() {
	python3 - "$BUNDLE/config.json" "$1" "$2" <<'PY'
import json, sys
path, key, value = sys.argv[1:]
config = json.load(open(path))
config["process"][key] = json.loads(value)
text = json.dumps(config, ensure_ascii=False)
open(path, "w").write(text)
PY
}

# The bundle of the attacks, with more in it that could get lost.
make_rich_bundle() {
	cp "$BATS_TEST_DIRNAME/facts" "$BUNDLE/rootfs/facts"
	edit '.process.args = ["/bin/sh", "/facts"] | .process.cwd = "/tmp" | .process.env += ["EMPTY=", "WORDS=a b  c=d"]
		| .process.user = {uid: 1000, gid: 1001, umask: 63, additionalGids: [1001, 1002, 6]}
		| .process.oomScoreAdj = 100 | .hostname = "equal" | .process.noNewPrivileges = false
		| .linux.resources.pids = {limit: 77} | .linux.resources.memory = {limit: 268435456}
		| .linux.resources.cpu = {shares: 512} | .annotations = {"org.example.note": "ä"}
		| .mounts += [{destination: "/scratch", type: "tmpfs", source: "tmpfs", options: ["mode=1777", "size=1m"]}]'
	# CORE's larger than a signed number of 64 bits, as Docker writes it; NOFILE's soft as its
	# hard, since runc's own Go runtime raises the soft one in a race with what runc sets
	process rlimits '[{"type": "RLIMIT_CORE", "hard": 18446744073709551615, "soft": 0},
		{"type": "RLIMIT_NOFILE", "hard": 2048, "soft": 2048}]'
	cp "$BUNDLE/config.json" "$WORK/original.json"
}

# apply SED: the policy of $MODE and $BACKEND, changed so.
apply() {
	sed -n "$1" "$POLICIES/$MODE.$BACKEND" >"$WORK/policy"
	"$HARDENCTL" policy apply "$WORK/policy" >"$WORK/applied" 2>&1 || { cat "$WORK/applied"; return 1; }
}

# Every test once for each backend and permissive policy: for_each FUNCTION.
for_each() {
	make_rich_bundle
	for BACKEND in runc crun; do
		for MODE in off audit; do
			apply p || return 1
			"$1" || { echo "with $BACKEND, $MODE"; return 1; }
		done
	done
}

# What differs from call to call and says nothing.
normalise() {
	sed -i -E -f "$POLICIES/host-namespaces" -e 's/:\[[0-9]{10}\]/ of its own/' -e 's/"pid": ?[0-9]+/"pid": 0/' -e 's/time="[^"]*"/time/' \
		-e 's/[0-9-]{10}T[0-9:.]+Z/time/g' -e 's/pipe:\[[0-9]+\]/a pipe/' \
		-e 's/([A-Z][a-z]{2}) +[0-9]+ [0-9]{2}:[0-9]{2}/date/' "$@"
}

# once WHO PROGRAM NAME [LAUNCH OPTION…] -- ARGUMENT…: what came of it goes to $WORK/WHO/NAME.
once() {
	local who=$1 program=$2 name=$3 options=()
	shift 3
	while [ "$1" != -- ]; do
		options+=("$1")
		shift
	done
	shift
	rm -rf "$WORK/io"
	mkdir -p "$WORK/io" "$WORK/$who"
	"$BATS_TEST_DIRNAME/launch" "$WORK/io" "${options[@]}" -- "$program" --root "$WORK/root" "$@" || return 1
	rm -f "$WORK/io"/{input,socket}
	normalise "$WORK"/io/*
	mv "$WORK/io" "$WORK/$who/$name"
}

# both FUNCTION: `FUNCTION WHO PROGRAM` for bare and for ours; the folders are then equal.
both() {
	local who
	rm -rf "$WORK/bare" "$WORK/ours"
	for who in bare ours; do
		cat "$WORK/original.json" >"$BUNDLE/config.json"
		if [ "$who" = bare ]; then
			"$1" bare "${BARE[$BACKEND]}" || return 1
		else
			"$1" ours "$OCI_HARDEN" || return 1
		fi
		"${BARE[$BACKEND]}" --root "$WORK/root" delete --force "$ID" >/dev/null 2>&1 || true
		! [ -e "$WORK/root/$ID" ] || { echo "$ID is left over"; return 1; }
	done
	diff -r "$WORK/bare" "$WORK/ours"
}

# says NAME FILE TEXT…: what bare said, so that two empty answers are not taken for equal.
says() {
	local file=$WORK/bare/$1/$2 text
	shift 2
	for text; do
		grep -qF -- "$text" "$file" || { echo "not in $file: $text"; cat "$file"; return 1; }
	done
}

run_it() {
	once "$1" "$2" run -- run --bundle "$BUNDLE" "$ID"
}

the_same_container() {
	both run_it || return 1
	says run status 7 && says run error 'a word' || return 1
	says run output 'input: what was said' 'uid=1000' 'umask 0077, folder /tmp, host name equal' 'mnt of its own' \
		'WORDS=a b  c=d' 'Max open files            2048                 2048' 'mount 0 / /scratch rw' || return 1
	only_our_annotations
}

# Under `off` our two annotations are the only difference of config.json; under `audit`
# there is none, to the byte.
only_our_annotations() {
	[ "$MODE" = off ] || { cmp "$BUNDLE/config.json" "$WORK/original.json"; return; }
	python3 - "$WORK/original.json" "$BUNDLE/config.json" <<'PY'
import json, sys
before, after = (json.load(open(path), object_pairs_hook=lambda pairs: dict(pairs)) for path in sys.argv[1:])
own = {key for key in after["annotations"] if key not in before["annotations"]}
assert own == {"org.oci-harden.decision", "org.oci-harden.generation"}, own
for key in own:
    del after["annotations"][key]
assert before == after, (before, after)
PY
}

@test "the same container: kernel's facts, streams, exit status; config.json with no more than our annotations" {
	for_each the_same_container
}

run_passing() {
	once "$1" "$2" preserved --fds 2 -- run --preserve-fds 2 --bundle "$BUNDLE" "$ID" || return 1
	once "$1" "$2" activated --listen -- run --bundle "$BUNDLE" "$ID" || return 1
	once "$1" "$2" signals --signals -- run --bundle "$BUNDLE" "$ID"
}

descriptors_and_signals() {
	both run_passing || return 1
	says preserved output "descriptor 3 $WORK/io/given.3" "descriptor 4 $WORK/io/given.4" || return 1
	says activated output LISTEN_PID=1
}

@test "the same descriptors by --preserve-fds and LISTEN_FDS, the same signal mask and ignored signals" {
	for_each descriptors_and_signals
}

run_terminal() {
	once "$1" "$2" terminal --terminal "$WORK/io/socket" -- \
		create --bundle "$BUNDLE" --console-socket "$WORK/io/socket" --pid-file "$WORK/pid" "$ID" || return 1
	grep -qE '^[0-9]+$' "$WORK/pid" || { cat "$WORK/$1/terminal/error"; return 1; }
	rm "$WORK/pid"
}

the_same_terminal() {
	process terminal true
	cp "$WORK/original.json" "$WORK/kept.json"
	cp "$BUNDLE/config.json" "$WORK/original.json"
	both run_terminal || return 1
	says terminal console 'terminal: /dev/pts/0 33 101 all' 'a word' || return 1
	mv "$WORK/kept.json" "$WORK/original.json"
	cat "$WORK/original.json" >"$BUNDLE/config.json"
}

@test "the same terminal by --console-socket, and --pid-file" {
	for_each the_same_terminal
}

# A container that stays, and every verb on it.
run_verbs() {
	local process=$WORK/process.json log=$WORK/log.json
	python3 -c 'import json, sys
process = json.load(sys.stdin)["process"]
process["args"] = ["/bin/sh", "-c", "id; cat /proc/self/limits; grep -E ^Cap /proc/self/status; exit 5"]
json.dump(process, sys.stdout)' <"$WORK/original.json" >"$process"
	process args '["/bin/sleep", "300"]'
	rm -f "$log"
	once "$1" "$2" detached -- --log "$log" --log-format json run -d --pid-file "$WORK/pid" --bundle "$BUNDLE" "$ID" || return 1
	grep -qE '^[0-9]+$' "$WORK/pid" || { cat "$WORK/$1/detached/error"; return 1; }
	[ ! -e "$log" ] || cp "$log" "$WORK/$1/detached/log"
	# crun starts what options alone describe as root, whoever the container's user is: that
	# an exec is no more than the container is held beside the controls
	[ "$BACKEND/$MODE" = crun/off ] ||
		once "$1" "$2" exec -- exec "$ID" /bin/sh -c 'cat; id; pwd; echo $EMPTY; exit 3' || return 1
	once "$1" "$2" exec-process -- exec --process "$process" "$ID" || return 1
	once "$1" "$2" exec-nothing -- exec "$ID" /no/such/program || return 1
	once "$1" "$2" exec-detached -- exec --detach --pid-file "$WORK/pid2" "$ID" /bin/sleep 1 || return 1
	once "$1" "$2" update -- update --pids-limit 65 "$ID" || return 1
	once "$1" "$2" update-input -- update --resources - "$ID" || return 1
	printf '{"pids": {"limit": 66}}' >"$WORK/limits.json"
	once "$1" "$2" update-file -- update --resources "$WORK/limits.json" "$ID" || return 1
	once "$1" "$2" state -- state "$ID" || return 1
	jq 'del(.annotations["org.oci-harden.decision", "org.oci-harden.generation"])' "$WORK/$1/state/output" >"$WORK/state"
	mv "$WORK/state" "$WORK/$1/state/output"
	once "$1" "$2" pause -- pause "$ID" || return 1
	once "$1" "$2" resume -- resume "$ID" || return 1
	once "$1" "$2" kill-odd -- kill "$ID" NOSUCH || return 1
	once "$1" "$2" delete-running -- delete "$ID" || return 1
	cat "/sys/fs/cgroup/pids/oht-$ID/pids.max" >"$WORK/$1/pids.max"
	once "$1" "$2" kill -- kill "$ID" KILL || return 1
	tail --pid="$(cat "$WORK/pid")" -s 0.1 -f /dev/null
	once "$1" "$2" delete -- delete "$ID" || return 1
	once "$1" "$2" state-gone -- state "$ID" || return 1
	once "$1" "$2" exec-gone -- exec "$ID" /bin/true || return 1
	# the words are ours where we look at what is asked for, the status is the backend's
	truncate -s 0 "$WORK/$1"/{exec-gone,update-input}/error
	# the refusal of an exec has runc's status, 255, also where crun's would be 1
	[ "$BACKEND" = runc ] || sed -i 's/^255$/1/' "$WORK/$1/exec-gone/status"
}

the_same_verbs() {
	both run_verbs || return 1
	if [ "$BACKEND" = runc ]; then
		says exec status 3 && says exec output 'uid=1000' 'what was said' || return 1
	fi
	says exec-process status 5 && says exec-process output 'uid=1000' || return 1
	says kill status 0 && says delete status 0 && says state output '"running"' || return 1
	[ "$(cat "$WORK/bare/pids.max")" = 66 ]
}

@test "the same answers and codes of run -d, exec, update, state, pause, resume, kill, delete" {
	for_each the_same_verbs
}

run_failing() {
	process args '["/no/such/program"]'
	once "$1" "$2" no-program -- run --bundle "$BUNDLE" "$ID" || return 1
	"${BARE[$BACKEND]}" --root "$WORK/root" delete --force "$ID" >/dev/null 2>&1 || true
	process args '["/bin/sh", "-c", "sh -c \"kill -TERM \\$\\$\"; exit $?"]'
	once "$1" "$2" killed -- run --bundle "$BUNDLE" "$ID" || return 1
	once "$1" "$2" no-bundle -- run --bundle "$WORK/nothing" "$ID" || return 1
	printf '{' >"$BUNDLE/config.json"
	once "$1" "$2" no-json -- run --bundle "$BUNDLE" "$ID" || return 1
	rm "$BUNDLE/config.json"
	once "$1" "$2" no-config -- run --bundle "$BUNDLE" "$ID" || return 1
	cp "$WORK/original.json" "$BUNDLE/config.json"
	once "$1" "$2" no-container -- start "$ID" || return 1
	local name
	for name in no-bundle no-json no-config; do
		[ -s "$WORK/$1/$name/error" ] || { echo "$name: nothing is said"; return 1; }
		truncate -s 0 "$WORK/$1/$name/error"
	done
}

@test "the same exit codes of what fails: no program, no bundle, no container, killed by a signal" {
	for_each failing
}

failing() {
	both run_failing || return 1
	[ "$(cat "$WORK/bare/no-program/status")" != 0 ] && [ "$(cat "$WORK/bare/no-bundle/status")" != 0 ]
}

PROBES=('' '--fds 3' --listen --signals --parent-death)

# The backend itself says what it was given.
run_probe() {
	local options passed
	for options in "${PROBES[@]}"; do
		passed=0
		[ "$options" != '--fds 3' ] || passed=3
		# shellcheck disable=SC2086 # an option and its value
		once "$1" "$2" "create$options" $options -- create --bundle "$BUNDLE" --preserve-fds "$passed" "$ID" || return 1
		# shellcheck disable=SC2086
		once "$1" "$2" "start$options" $options -- start "$ID" || return 1
		sed -i '/^argument /d' "$WORK/$1/create$options/output" "$WORK/$1/start$options/output"
	done
}

@test "the backend gets what the engine gave: descriptors, signals, parent's death, environment, folder, pid" {
	make_rich_bundle
	local options
	# a program that root alone can replace, as a backend has to be
	install -m 0755 "$POLICIES/runc" "$WORK/runc"
	BARE[runc]=$WORK/runc BACKEND=runc
	for MODE in off audit; do
		apply "s,name: runc,path: $WORK/runc,;p"
		both run_probe
	done
	for options in "${PROBES[@]}"; do
		says "create$options" status 42
	done
	says create--parent-death output 'parent death signal 15'
	says create--listen output 'LISTEN_PID mine'
	says create--signals output $'SigBlk:\t0000000000000200'
	(( 0x$(awk '$1 == "SigIgn:" { print $2 }' "$WORK/bare/create--signals/output") & 1 << 11 ))
	says 'create--fds 3' output "descriptor 5 $WORK/io/given.5"
}
