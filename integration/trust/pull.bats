#!/usr/bin/env bats
# From a pull to a run with nothing manual: real engines pull from docker-registry, the
# service `hardenctl trust watch` brings the signatures, and what is signed starts.

bats_require_minimum_version 1.5.0
load ../lib/engines.bash
load ../registry/registry.bash
load trust.bash

MATCH='127.0.0.1:5000/**'

setup_file()
{
	scratch_begin trust-pull || return 1
	network_start || return 1
	make_key release && make_key other || return 1
	start_dockerd_in_network && start_containerd "$RUNTIME" || return 1
	distribution_start || return 1
	export DISTRIBUTION_PID
}

teardown_file()
{
	stop_containerd
	stop_dockerd
	distribution_stop
	network_stop
	scratch_end
}

setup()
{
	NAME=app-$BATS_TEST_NUMBER
	IMAGE=127.0.0.1:5000/$NAME:1
	trust_policy 'signed-by: release'
	nsenter --net="/proc/$NETWORK_PID/ns/net" -- "$HARDENCTL" trust watch --docker "$SCRATCH/docker.sock" \
		--containerd "$CONTAINERD_SOCKET" >"$SCRATCH/watch.log" 2>&1 3>&- &
	WATCH_PID=$!
	push_image "$NAME:1"
}

teardown()
{
	[ -n "${BATS_TEST_COMPLETED:-}" ] || { dump_logs; cat "$SCRATCH/watch.log" >&2; }
	stop_daemon "$WATCH_PID"
	client containers rm "$NAME" >/dev/null 2>&1 || true
	forget_all
}

client()
{
	in_network ctr --address "$CONTAINERD_SOCKET" "$@"
}

# by_docker, by_containerd: run the image by $RUNTIME or the runtime that is named.
by_docker()
{
	"$DOCKER" run --rm --pull never --runtime "${1:-oci-harden}" --network none "$IMAGE" cat /name
}

by_containerd()
{
	local binary=$RUNTIME
	[ "${1:-}" != bare ] || binary=$BARE_RUNTIME
	client run --rm --runc-binary "$binary" "$IMAGE" "$NAME" cat /name
}

refuses()
{
	run "$1"
	[ "$status" -ne 0 ]
	assert_contains "$output" "asks for a signature by 1 of release"
}

told()
{
	grep -qF "$1" "$SCRATCH/watch.log"
}

@test "Docker: pulled and run" {
	push_signature "$NAME" "$DIGEST" "$SCRATCH/release.key"
	"$DOCKER" pull -q "$IMAGE"
	wait_until 30 by_docker
	assert_equal "$(by_docker)" "$NAME:1"
	assert_equal "$(trust_of_last)" '[true,true,["release"]]'
	told "127.0.0.1:5000/$NAME@$DIGEST: 1 cosign signature"
}

@test "Docker: what is not signed by whom the policy names is fetched, runs bare and is refused" {
	push_signature "$NAME" "$DIGEST" "$SCRATCH/other.key"
	"$DOCKER" pull -q "$IMAGE"
	wait_until 30 told "127.0.0.1:5000/$NAME@$DIGEST: 1 cosign signature"
	assert_equal "$(by_docker bare)" "$NAME:1"
	refuses by_docker

	# signed since, and pulled again
	push_signature "$NAME" "$DIGEST" "$SCRATCH/release.key"
	"$DOCKER" pull -q "$IMAGE"
	wait_until 30 by_docker
}

@test "containerd: pulled and run" {
	push_signature "$NAME" "$DIGEST" "$SCRATCH/release.key"
	client images pull --plain-http "$IMAGE" >/dev/null
	wait_until 30 by_containerd
	assert_equal "$(by_containerd)" "$NAME:1"
	assert_equal "$(trust_of_last)" '[true,true,["release"]]'
}

@test "containerd: what is not signed by whom the policy names is fetched, runs bare and is refused" {
	push_signature "$NAME" "$DIGEST" "$SCRATCH/other.key"
	client images pull --plain-http "$IMAGE" >/dev/null
	wait_until 30 told "127.0.0.1:5000/$NAME@$DIGEST: 1 cosign signature"
	assert_equal "$(by_containerd bare)" "$NAME:1"
	refuses by_containerd
}
