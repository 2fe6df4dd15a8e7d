#!/usr/bin/env bats
# hardenctl trust watch: what a real dockerd and a real containerd pull from
# docker-registry, signatures are fetched for.

bats_require_minimum_version 1.5.0
load ../lib/engines.bash
load registry.bash

# The engines that ../lib starts stand in the test's network.
dockerd()
{
	exec nsenter --net="/proc/$NETWORK_PID/ns/net" -- /usr/sbin/dockerd "$@"
}

setup_file()
{
	scratch_begin watch || return 1
	network_start || return 1
	start_dockerd --insecure-registry 127.0.0.0/8 || return 1
	start_containerd "$BARE_RUNTIME"
}

teardown_file()
{
	stop_containerd
	stop_dockerd
	network_stop
	scratch_end
}

setup()
{
	distribution_start
	push team/app:1
	push_signature team/app "$DIGEST"
}

teardown()
{
	[ -n "${BATS_TEST_COMPLETED:-}" ] || cat "$SCRATCH/watch.log" >&2 || true
	stop_daemon "${WATCH_PID:-}"
	distribution_stop
	"$DOCKER" images -q | sort -u | xargs -r "$DOCKER" rmi -f >/dev/null
	ctr --address "$CONTAINERD_SOCKET" images ls -q | xargs -r ctr --address "$CONTAINERD_SOCKET" images rm >/dev/null
	rm -rf "$SCRATCH/store" "$SCRATCH/distribution" "$SCRATCH/watch.log"
}

# watch_start [OPTION…]
watch_start()
{
	nsenter --net="/proc/$NETWORK_PID/ns/net" -- "$HARDENCTL" trust watch --store "$SCRATCH/store" \
		--docker "$SCRATCH/docker.sock" --containerd "$SCRATCH/containerd.sock" "$@" \
		>>"$SCRATCH/watch.log" 2>&1 3>&- &
	WATCH_PID=$!
}

# push_another NAME: $ANOTHER is its digest.
push_another()
{
	local before=$DIGEST
	push "$1"
	ANOTHER=$DIGEST
	DIGEST=$before
}

logged()
{
	grep -qF "$1" "$SCRATCH/watch.log"
}

@test "Docker: an image that is there, and one that is pulled" {
	"$DOCKER" pull -q 127.0.0.1:5000/team/app:1
	watch_start
	wait_until 20 logged "127.0.0.1:5000/team/app@$DIGEST: 1 cosign signature"
	stored "$DIGEST"

	push team/other:1
	fails stored "other"
	push_signature team/other "$DIGEST"
	"$DOCKER" pull -q 127.0.0.1:5000/team/other:1
	wait_until 20 logged "127.0.0.1:5000/team/other@$DIGEST: 1 cosign signature"
}

@test "Docker: what was pulled before and is signed since is fetched at the next pull" {
	push plain:1
	"$DOCKER" pull -q 127.0.0.1:5000/plain:1
	watch_start
	wait_until 20 logged "127.0.0.1:5000/plain@$DIGEST: nothing that is signed"
	push_signature plain "$DIGEST"
	"$DOCKER" pull -q 127.0.0.1:5000/plain:1
	wait_until 20 logged "127.0.0.1:5000/plain@$DIGEST: 1 cosign signature"
}

@test "Docker: a restart of the daemon is survived, and what came meanwhile is found" {
	watch_start
	sleep 1
	stop_dockerd
	wait_until 20 logged "Docker's events ended"
	start_dockerd --insecure-registry 127.0.0.0/8
	"$DOCKER" pull -q 127.0.0.1:5000/team/app:1
	wait_until 30 logged 'Docker answers again'
	wait_until 20 logged "127.0.0.1:5000/team/app@$DIGEST: 1 cosign signature"
}

# listen SECONDS: as systemd does where Docker is stopped and docker.socket is not; fails where
# somebody connects.
listen()
{
	/usr/bin/python3 - "$SCRATCH/docker.sock" "$1" <<-'END'
		import socket, sys
		listener = socket.socket(socket.AF_UNIX)
		listener.bind(sys.argv[1])
		listener.listen()
		listener.settimeout(float(sys.argv[2]))
		try:
		    listener.accept()
		    sys.exit("somebody connected")
		except TimeoutError:
		    pass
	END
}

@test "Docker: one that was stopped is left stopped, where connecting to its socket would start it" {
	"$DOCKER" pull -q 127.0.0.1:5000/team/app:1
	watch_start
	wait_until 20 logged "127.0.0.1:5000/team/app@$DIGEST: 1 cosign signature"
	# another test may have started it
	stop_daemon "$(cat "$SCRATCH/docker.pid")"
	rm -f "$SCRATCH/docker.sock"
	listen 8
	logged "Docker's events ended"
	rm -f "$SCRATCH/docker.sock"
	start_dockerd --insecure-registry 127.0.0.0/8
	wait_until 30 logged 'Docker answers again'
}

@test "Docker: an image that is loaded from an archive is of no registry, and that is said" {
	watch_start
	sleep 1
	"$DOCKER" pull -q 127.0.0.1:5000/team/app:1
	"$DOCKER" save 127.0.0.1:5000/team/app:1 >"$SCRATCH/saved.tar"
	"$DOCKER" rmi -f 127.0.0.1:5000/team/app:1 >/dev/null
	"$DOCKER" load -q <"$SCRATCH/saved.tar"
	wait_until 20 logged 'hardenctl trust import brings its signatures'
}

@test "containerd: an image that is pulled by ctr" {
	watch_start
	sleep 1
	in_network ctr --address "$CONTAINERD_SOCKET" --namespace other images pull --plain-http \
		127.0.0.1:5000/team/app:1 >/dev/null
	wait_until 30 logged "127.0.0.1:5000/team/app@$DIGEST: 1 cosign signature"
	stored "$DIGEST"
	ctr --address "$CONTAINERD_SOCKET" --namespace other images rm 127.0.0.1:5000/team/app:1
}

@test "prune: what watch has fetched goes with its image, what was fetched by hand stays" {
	in_network "$HARDENCTL" trust fetch --quiet --plain-http --store "$SCRATCH/store" 127.0.0.1:5000/team/app:1
	local by_hand=$DIGEST once=(--once --store "$SCRATCH/store" --docker "$SCRATCH/docker.sock" --containerd "$SCRATCH/none")
	local prune=("$HARDENCTL" trust prune --store "$SCRATCH/store" --docker "$SCRATCH/docker.sock" --containerd "$SCRATCH/none")
	push_another elsewhere:1
	"$DOCKER" pull -q 127.0.0.1:5000/elsewhere:1
	in_network "$HARDENCTL" trust watch "${once[@]}"
	stored "$ANOTHER"
	assert_equal "$("$HARDENCTL" trust list --json --store "$SCRATCH/store" | jq -c '[.[] | [.digest, .unasked]] | sort')" \
		"$(jq -nc --arg a "$by_hand" --arg b "$ANOTHER" '[[$a, false], [$b, true]] | sort')"
	sleep 2
	# it is there still
	assert_equal "$("${prune[@]}" --older-than 1s)" "0 images, 0 bytes"
	"$DOCKER" images -q | sort -u | xargs -r "$DOCKER" rmi -f >/dev/null
	assert_equal "$("${prune[@]}")" "0 images, 0 bytes"
	assert_contains "$("${prune[@]}" --older-than 1s --dry-run)" "$ANOTHER"
	stored "$ANOTHER"
	# an engine that does not answer may have anything
	run "$HARDENCTL" trust prune --older-than 1s --store "$SCRATCH/store" --docker "$SCRATCH/docker.sock" \
		--containerd "$SCRATCH/store/size"
	assert_equal "$status" 3
	assert_contains "$output" "nothing was taken out"
	run "$HARDENCTL" trust prune --older-than 1s --store "$SCRATCH/store" --docker "$SCRATCH/none" --containerd "$SCRATCH/none"
	assert_equal "$status" 3
	assert_contains "$output" "neither Docker nor containerd is there"
	stored "$ANOTHER"
	assert_contains "$("${prune[@]}" --older-than 1s)" "$ANOTHER"
	fails stored "$ANOTHER"
	stored "$by_hand"
}

@test "a full store lets go of what is not signed for what is" {
	mkdir -p /etc/oci-harden
	openssl ec -in "$SCRATCH/signer.key" -pubout -out /etc/oci-harden/signer.pub
	cat >/etc/oci-harden/policy.yaml <<-END
		version: 1
		extends: baseline
		trust:
		  signers: {team: {key: signer.pub}}
		  images: [{match: "127.0.0.1:5000/**", signed-by: team}]
	END
	"$HARDENCTL" policy apply
	push_another junk:1
	"$DOCKER" pull -q 127.0.0.1:5000/junk:1
	local once=(--once --store "$SCRATCH/store" --docker "$SCRATCH/docker.sock" --containerd "$SCRATCH/none")
	in_network "$HARDENCTL" trust watch "${once[@]}"
	stored "$ANOTHER"
	echo $(((1 << 30) - 1200)) >"$SCRATCH/store/size"
	"$DOCKER" pull -q 127.0.0.1:5000/team/app:1
	in_network "$HARDENCTL" trust watch "${once[@]}"
	stored "$DIGEST"
	fails stored "$ANOTHER"
}

@test "a registry that is down is asked again" {
	"$DOCKER" pull -q 127.0.0.1:5000/team/app:1
	distribution_stop
	watch_start
	wait_until 30 logged 'tried again in 10 seconds'
	distribution_start
	wait_until 30 logged "127.0.0.1:5000/team/app@$DIGEST: 1 cosign signature"
}

@test "with no more than the service's capabilities" {
	"$DOCKER" pull -q 127.0.0.1:5000/team/app:1
	run in_network setpriv --no-new-privs --bounding-set -all,+setuid,+setgid,+kill "$HARDENCTL" trust watch --once \
		--store "$SCRATCH/store" --docker "$SCRATCH/docker.sock" --containerd "$SCRATCH/containerd.sock"
	assert_equal "$status" 0
	assert_contains "$output" "127.0.0.1:5000/team/app@$DIGEST: 1 cosign signature"
	assert_contains "$(cat "$REPOSITORY/integration/systemd/oci-harden-watch.service.in")" \
		'CapabilityBoundingSet=CAP_SETUID CAP_SETGID CAP_KILL'
}

@test "--once goes through what is there and ends; SIGTERM ends the service" {
	"$DOCKER" pull -q 127.0.0.1:5000/team/app:1
	run in_network "$HARDENCTL" trust watch --once --store "$SCRATCH/store" --docker "$SCRATCH/docker.sock" \
		--containerd "$SCRATCH/containerd.sock"
	assert_equal "$status" 0
	assert_contains "$output" "127.0.0.1:5000/team/app@$DIGEST: 1 cosign signature"
	distribution_stop
	run in_network "$HARDENCTL" trust watch --once --store "$SCRATCH/store" --docker "$SCRATCH/docker.sock" \
		--containerd "$SCRATCH/containerd.sock"
	assert_equal "$status" 3

	watch_start
	sleep 1
	kill -TERM "$WATCH_PID"
	wait "$WATCH_PID"
	WATCH_PID=
	# what talked to the registry ends by the kernel's hand, a moment later
	wait_until 5 fails pgrep -x hardenctl
}
