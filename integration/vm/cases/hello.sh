# A plain container runs through the shim, hardened, with either backend under cgroup v2.
# shellcheck shell=sh source-path=SCRIPTDIR/.. source=guest-lib.sh
. /vm/guest-lib.sh

show='echo hello; id -u; cat /proc/self/cgroup; touch /probe; touch /tmp/probe && echo tmp is writable'

is_stopped() {
	oci-harden state "$1" | grep -q '"status": "stopped"'
}

# run_in_steps BUNDLE: as an engine does it: create, start, wait, delete. Sets status, output and cgroup.
run_in_steps() {
	id=$(basename "$1")
	cgroup=/sys/fs/cgroup/docker/$id
	status=0
	{
		oci-harden create --bundle "$1" "$id" </dev/null >"/run/$id.output" 2>&1 &&
			test -d "$cgroup" && oci-harden start "$id" && retry 20 is_stopped "$id" && oci-harden delete "$id"
	} || status=$?
	output=$(cat "/run/$id.output")
}

for backend in runc crun; do
	make_bundle "hello-$backend" sh -c "$show"
	run_with "$backend" "$bundle"
	expect "bare $backend: a container runs as root" 0 '^0$'
	check "bare $backend: its root file system is writable" test -e "$bundle/rootfs/probe"
	rm -f "$bundle/rootfs/probe"

	use_backend_with "$backend" '{}'
	run_shim "$bundle"
	expect "$backend: a container runs through the shim" 0 '^hello$'
	expect "$backend: as uid 65532" 0 '^65532$'
	expect "$backend: in a cgroup of its own" 0 '^0::/$'
	expect "$backend: with a read-only root file system" 0 '/probe: Read-only file system$'
	expect "$backend: with a writable /tmp" 0 '^tmp is writable$'

	make_bundle "steps-$backend" id -u
	run_in_steps "$bundle"
	expect "$backend: create, start, state and delete work, as uid 65532" 0 '^65532$'
	check "$backend: delete leaves no cgroup behind" test ! -e "$cgroup"
done

use_built_in_policy
make_bundle hello-built-in id -u
run_shim "$bundle"
expect "no policy applied: the built-in restricted policy holds" 0 '^65532$'
