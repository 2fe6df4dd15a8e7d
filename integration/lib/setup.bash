# Shared by the setup and remove scripts: options, messages, careful replacement of
# configuration files.

set -euo pipefail

DRY_RUN=
RUNTIME_PATH=
BACKUP_SUFFIX=.before-oci-harden

say()
{
	printf '%s: %s\n' "${0##*/}" "$*"
}

fail()
{
	printf '%s: %s\n' "${0##*/}" "$*" >&2
	exit 1
}

need_root()
{
	[ -n "$DRY_RUN" ] || [ "$(id -u)" -eq 0 ] || fail 'run this as root, or with --dry-run'
}

need_command()
{
	command -v "$1" >/dev/null || fail "this needs $1: apt-get install $1"
}

# The installed oci-harden, or the one that --runtime names; must be an absolute
# path to a program that no user can replace.
find_runtime()
{
	local mode owner
	[ -n "$RUNTIME_PATH" ] || RUNTIME_PATH=$(command -v oci-harden || true)
	[ -n "$RUNTIME_PATH" ] || RUNTIME_PATH=/usr/local/sbin/oci-harden
	case $RUNTIME_PATH in
	/*) ;;
	*) fail "--runtime \"$RUNTIME_PATH\" is not an absolute path" ;;
	esac
	[ -x "$RUNTIME_PATH" ] || fail "$RUNTIME_PATH is not there: run make install, or say --runtime PATH"
	read -r owner mode < <(stat -L -c '%u %a' "$RUNTIME_PATH")
	[ "$owner" -eq 0 ] || fail "$RUNTIME_PATH does not belong to root; chown root:root it"
	[ "$((0$mode & 022))" -eq 0 ] || fail "$RUNTIME_PATH is writable by group or others; chmod go-w it"
}

# replace_file FILE NEW: NEW becomes FILE (same mode), the first original is kept
# as FILE.before-oci-harden. With --dry-run the difference is printed instead.
replace_file()
{
	local old=$1
	[ -e "$old" ] || old=/dev/null
	if cmp -s "$old" "$2"; then
		rm -f "$2"
		say "$1 is as it should be"
		return 0
	fi
	if [ -n "$DRY_RUN" ]; then
		say "$1 would become:"
		diff -u --label "$1 (now)" --label "$1 (then)" "$old" "$2" || true
		rm -f "$2"
		return 0
	fi
	if [ -e "$1" ]; then
		[ -e "$1$BACKUP_SUFFIX" ] || cp -p "$1" "$1$BACKUP_SUFFIX"
		chmod --reference="$1" "$2"
	else
		chmod 644 "$2"
	fi
	mv "$2" "$1"
	say "$1 written"
}

# reload_dockerd PIDFILE: has it read daemon.json again; runtimes and the default
# runtime are among what it reads without a restart.
reload_dockerd()
{
	local pidfile=$1
	if [ -z "$pidfile" ] && [ -d /run/systemd/system ] && systemctl -q is-active docker.service; then
		systemctl reload docker.service
		say 'dockerd has read its configuration again'
		return 0
	fi
	[ -n "$pidfile" ] || pidfile=/run/docker.pid
	if [ -s "$pidfile" ] && kill -HUP "$(cat "$pidfile")" 2>/dev/null; then
		say 'dockerd has read its configuration again'
	else
		say 'dockerd is not running; it will read its configuration when it starts'
	fi
}

# The service that fetches signatures, where it is installed and does not run.
mention_watch()
{
	local unit=oci-harden-watch.service
	[ -d /run/systemd/system ] && systemctl -q cat "$unit" >/dev/null 2>&1 || return 0
	systemctl -q is-active "$unit" ||
		say "where the policy asks for signatures: systemctl enable --now $unit fetches those of every image that is pulled"
}
