#!/usr/bin/env bats
# From a pull to a run with nothing manual: real engines pull from docker-registry, the
# service `hardenctl trust watch` brings the signatures, and what is signed starts.

bats_require_minimum_version 1.5.0
load ../lib/engines.bash
load ../lib/cri.bash
load ../registry/registry.bash
load trust.bash

MATCH='127.0.0.1:5000/**'

# the CRI plugin pulls by itself
containerd()
{
	exec nsenter --net="/proc/$NETWORK_PID/ns/net" -- /usr/bin/containerd "$@"
}

setup_file()
{
	scratch_begin trust-pull || return 1
	network_start || return 1
	make_key release && make_key other || return 1
	start_dockerd_in_network && start_containerd "$RUNTIME" || return 1
	distribution_start || return 1
	export DISTRIBUTION_PID
	make_rootfs "$SCRATCH/rootfs"
	make_oci_archive "$SCRATCH/rootfs" docker.io/test/busybox:1 "$SCRATCH/pause.tar"
	client --namespace k8s.io images import "$SCRATCH/pause.tar" >/dev/null
	wait_until 30 cri_is_ready
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
	mkdir -p "$SCRATCH/logs"
	trust_policy 'signed-by: release' 'unmatched: audit'
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
	for sandbox in $(call ListPodSandbox '{}' | jq -r '.items[].id'); do
		remove_pod || true
	done
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

@test "Docker: a tag that is moved onto a signed image after the pull does not help what was pulled" {
	local pulled=$DIGEST
	"$DOCKER" pull -q "$IMAGE"
	wait_until 30 told "127.0.0.1:5000/$NAME@$pulled: nothing that is signed"
	make_rootfs "$SCRATCH/rootfs"
	echo signed >"$SCRATCH/rootfs/name"
	push "$NAME:1"
	[ "$DIGEST" != "$pulled" ]
	push_signature "$NAME" "$DIGEST" "$SCRATCH/release.key"
	in_network "$HARDENCTL" trust fetch "$IMAGE"
	assert_equal "$(by_docker bare)" "$NAME:1"
	refuses by_docker
	"$DOCKER" pull -q "$IMAGE"
	assert_equal "$(by_docker)" signed
}

@test "a denied digest by which it was pulled reaches an image that nothing else is known of" {
	stop_daemon "$WATCH_PID"
	cat >/etc/oci-harden/policy.yaml <<-END
		version: 1
		extends: baseline
		controls:
		  apparmor: {action: audit}
		trust:
		  deny: ["$DIGEST"]
	END
	"$HARDENCTL" policy apply
	"$DOCKER" pull -q "$IMAGE"
	[ -z "$("$HARDENCTL" trust list --json | jq -r --arg digest "$DIGEST" '.[] | select(.digest == $digest)')" ]
	assert_equal "$(by_docker bare)" "$NAME:1"
	# by whatever name
	"$DOCKER" tag "$IMAGE" other.example/renamed:1
	for name in "$IMAGE" other.example/renamed:1 "$("$DOCKER" inspect --format '{{.Id}}' "$IMAGE")"; do
		run "$DOCKER" run --rm --pull never --runtime oci-harden --network none "$name" cat /name
		[ "$status" -ne 0 ]
		assert_contains "$output" "trust/deny names $DIGEST, by which the image was asked for or pulled"
	done
	run "$HARDENCTL" verify --data-root "$SCRATCH/docker" "$IMAGE"
	assert_equal "$status" 2
	assert_contains "$output" "trust/deny names $DIGEST"
	# another image runs
	push_image "$NAME-other:1"
	"$DOCKER" pull -q "127.0.0.1:5000/$NAME-other:1"
	"$DOCKER" run --rm --pull never --runtime oci-harden --network none "127.0.0.1:5000/$NAME-other:1" cat /name
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

@test "Kubernetes: pulled by CRI and run in a pod; not before it is signed" {
	local description
	call PullImage "$(jq -nc --arg image "$IMAGE" '{image: {image: $image}}')" >/dev/null
	description=$(pod)
	run_pod bare "$description" && run_container "$description" "$(container)"
	remove_pod
	run_pod runc "$description"
	wait_until 30 told "127.0.0.1:5000/$NAME@$DIGEST: nothing that is signed"
	fails run_container "$description" "$(container)"
	assert_contains "$output" "asks for a signature by 1 of release"

	push_signature "$NAME" "$DIGEST" "$SCRATCH/release.key"
	call PullImage "$(jq -nc --arg image "$IMAGE" '{image: {image: $image}}')" >/dev/null
	wait_until 30 told "127.0.0.1:5000/$NAME@$DIGEST: 1 cosign signature"
	remove_pod
	run_pod runc "$description" && run_container "$description" "$(container)"
	assert_equal "$(trust_of_last)" '[true,true,["release"]]'
	exec_sync cat /name
	assert_equal "$(jq -r .stdout <<<"$output")" "$NAME:1"
}
