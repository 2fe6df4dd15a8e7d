# Edits containerd's TOML without a TOML library: what is added stands in lines that
# are marked, and a line that it replaces is kept beside it as a marked comment, so
# that taking the marked lines out gives the file back byte for byte.

MARK='# oci-harden'
KEPT='# oci-harden replaces: '

has_block()
{
	grep -q "$MARK" "$1"
}

# without_block FILE: its text as it was before.
without_block()
{
	awk -v mark="$MARK" -v kept="$KEPT" '
		index($0, kept) == 1 { print substr($0, length(kept) + 1); next }
		index($0, mark) == 0 { print }' "$1"
}

# The name of the CRI plugin's table that holds runtimes, by the file's version.
cri_table()
{
	local version
	version=$(sed -nE 's/^[[:space:]]*version[[:space:]]*=[[:space:]]*([0-9]+).*/\1/p' "$1" | head -n 1)
	case $version in
	2) echo 'plugins."io.containerd.grpc.v1.cri".containerd' ;;
	3) echo "plugins.'io.containerd.cri.v1.runtime'.containerd" ;;
	'')
		if [ -s "$1" ]; then
			say "$1 has no \"version = 2\" or 3, so its tables are in a form that is not known" >&2
			return 1
		fi
		echo 'plugins."io.containerd.grpc.v1.cri".containerd'
		;;
	*) say "version $version of containerd's configuration is not known" >&2 && return 1 ;;
	esac
}

# with_block FILE PROGRAM DEFAULT: the text with the handler in it; DEFAULT "yes"
# makes it the default too.
with_block()
{
	local clean table
	clean=$(mktemp)
	without_block "$1" >"$clean"
	table=$(cri_table "$clean") || { rm -f "$clean"; return 1; }
	[ -s "$clean" ] || printf 'version = 2 %s\n' "$MARK"
	if [ "$3" = yes ]; then
		with_default "$clean" "$table"
	else
		cat "$clean"
	fi
	cat <<-END
		[$table.runtimes.oci-harden] $MARK
		  runtime_type = "io.containerd.runc.v2" $MARK
		[$table.runtimes.oci-harden.options] $MARK
		  BinaryName = "$2" $MARK
	END
	rm -f "$clean"
}

# with_default FILE TABLE: default_runtime_name set in TABLE, where the file has the
# table, else in a new one.
with_default()
{
	awk -v header="[$2]" -v mark="$MARK" -v kept="$KEPT" '
		function plain(text) { gsub(/[[:space:]"\047]/, "", text); sub(/#.*/, "", text); return text }
		function name_default() { print "  default_runtime_name = \"oci-harden\" " mark; done = 1 }
		/^[[:space:]]*\[/ { inside = plain($0) == plain(header) }
		inside && /^[[:space:]]*default_runtime_name[[:space:]]*=/ { print kept $0; next }
		{ print }
		inside && !done && plain($0) == plain(header) { name_default() }
		END { if (!done) { print header " " mark; name_default() } }' "$1"
}

# check_config NEW FILE: containerd itself must be able to read it.
check_config()
{
	local problem
	problem=$(containerd --config "$1" config dump 2>&1 >/dev/null) && return 0
	rm -f "$1"
	fail "containerd could not read the new $2, which is left as it was: $problem"
}

restart_containerd()
{
	if [ -d /run/systemd/system ] && systemctl -q is-active containerd.service; then
		systemctl restart containerd.service
		say 'containerd has been restarted'
	else
		say 'containerd is not run by systemd here; restart it to have it read its configuration'
	fi
}
