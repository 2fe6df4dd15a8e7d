# On a kernel that runs SELinux a container has a label for containers, or it does not start.
# shellcheck shell=sh source-path=SCRIPTDIR/.. source=guest-lib.sh
. /vm/guest-lib.sh

selinux=/sys/fs/selinux

# make_labelled NAME LABEL: a bundle that says its label.
make_labelled() {
	make_bundle "$1" cat /proc/self/attr/current
	edit_bundle ".process.selinuxLabel = \"$2\""
}

check "this kernel has SELinux" test -d "$selinux"
make_labelled selinux-unmounted ''
run_shim "$bundle"
expect "SELinux: refused while its mode cannot be read" 1 'its file system is not mounted'

mount -t selinuxfs selinuxfs "$selinux"
run_shim "$bundle"
expect "SELinux: in permissive mode a container without a label starts" 0 'kernel'
cat /vm/selinux-policy >"$selinux/load"
echo 1 >"$selinux/enforce"

make_labelled selinux-none ''
run_with runc "$bundle"
expect "V07 selinux: bare runc: without a label the process has the engine's own" 0 ':kernel_t:'
run_shim "$bundle"
expect_refused "V07 selinux: refused without a label" selinux

make_labelled selinux-spc system_u:system_r:spc_t:s0
run_with runc "$bundle"
expect "V08 selinux: bare runc: a type that nothing holds" 0 ':spc_t:'
run_shim "$bundle"
expect_refused "V08 selinux: refused with a type that is not for containers" selinux

make_labelled selinux-all system_u:system_r:container_t:s0:c0.c3
run_with runc "$bundle"
expect "V09 selinux: bare runc: a level with everybody's categories" 0 's0:c0.c3'
run_shim "$bundle"
expect_refused "V09 selinux: refused with everybody's categories" selinux

make_labelled selinux-own system_u:system_r:container_t:s0:c1,c2
run_shim "$bundle"
expect "SELinux: an engine's own label is kept" 0 ':container_t:s0:c1,c2'

use_policy <<-POLICY
	version: 1
	controls: {selinux: {label: "system_u:system_r:container_t:s0"}}
POLICY
make_labelled selinux-replaced system_u:system_r:spc_t:s0
run_shim "$bundle"
expect "SELinux: the policy's label takes the place of another" 0 '^system_u:system_r:container_t:s0'
