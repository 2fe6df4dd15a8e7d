# A container that asks for every capability can use none, and may at most be given the one that restricted allows.
# shellcheck shell=sh source-path=SCRIPTDIR/.. source=guest-lib.sh
. /vm/guest-lib.sh

for backend in runc crun; do
	make_privileged_bundle "capabilities-$backend" grep '^Cap' /proc/self/status
	run_with "$backend" "$bundle"
	for set in Inh Prm Eff Bnd Amb; do
		expect "bare $backend: Cap$set is full" 0 "^Cap$set:.*000001ffffffffff$"
	done

	use_backend_with "$backend" '{}'
	run_shim "$bundle"
	for set in Inh Prm Eff Amb; do
		expect "$backend: Cap$set is empty" 0 "^Cap$set:.*0000000000000000$"
	done
	expect "$backend: CapBnd is NET_BIND_SERVICE" 0 '^CapBnd:.*0000000000000400$'
done
