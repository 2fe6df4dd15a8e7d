#!/usr/bin/env bats
# Only trusted images run under a dockerd that keeps its images in containerd: docker.io and
# containerd of a later suite of Debian, where this machine can have them.

load ../lib/engines.bash
load ../registry/registry.bash
load trust.bash

# Debian 12's runc, whatever the later suite would have
engine_has()
{
	later docker
	PATH=$LATER/usr/sbin:$LATER/usr/bin:$PATH
	DOCKER=$LATER/usr/bin/docker
	CTR="$LATER/usr/bin/ctr --address $SCRATCH/exec/containerd/containerd.sock --namespace moby"
}

setup_file()
{
	scratch_begin trust-docker-containerd || return 1
	later_folder docker || return 0 # each test is skipped then
	engine_has
	make_rootfs "$SCRATCH/rootfs"
	oci_image good && oci_image evil || return 1
	make_key release && make_key other || return 1
	echo '{"features": {"containerd-snapshotter": true}}' >"$SCRATCH/daemon.json"
	network_start || return 1
	start_dockerd_in_network || return 1
	"$DOCKER" load -q -i "$SCRATCH/good.tar"
	"$DOCKER" load -q -i "$SCRATCH/evil.tar"
}

teardown_file()
{
	stop_dockerd
	network_stop
	scratch_end
}

setup()
{
	engine_has
	trust_policy 'signed-by: release'
}

teardown()
{
	[ -n "${DOCKERD_PID:-}" ] || return 0 # the host's own engine is nobody's to tidy
	[ -n "${BATS_TEST_COMPLETED:-}" ] || dump_logs
	stop_daemon "${WATCH_PID:-}"
	distribution_stop
	"$DOCKER" ps -aq | xargs -r "$DOCKER" rm -f -v >/dev/null 2>&1 || true
	forget_all
}

start()
{
	run "$DOCKER" run --rm --runtime "${BINARY:-oci-harden}" --network none "$@" cat /name
}

@test "it is containerd that keeps the images" {
	assert_contains "$("$DOCKER" info --format '{{.Driver}} {{.DriverStatus}}')" io.containerd.snapshotter
}

@test "a signed image runs, an unsigned one does not" {
	start registry.example/good:1
	assert_equal "$status" 125
	assert_contains "$output" "asks for a signature by 1 of release"
	import_signed "$SCRATCH/good"
	start registry.example/good:1
	assert_equal "$status" 0
	assert_equal "$output" good
	assert_equal "$(trust_of_last)" '[true,true,["release"]]'

	BINARY=bare start registry.example/evil:1
	assert_equal "$output" evil
	start registry.example/evil:1
	assert_equal "$status" 125
	assert_contains "$output" "asks for a signature by 1 of release"
	import_signed "$SCRATCH/evil" other
	start registry.example/evil:1
	assert_equal "$status" 125
}

@test "a name that is moved onto the signed image between create and start does not help" {
	import_signed "$SCRATCH/good"
	local runtime container
	for runtime in bare oci-harden; do
		"$DOCKER" tag registry.example/evil:1 registry.example/moved:1
		container=$("$DOCKER" create --runtime "$runtime" --network none registry.example/moved:1 cat /name)
		# shellcheck disable=SC2086 # a command with its options
		$CTR images tag --force registry.example/good:1 registry.example/moved:1 >/dev/null
		run "$DOCKER" start -a "$container"
		[ "$runtime" = oci-harden ] || assert_equal "$output" evil
	done
	[ "$status" -ne 0 ]
	assert_contains "$output" "asks for a signature by 1 of release"
	# by now the name does mean the signed image
	start registry.example/moved:1
	assert_equal "$output" good
}

@test "what was created from the signed image stays that, whatever the name means later" {
	import_signed "$SCRATCH/good"
	"$DOCKER" tag registry.example/good:1 registry.example/moved:1
	container=$("$DOCKER" create --runtime oci-harden --network none registry.example/moved:1 cat /name)
	"$DOCKER" tag registry.example/evil:1 registry.example/moved:1
	run "$DOCKER" start -a "$container"
	assert_equal "$status" 0
	assert_equal "$output" good
	start registry.example/moved:1
	assert_equal "$status" 125
}

@test "docker cp before the first start is refused where the upper directory has to be empty" {
	import_signed "$SCRATCH/good"
	echo planted >"$SCRATCH/planted"
	trust_policy 'signed-by: release' 'empty-upper-directory: true'
	start registry.example/good:1
	assert_equal "$output" good
	container=$("$DOCKER" create --runtime oci-harden --network none registry.example/good:1 cat /name)
	"$DOCKER" cp -q "$SCRATCH/planted" "$container:/name"
	run "$DOCKER" start -a "$container"
	[ "$status" -ne 0 ]
	assert_contains "$output" "empty"

	# without the demand it is what runs
	trust_policy 'signed-by: release'
	run "$DOCKER" start -a "$container"
	assert_equal "$output" planted
}

# run_pulled [RUNTIME]
run_pulled()
{
	"$DOCKER" run --rm --pull never --runtime "${1:-oci-harden}" --network none 127.0.0.1:5000/app:1 cat /name
}

@test "pulled and run: hardenctl trust watch brings what is signed" {
	MATCH='127.0.0.1:5000/**' trust_policy 'signed-by: release'
	distribution_start
	nsenter --net="/proc/$NETWORK_PID/ns/net" -- "$HARDENCTL" trust watch --docker "$SCRATCH/docker.sock" \
		--containerd "$SCRATCH/none.sock" >"$SCRATCH/watch.out" 2>&1 3>&- &
	WATCH_PID=$!
	push_image app:1
	"$DOCKER" pull -q 127.0.0.1:5000/app:1
	wait_until 30 grep -F "127.0.0.1:5000/app@$DIGEST: nothing that is signed" "$SCRATCH/watch.out"
	assert_equal "$(run_pulled bare)" app:1
	fails run_pulled
	push_signature app "$DIGEST" "$SCRATCH/release.key"
	"$DOCKER" pull -q 127.0.0.1:5000/app:1
	wait_until 30 run_pulled
	assert_equal "$(run_pulled)" app:1
}

@test "hardenctl verify: the container, its image's digests, and why not" {
	import_signed "$SCRATCH/good"
	"$DOCKER" run -d --runtime oci-harden --network none --name web registry.example/good:1 sleep 100 >/dev/null
	run "$HARDENCTL" verify --root "$SCRATCH/exec/runtime-runc/moby" web
	assert_equal "$status" 0
	assert_contains "$output" "by signer release"
	assert_contains "$output" "under the container's root"
	run "$HARDENCTL" verify --json --root "$SCRATCH/exec/runtime-runc/moby" web
	assert_equal "$(jq -c '[.trusted, .matched, .signers, .manifest]' <<<"$output")" \
		"[true,true,[\"release\"],\"$(cat "$SCRATCH/digest")\"]"
	run "$HARDENCTL" verify --name registry.example/good:1 "$(cat "$SCRATCH/digest")"
	assert_equal "$status" 0
	local container
	container=$("$DOCKER" ps -q --no-trunc)
	for word in "$container" "${container:0:12}"; do
		run "$HARDENCTL" verify --root "$SCRATCH/exec/runtime-runc/moby" "$word"
		assert_equal "$status" 0
		assert_contains "$output" "found in   container $container of docker"
	done
	"$DOCKER" run -d --runtime bare --network none --name bad registry.example/evil:1 sleep 100 >/dev/null
	run "$HARDENCTL" verify --root "$SCRATCH/exec/runtime-runc/moby" bad
	assert_equal "$status" 2
	assert_contains "$output" "asks for a signature"
}

@test "hardenctl verify: an image by the name that Docker keeps in containerd, as a container of it" {
	local name counts='[.trusted, .signers, ."named-by", .config, .manifest, .index, ."diff-ids"]' container
	import_signed "$SCRATCH/good"
	by_name()
	{
		run "$HARDENCTL" verify --json --containerd "$SCRATCH/exec/containerd/containerd.sock" "$@"
	}
	"$DOCKER" run -d --runtime bare --network none --name web registry.example/good:1 sleep 100 >/dev/null
	run "$HARDENCTL" verify --json --root "$SCRATCH/exec/runtime-runc/moby" web
	container=$(jq -c "$counts" <<<"$output")
	by_name registry.example/good:1
	assert_equal "$status" 0
	assert_equal "$(jq -c "$counts" <<<"$output")" "$container"
	assert_contains "$output" "containerd's namespace moby"

	MATCH='**' trust_policy 'signed-by: release'
	"$DOCKER" tag registry.example/good:1 short
	for name in short short:latest library/short docker.io/library/short:latest; do
		by_name --engine docker "$name"
		assert_equal "$name $status" "$name 0"
	done
	"$DOCKER" tag registry.example/evil:1 short
	by_name short
	assert_equal "$status" 2
	"$DOCKER" rmi short >/dev/null
	by_name --engine podman registry.example/good:1
	assert_lacks "$output" "namespace moby"
}
