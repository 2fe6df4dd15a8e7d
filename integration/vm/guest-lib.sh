# What the cases share. POSIX sh for busybox; a case sources it first, runs containers, and reports each test
# with ok, fail, skip or one of the expect functions. VM_PORT and VM_RESULTS come from guest-init.
# shellcheck shell=sh

BUNDLES=/var/lib/vm   # not /tmp: the shim refuses a bundle below a folder that others can write
PROFILE=oci-harden-default
PROFILE_FILE=/etc/apparmor.d/$PROFILE

bundle='' mark=''       # set by make_bundle and mark_kernel_log
status=0 output=''    # of the last container that ran, for expect and for diagnostics

# --- results

# Every result goes to the host at once, so that a guest that dies later still has reported it.
report() {
	echo "$1" >>"$VM_RESULTS"
	echo "$1" >"$VM_PORT"
}

ok() {
	report "ok $1"
}

# fail NAME WHY
fail() {
	report "not ok $1"
	printf '%s\n' "$2" "last container: exit status $status, output:" "$output" | sed 's/^/# /' >"$VM_PORT"
}

# skip NAME REASON
skip() {
	report "ok $1 # SKIP $2"
}

# check NAME COMMAND…: passes where the command succeeds.
check() {
	check_name=$1
	shift
	if "$@"; then ok "$check_name"; else fail "$check_name" "failed: $*"; fi
}

# retry TIMES COMMAND…: every half second until the command succeeds.
retry() {
	times=$1
	shift
	until "$@"; do
		times=$((times - 1))
		[ "$times" -gt 0 ] || return 1
		sleep 0.5
	done
}

# expect NAME STATUS REGEX: what the last container's exit status was and what its output contains.
expect() {
	if [ "$status" = "$2" ] && printf '%s\n' "$output" | grep -qE -e "$3"; then
		ok "$1"
	else
		fail "$1" "expected exit status $2 and output that matches: $3"
	fi
}

# expect_refused NAME CONTROL: the shim started nothing and named the control.
expect_refused() {
	expect "$1" 1 "^oci-harden: container [^ ]+ refused: .*\\($2[,)]"
}

# --- containers

# bundle_from CONFIG NAME COMMAND…: a bundle whose process is COMMAND. Sets bundle.
bundle_from() {
	config=$1
	name=$2
	shift 2
	bundle=$BUNDLES/$name
	mkdir -p "$bundle"
	cp -a /vm/rootfs "$bundle/rootfs"
	jq --arg name "$name" '.process.args = $ARGS.positional | .linux.cgroupsPath = "/docker/" + $name' \
		"$config" --args -- "$@" >"$bundle/config.json"
}

# edit_bundle JQ-PROGRAM: changes the last bundle's configuration.
edit_bundle() {
	jq "$1" "$bundle/config.json" >"$bundle/config.json.new"
	mv "$bundle/config.json.new" "$bundle/config.json"
}

# make_bundle NAME COMMAND…: as dockerd writes it for `docker run`.
make_bundle() {
	bundle_from /vm/docker-config.json "$@"
}

# make_privileged_bundle NAME COMMAND…: the same with the rights that privileged.jq gives.
make_privileged_bundle() {
	bundle_from /vm/privileged-config.json "$@"
}

# run_with RUNTIME BUNDLE: runs a container to its end. Sets status and output. The shim changes the bundle's
# config.json, so the bare runtime that a case compares with comes first, or has a bundle of its own.
run_with() {
	output=$(timeout 60 "$1" run --bundle "$2" "$(basename "$2")" 2>&1 </dev/null) && status=0 || status=$?
	printf '%s run %s: exit status %s\n%s\n' "$1" "$2" "$status" "$output"
}

run_shim() {
	run_with oci-harden "$1"
}

# --- the shim's policy

# use_policy: applies the policy on standard input.
use_policy() {
	mkdir -p /etc/oci-harden
	cat >/etc/oci-harden/policy.yaml
	hardenctl policy apply
}

# use_backend_with BACKEND CONTROLS: the restricted policy with another backend and these differences.
use_backend_with() {
	use_policy <<-POLICY
		version: 1
		extends: restricted
		backend: {name: $1}
		controls: $2
	POLICY
}

use_built_in_policy() {
	rm -rf /etc/oci-harden /var/lib/oci-harden
}

# --- AppArmor

has_apparmor() {
	[ -d /sys/kernel/security/apparmor ]
}

# profile_mode: prints enforce, complain, or nothing where the profile is not loaded.
profile_mode() {
	sed -n "s/^$PROFILE (\(.*\))$/\1/p" /sys/kernel/security/apparmor/profiles
}

load_profile() {
	apparmor_parser --replace "$PROFILE_FILE"
}

load_profile_in_complain_mode() {
	apparmor_parser --replace --Complain "$PROFILE_FILE"
}

unload_profile() {
	apparmor_parser --remove "$PROFILE_FILE"
}

# --- the kernel's log

# mark_kernel_log: sets mark, for kernel_log_since.
mark_kernel_log() {
	mark="vm mark $(cut -d ' ' -f 1 /proc/uptime) $$"
	echo "$mark" >/dev/kmsg
}

kernel_log_since() {
	dmesg | sed "1,/$1/d"
}

# denied_since MARK WORD: whether AppArmor recorded that our profile denied something that has to do with WORD.
denied_since() {
	kernel_log_since "$1" | grep 'apparmor="DENIED"' | grep "profile=\"$PROFILE\"" | grep -F -e "$2"
}

# killed_for_memory NAME: whether the kernel killed a process since mark because the container's own cgroup was full.
killed_for_memory() {
	kernel_log_since "$mark" | grep 'oom-kill:constraint=CONSTRAINT_MEMCG' | grep -F "oom_memcg=/docker/$1"
}

# --- between the cases

# reset_guest: what every case may rely on.
reset_guest() {
	use_built_in_policy
	rm -rf "$BUNDLES"
	if has_apparmor && [ "$(profile_mode)" != enforce ]; then load_profile; fi
}
