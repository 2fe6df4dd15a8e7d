#!/usr/bin/env bats
# A device by CDI as a real Podman passes it on: what a GPU is to an engine, with the
# kernel's log in its place. And what Podman says of what it publishes.

load ../lib/engines.bash

SPECIFICATION=/run/cdi/oci-harden-test.json

setup_file()
{
	scratch_begin cdi || return 1
	make_rootfs "$SCRATCH/rootfs"
	tar -C "$SCRATCH/rootfs" -c . | client import - localhost/image:latest >/dev/null 2>&1
	mkdir -p /run/cdi "$SCRATCH/driver"
	echo 'the library' >"$SCRATCH/driver/library"
	cat >"$SPECIFICATION" <<JSON
{"cdiVersion": "0.3.0", "kind": "oci-harden.test/gpu",
 "devices": [{"name": "0", "containerEdits": {"deviceNodes": [
	{"path": "/dev/gpu0", "type": "c", "major": 1, "minor": 11, "permissions": "rw"}]}}],
 "containerEdits": {"mounts": [
	{"hostPath": "$SCRATCH/driver", "containerPath": "/driver", "options": ["ro", "nosuid", "nodev", "bind"]}]}}
JSON
}

teardown_file()
{
	client rm -f -t 0 -a >/dev/null 2>&1 || true
	rm -f "$SPECIFICATION"
	rmdir /run/cdi 2>/dev/null || true
	scratch_end
}

teardown()
{
	rm -rf /var/lib/oci-harden/policy
}

client()
{
	podman --root "$SCRATCH/graph" --runroot "$SCRATCH/run" --tmpdir "$SCRATCH/tmp" \
		--storage-driver overlay --cgroup-manager cgroupfs --events-backend file "$@"
}

start_with()
{
	run client --runtime "$1" run --rm --ulimit nofile=1024:1024 --ulimit nproc=1024:1024 --network none "${@:2}"
}

@test "a CDI device passes where the policy lists its class, and not else" {
	local what=(--device oci-harden.test/gpu=0 image sh -c 'stat -c %t:%T /dev/gpu0; cat /driver/library')
	start_with "$BARE_RUNTIME" "${what[@]}"
	assert_equal "${lines[*]}" '1:b the library'
	start_with "$RUNTIME" "${what[@]}"
	assert_contains "$output" "$REFUSED"
	assert_contains "$output" /dev/gpu0
	assert_contains "$output" "(mount-sources"
	cat >"$SCRATCH/policy.yaml" <<'YAML'
version: 1
controls:
  devices: {cdi: [oci-harden.test/gpu]}
  mount-sources: {cdi: [oci-harden.test/gpu]}
YAML
	"$HARDENCTL" policy apply "$SCRATCH/policy.yaml"
	start_with "$RUNTIME" "${what[@]}"
	assert_equal "${lines[*]}" '1:b the library'
	# --device opens more than the specification does
	start_with "$RUNTIME" --device /dev/kmsg:/dev/gpu0:rwm image true
	assert_contains "$(tail -n 1 /var/log/oci-harden/decisions.jsonl)" '"/linux/resources/devices"'
}

@test "Podman's publish-all and privileged are told" {
	start_with "$RUNTIME" --publish-all image true
	assert_equal "$status" 0
	assert_contains "$(tail -n 1 /var/log/oci-harden/decisions.jsonl | jq -c '.findings[] | select(.control == "exposure")
		| [.outcome, .pointer]')" '["audited","/annotations/io.podman.annotations.publish-all"]'
}
