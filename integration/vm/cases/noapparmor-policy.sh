# On a kernel without AppArmor the policy decides: refuse the container, or accept that nothing confines it.
# shellcheck shell=sh source-path=SCRIPTDIR/.. source=guest-lib.sh
. /vm/guest-lib.sh

check "this kernel has no AppArmor" test ! -d /sys/kernel/security/apparmor

for backend in runc crun; do
	make_bundle "noapparmor-$backend" echo started
	run_with "$backend" "$bundle"
	expect "bare $backend: a container runs without AppArmor" 0 '^started$'

	use_backend_with "$backend" '{apparmor: {without-kernel-support: refuse}}'
	run_shim "$bundle"
	expect_refused "$backend: refused where the policy demands AppArmor" apparmor

	use_backend_with "$backend" '{apparmor: {without-kernel-support: accept}}'
	run_shim "$bundle"
	expect "$backend: runs where the policy accepts its absence" 0 '^started$'
done
