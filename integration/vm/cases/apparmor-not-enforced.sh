# A profile that the kernel would not enforce is no protection: the container is refused.
# shellcheck shell=sh source-path=SCRIPTDIR/.. source=guest-lib.sh
. /vm/guest-lib.sh

for backend in runc crun; do
	use_backend_with "$backend" '{}'
	make_bundle "apparmor-$backend" echo started
	cp -a "$bundle" "$bundle-unloaded"
	cp -a "$bundle" "$bundle-complaining"

	run_shim "$bundle"
	expect "$backend: starts while the profile is enforced" 0 '^started$'

	unload_profile
	run_shim "$bundle-unloaded"
	expect_refused "V03 apparmor: $backend: refused while the profile is not loaded" apparmor

	load_profile_in_complain_mode
	run_shim "$bundle-complaining"
	expect_refused "V04 apparmor: $backend: refused while the profile only complains" apparmor
	load_profile
done
