#!/usr/bin/env bats
# 200 creates and 200 execs through dockerd, 20 at a time, while policies are applied and
# rolled back: none is lost, none is looser, every one stands in the log once, and nothing
# is left behind.

load ../lib/engines.bash

shopt -s extglob

CREATES=200
EXECS=200
AT_A_TIME=20
# what lets exec pass: nothing in it is more than the hardened start
TIGHT=(--network none --user 65532:65532 --cap-drop ALL --security-opt no-new-privileges)
LOG=/var/log/oci-harden/decisions.jsonl

setup_file()
{
	scratch_begin concurrency || return 1
	make_rootfs "$SCRATCH/rootfs"
	start_dockerd --add-runtime "oci-harden=$RUNTIME" || return 1
	tar -C "$SCRATCH/rootfs" -c . | "$DOCKER" import - image >/dev/null
	mkdir "$SCRATCH/said"
}

teardown_file()
{
	stop_dockerd
	scratch_end
}

teardown()
{
	[ -n "${BATS_TEST_COMPLETED:-}" ] || dump_logs
	stop_changing_policies
	"$DOCKER" ps -aq | xargs -r "$DOCKER" rm -f >/dev/null 2>&1 || true
}

# Two policies, as tight as each other, in turns; every third change takes one back.
change_policies()
{
	local round=0 limit
	for limit in 100 200; do
		printf 'version: 1\nextends: restricted\ncontrols: {resources: {pids: {default: %s}}}\n' "$limit" \
			>"$SCRATCH/policy.$limit"
	done
	while [ ! -e "$SCRATCH/enough" ]; do
		case $((round % 3)) in
		0) "$HARDENCTL" policy apply "$SCRATCH/policy.100" ;;
		1) "$HARDENCTL" policy apply "$SCRATCH/policy.200" ;;
		2) "$HARDENCTL" policy rollback ;;
		esac || touch "$SCRATCH/policy-failed"
		round=$((round + 1))
		echo "$round" >"$SCRATCH/rounds"
		sleep 0.1
	done
}

stop_changing_policies()
{
	touch "$SCRATCH/enough"
	[ -z "${CHANGER:-}" ] || wait "$CHANGER" || true
	CHANGER=
}

# One of the creates: every second one stays, for the execs.
create()
{
	local said=$SCRATCH/said/create.$1
	if [ $(($1 % 2)) -eq 0 ]; then
		"$DOCKER" run -d --runtime oci-harden --name "stays-$1" "${TIGHT[@]}" image \
			sh -c 'cat /proc/self/status; cat /sys/fs/cgroup/pids/pids.max; sleep 1000' >"$said.id" 2>"$said.error"
	else
		"$DOCKER" run --rm --runtime oci-harden --name "goes-$1" --network none --cap-add ALL image \
			sh -c 'cat /proc/self/status; cat /sys/fs/cgroup/pids/pids.max' >"$said" 2>"$said.error"
	fi || echo "create $1: status $?" >>"$SCRATCH/failed"
}

# Twice for each of the containers that stay.
exec_into()
{
	local said=$SCRATCH/said/exec.$1
	"$DOCKER" exec "stays-$((($1 - 1) % (CREATES / 2) * 2 + 2))" cat /proc/self/status >"$said" 2>"$said.error" ||
		echo "exec $1: status $?" >>"$SCRATCH/failed"
}

# all_at_once FUNCTION COUNT: FUNCTION 1 … FUNCTION COUNT, so many at a time.
all_at_once()
{
	local number
	for ((number = 1; number <= $2; number++)); do
		[ "$(jobs -rp | wc -l)" -lt $((AT_A_TIME + 1)) ] || wait -n $(jobs -rp | grep -vx "${CHANGER:-0}") || true
		"$1" "$number" 3>&- &
	done
	wait $(jobs -p | grep -vx "${CHANGER:-0}") || true
	cat "$SCRATCH/failed" "$SCRATCH"/said/*.error 2>/dev/null | head -n 20
	[ ! -e "$SCRATCH/failed" ]
}

# all_say COUNT PATTERN FILE…: every one of COUNT texts has just one such line.
all_say()
{
	local count=$1 pattern=$2
	shift 2
	assert_equal "$pattern $(cat "$@" | grep -cE "$pattern")" "$pattern $count"
}

all_hardened()
{
	local count=$1 pattern
	shift
	for pattern in '^Uid:(.65532){4}$' '^Gid:(.65532){4}$' '^Cap(Inh):.0{16}$' '^CapPrm:.0{16}$' '^CapEff:.0{16}$' \
		'^CapAmb:.0{16}$' '^CapBnd:.0{13}[04]00$' '^NoNewPrivs:.1$' '^Seccomp:.2$'; do
		all_say "$count" "$pattern" "$@"
	done
	all_say 0 '^Groups:.*\b0\b' "$@"
}

# logged_once VERB COUNT FOR-EACH: all lines are JSON; COUNT of VERB, no other verdict than
# these, and FOR-EACH of every container.
logged_once()
{
	local verb=$1 count=$2 each=$3
	assert_equal "$(jq -c . "$LOG" | wc -l)" "$(wc -l <"$LOG")"
	assert_equal "$(jq -r --arg verb "$verb" 'select(.verb == $verb) | .container' "$LOG" | wc -l)" "$count"
	assert_equal "$(jq -r --arg verb "$verb" 'select(.verb == $verb) | .container' "$LOG" | sort | uniq -c |
		awk '{ print $1 }' | sort -u)" "$each"
	assert_equal "$(jq -r --arg verb "$verb" 'select(.verb == $verb) | .id' "$LOG" | sort -u | wc -l)" "$count"
	assert_equal "$(jq -r 'select(.verdict == "error" or .verdict == "refused") | .error' "$LOG")" ''
}

cgroups_of_containers()
{
	find /sys/fs/cgroup -type d -regextype posix-extended -regex '.*/docker/[0-9a-f]{64}'
}

no_file_is_left()
{
	assert_equal "$(find "$SCRATCH/exec" -name '.config.json.*')" ''
	assert_equal "$(find /tmp -maxdepth 1 -name 'runc-process*' -newer "$SCRATCH/rootfs")" ''
}

# One test: the second half needs the containers of the first.
@test "200 creates and 200 execs at once, with policies changing: none lost, none looser, nothing left" {
	local before id
	before=$(cgroups_of_containers)
	change_policies >"$SCRATCH/changes.log" 2>&1 3>&- &
	CHANGER=$!
	all_at_once create "$CREATES"
	for id in "$SCRATCH"/said/create.*.id; do
		"$DOCKER" logs "$(cat "$id")" >"${id%.id}" 2>/dev/null
	done
	all_hardened "$CREATES" "$SCRATCH"/said/create.+([0-9])
	all_say "$CREATES" '^(100|200|256)$' "$SCRATCH"/said/create.+([0-9])
	no_file_is_left
	logged_once create "$CREATES" 1

	all_at_once exec_into "$EXECS"
	stop_changing_policies
	all_hardened "$EXECS" "$SCRATCH"/said/exec.+([0-9])
	logged_once exec "$EXECS" 2
	no_file_is_left
	assert_equal "$("$DOCKER" ps -q | wc -l)" "$((CREATES / 2))"

	[ ! -e "$SCRATCH/policy-failed" ] || { cat "$SCRATCH/changes.log"; return 1; }
	[ "$(cat "$SCRATCH/rounds")" -ge 10 ]
	# more than one generation was decided by
	[ "$(jq .generation "$LOG" | sort -u | wc -l)" -gt 1 ]

	"$DOCKER" ps -aq | xargs -P 8 -n 10 "$DOCKER" rm -f >/dev/null
	assert_equal "$(cgroups_of_containers)" "$before"
	assert_equal "$(mounts_below "$SCRATCH/docker/overlay2" | wc -l)" 0
	assert_equal "$(mounts_below "$SCRATCH/exec" | wc -l)" 0
	assert_equal "$(find "$SCRATCH/exec" -path '*/moby/*' -maxdepth 6 -regextype posix-extended -regex '.*/[0-9a-f]{64}')" ''
	assert_equal "$(pgrep -f 'containerd-shim-runc-v2.*-namespace moby' | wc -l)" 0
}
