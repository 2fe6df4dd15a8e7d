# The profile is in force inside the container, and stops what nothing else would stop: the policy here turns the
# other controls off that would make the same writes fail.
# shellcheck shell=sh source-path=SCRIPTDIR/.. source=guest-lib.sh
. /vm/guest-lib.sh

only_apparmor='{user: {action: off}, capabilities: {action: off}, no-new-privileges: {action: off},
  root-filesystem: {action: off}, hidden-paths: {action: off}, seccomp: {action: off}}'

# expect_denied NAME WORD COMMAND: bare, COMMAND succeeds; through the shim it fails and the kernel records a denial about WORD.
expect_denied() {
	make_privileged_bundle confined sh -c "$3 || exit 1; echo done"
	run_with "$backend" "$bundle"
	expect "V02 apparmor: bare $backend: $1 succeeds" 0 '^done$'
	mark_kernel_log
	run_shim "$bundle"
	expect "V02 apparmor: $backend: $1 fails" 1 'Permission denied|Operation not permitted'
	check "V02 apparmor: $backend: the kernel recorded the denial of $1" denied_since "$mark" "$2"
	rm -rf "$bundle"
}

core_pattern=$(cat /proc/sys/kernel/core_pattern)

for backend in runc crun; do
	use_backend_with "$backend" '{}'
	make_bundle "current-$backend" cat /proc/self/attr/current
	run_with "$backend" "$bundle"
	expect "V01 apparmor: bare $backend: no profile" 0 '^unconfined$'
	run_shim "$bundle"
	expect "V01 apparmor: $backend: the container runs under the profile" 0 "^$PROFILE \(enforce\)\$"

	use_backend_with "$backend" "$only_apparmor"
	expect_denied 'a write to core_pattern' core_pattern 'echo "|/escape" >/proc/sys/kernel/core_pattern'
	expect_denied 'a write to sysrq-trigger' sysrq-trigger 'echo h >/proc/sysrq-trigger'
	expect_denied 'a mount' 'operation="mount"' 'mount -t tmpfs tmpfs /mnt'
	echo "$core_pattern" >/proc/sys/kernel/core_pattern
done
