#!/usr/bin/env bats
# Only trusted images run in pods: containers and the pod's own sandbox, by containerd's CRI.

load ../lib/engines.bash
load ../lib/cri.bash
load trust.bash

setup_file()
{
	scratch_begin trust-cri || return 1
	make_rootfs "$SCRATCH/rootfs"
	oci_image good && oci_image evil || return 1
	echo pause >"$SCRATCH/rootfs/name"
	make_oci_archive "$SCRATCH/rootfs" docker.io/test/busybox:1 "$SCRATCH/pause.tar"
	make_key release && make_key other || return 1
	start_containerd "$RUNTIME" || return 1
	local image
	for image in good evil pause; do
		ctr --address "$CONTAINERD_SOCKET" --namespace k8s.io images import "$SCRATCH/$image.tar" >/dev/null
	done
	wait_until 30 cri_is_ready
}

teardown_file()
{
	stop_containerd
	scratch_end
}

setup()
{
	mkdir -p "$SCRATCH/logs"
	IMAGE=registry.example/good:1
	trust_policy 'signed-by: {at-least: 1, of: [release]}' 'unmatched: audit'
}

teardown()
{
	[ -n "${BATS_TEST_COMPLETED:-}" ] || dump_logs
	for sandbox in $(call ListPodSandbox '{}' | jq -r '.items[].id'); do
		remove_pod || true
	done
	forget_all
}

@test "a signed image runs in a pod, an unsigned one does not" {
	local description
	description=$(pod)
	run_pod runc "$description"
	assert_equal "$(trust_of_last)" '[true,false,[]]'
	fails run_container "$description" "$(container)"
	assert_contains "$output" "asks for a signature by 1 of release"
	remove_pod

	import_signed "$SCRATCH/good"
	run_pod runc "$description"
	run_container "$description" "$(container)"
	assert_equal "$(trust_of_last)" '[true,true,["release"]]'
	exec_sync cat /name
	assert_equal "$(jq -r .stdout <<<"$output")" good
	IMAGE=registry.example/evil:1
	fails run_container "$description" "$(container '.metadata.name = "evil"')"
	assert_contains "$output" "asks for a signature by 1 of release"
}

@test "an index that lists the signed image beside one that only containerd can read proves neither" {
	import_signed "$SCRATCH/good"
	beside_good twice '{"os": "linux", "architecture": "amd64"}' \
		"jq -c '.config.Env += [\"EVIL=1\"]' | sed 's/^{/{\"os\":\"linux\",/'"
	ctr --address "$CONTAINERD_SOCKET" --namespace k8s.io images import "$SCRATCH/twice.tar" >/dev/null
	"$HARDENCTL" trust import "$SCRATCH/twice"
	IMAGE=registry.example/twice:1
	local description
	description=$(pod)
	run_pod runc "$description"
	fails run_container "$description" "$(container)"
	assert_contains "$output" "asks for a signature by 1 of release"
}

@test "the sandbox's image is verified as well where nothing is let pass unnamed" {
	import_signed "$SCRATCH/good"
	trust_policy 'signed-by: {at-least: 1, of: [release]}'
	fails run_pod runc "$(pod)"
	assert_contains "$output" "no entry of trust/images names docker.io/test/busybox:1"
}

@test "an exception that is bound to the signer loosens for what it signed alone" {
	import_signed "$SCRATCH/good"
	trust_policy 'signed-by: {at-least: 1, of: [release]}' 'unmatched: audit' "exceptions:
  - name: writable
    for: {signed-by: release}
    controls: {root-filesystem: {action: audit}}
    reason: tests
    expires: $(date -d '+60 days' +%F)"
	local description
	description=$(pod)
	run_pod runc "$description"
	run_container "$description" "$(container)"
	assert_equal "$(tail -n 1 /var/log/oci-harden/decisions.jsonl | jq -r '.applied | index("exception writable") != null')" true
}
