# The policy's limits hold in the kernel, for a container that comes without any.
# shellcheck shell=sh source-path=SCRIPTDIR/.. source=guest-lib.sh
. /vm/guest-lib.sh

# The shell is one process itself, so of 40 children a limit of 20 lets 19 start.
# shellcheck disable=SC2016 # the container's shell expands it
fork_40='for i in $(seq 40); do sleep 10 & echo "started $i"; done'
# dd fills one buffer of 96 MiB.
use_96_mib='exec dd if=/dev/zero of=/dev/null bs=96M count=1'

for backend in runc crun; do
	make_bundle "pids-$backend" sh -c "$fork_40"
	run_with "$backend" "$bundle"
	expect "bare $backend: 40 processes start" 0 '^started 40$'

	use_backend_with "$backend" '{resources: {pids: {default: 20}}}'
	run_shim "$bundle"
	expect "$backend: pids.max holds: fork fails" 2 "can't fork: Resource temporarily unavailable"
	expect "$backend: pids.max is the policy's: 19 children started" 2 '^started 19$'

	make_bundle "memory-$backend" sh -c "$use_96_mib"
	run_with "$backend" "$bundle"
	expect "bare $backend: 96 MiB can be used" 0 '1\+0 records out'

	use_backend_with "$backend" '{resources: {memory: {default: 64MiB}}}'
	mark_kernel_log
	run_shim "$bundle"
	expect "$backend: memory.max holds: the process is killed" 137 ''
	check "$backend: the kernel killed it for its cgroup's limit" killed_for_memory "memory-$backend"

	# cgroup v2's own files come last and win over the limit that stands beside them.
	make_bundle "unified-$backend" sh -c "$fork_40"
	edit_bundle '.linux.resources.pids = {limit: 20} | .linux.resources.unified = {"pids.max": "max"}'
	run_with "$backend" "$bundle"
	expect "V05 resources: bare $backend: unified lifts the limit beside it" 0 '^started 40$'
	use_backend_with "$backend" '{resources: {pids: {default: 20}}}'
	run_shim "$bundle"
	expect "V05 resources: $backend: unified lifts nothing" 2 "can't fork: Resource temporarily unavailable"

	make_bundle "oom-$backend" cat /proc/self/oom_score_adj
	edit_bundle '.process.oomScoreAdj = -900'
	run_with "$backend" "$bundle"
	expect "V06 resources: bare $backend: the kernel kills everything else first" 0 '^-900$'
	run_shim "$bundle"
	expect "V06 resources: $backend: no score below 0" 0 '^0$'

	# By these limits alone, without any capability, sched_setscheduler() and nice() go ahead of the host's processes.
	make_bundle "priority-$backend" grep -E 'Max (nice|realtime) priority' /proc/self/limits
	edit_bundle '.process.rlimits = [{type: "RLIMIT_NICE", soft: 40, hard: 40}, {type: "RLIMIT_RTPRIO", soft: 99, hard: 99}]'
	run_with "$backend" "$bundle"
	expect "Q04 resources: bare $backend: a nice of -20 is allowed" 0 'Max nice priority +40 +40'
	expect "Q04 resources: bare $backend: real-time priorities are allowed" 0 'Max realtime priority +99 +99'
	use_backend_with "$backend" '{}'
	run_shim "$bundle"
	expect "Q04 resources: $backend: no nice below 0 is allowed" 0 'Max nice priority +0 +0'
	expect "Q04 resources: $backend: no real-time priority is allowed" 0 'Max realtime priority +0 +0'
done
