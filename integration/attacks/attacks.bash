# Shared by the attack suites: a bundle like Docker's, the same container through
# bare runc and through oci-harden, and what the two must say.
#
# Every test first shows that its attack succeeds under the bare backend, so that
# it cannot pass because the attack was wrong.

: "${OCI_HARDEN:=$BATS_TEST_DIRNAME/../../build/oci-harden}"
: "${HARDENCTL:=$BATS_TEST_DIRNAME/../../build/hardenctl}"
: "${RUNC:=/usr/sbin/runc}"
OCI_HARDEN=$(readlink -f "$OCI_HARDEN")
HARDENCTL=$(readlink -f "$HARDENCTL")

# A fresh directory with a bundle in it; below /var, since every parent of a
# bundle has to be root's alone.
setup() {
	WORK=$(mktemp -d /var/lib/oht.attack.XXXXXX)
	BUNDLE=$WORK/bundle
	ID=attack-$$-$RANDOM
	make_bundle "$BUNDLE"
}

teardown() {
	local root
	for root in "$WORK/runc" "$WORK/shim"; do
		"$RUNC" --root "$root" delete --force "$ID" >/dev/null 2>&1 || true
	done
	[ -z "${CLEANUP:-}" ] || eval "$CLEANUP"
	awk -v work="$WORK/" 'index($5, work) == 1 { print $5 }' /proc/self/mountinfo | tac | xargs -r -n1 umount -l
	rm -rf "$WORK"
}

make_bundle() {
	local applet
	mkdir -p "$1"/rootfs/{bin,proc,sys,dev,tmp,run,etc,root,var/tmp,data}
	chmod 1777 "$1/rootfs/tmp" "$1/rootfs/var/tmp"
	cp /bin/busybox "$1/rootfs/bin/"
	for applet in $(/bin/busybox --list); do
		[ "$applet" = busybox ] || ln -sf busybox "$1/rootfs/bin/$applet"
	done
	cp "${BASH_SOURCE[0]%/*}/docker-config.json" "$1/config.json"
	edit ".linux.cgroupsPath = \"/oht-$ID\""
}

# Edits the bundle's configuration with a jq program.
edit() {
	jq -c "$@" "$BUNDLE/config.json" > "$BUNDLE/config.json.new"
	cat "$BUNDLE/config.json.new" > "$BUNDLE/config.json"
	rm "$BUNDLE/config.json.new"
}

# What the container runs: a shell script.
script() {
	edit --arg script "$1" '.process.args = ["/bin/sh", "-c", $script]'
}

mount_entry() {
	edit --argjson entry "$1" '.mounts += [$entry]'
}

# The container through bare runc; the configuration is kept as it is for the
# shim, which may rewrite its own copy.
bare() {
	run timeout 30 "$RUNC" --root "$WORK/runc" run --bundle "$BUNDLE" "$ID"
}

hardened() {
	cp "$BUNDLE/config.json" "$WORK/config.json.before"
	run timeout 30 "$OCI_HARDEN" --root "$WORK/shim" run --bundle "$BUNDLE" "$ID"
}

shows() {
	if [[ "$output" != *"$1"* ]]; then
		echo "expected to see: $1"
		echo "status $status, output: $output"
		return 1
	fi
}

shows_not() {
	if [[ "$output" == *"$1"* ]]; then
		echo "expected not to see: $1"
		echo "status $status, output: $output"
		return 1
	fi
}

succeeded() {
	if [ "$status" -ne 0 ]; then
		echo "status $status, output: $output"
		return 1
	fi
}

# The shim refused, named the control, and no container was left behind.
refused_by() {
	if [ "$status" -eq 0 ]; then
		echo "was not refused: $output"
		return 1
	fi
	shows "oci-harden: container"
	shows "refused: "
	shows "($1"
	shows "hardenctl why"
	[ ! -e "$WORK/shim/$ID" ]
	cmp "$BUNDLE/config.json" "$WORK/config.json.before"
}

# A container that stays, for exec and update: detached, through the shim or bare.
start_detached() {
	local runtime=$1 root=$2
	script 'sleep 300'
	"$runtime" --root "$root" run --detach --bundle "$BUNDLE" "$ID" </dev/null >/dev/null 2>"$WORK/start.log" || {
		cat "$WORK/start.log"
		return 1
	}
}

needs() {
	command -v "$1" >/dev/null || skip "needs $1"
}
