#!/usr/bin/env bats
# The kubelet's side: pods over containerd's CRI socket. The handler "bare" shows
# that what is refused would have worked.

load ../lib/engines.bash
load ../lib/cri.bash

IMAGE=docker.io/test/busybox:1

setup_file()
{
	scratch_begin cri || return 1
	make_rootfs "$SCRATCH/rootfs"
	make_oci_archive "$SCRATCH/rootfs" docker.io/test/busybox:1 "$SCRATCH/image.tar"
	start_containerd "$RUNTIME" || return 1
	ctr --address "$CONTAINERD_SOCKET" --namespace k8s.io images import "$SCRATCH/image.tar" >/dev/null
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
}

teardown()
{
	[ -n "${BATS_TEST_COMPLETED:-}" ] || dump_logs
	for sandbox in $(call ListPodSandbox '{}' | jq -r '.items[].id'); do
		remove_pod || true
	done
}

# refused_by RULE CONTAINER: works under the handler "bare" and is refused here.
container_refused_by()
{
	local description
	description=$(pod)
	run_pod bare "$description" || { echo "$output" >&2; return 1; }
	run_container "$description" "$2" || { echo "the attack itself fails: $output" >&2; return 1; }
	remove_pod
	run_pod runc "$description" || { echo "$output" >&2; return 1; }
	fails run_container "$description" "$2" || return 1
	assert_contains "$output" "$REFUSED" || return 1
	assert_contains "$output" "$1" || return 1
	# what the kubelet would show
	run call ContainerStatus "{\"container_id\": \"$id\"}"
	assert_contains "$(jq -r .status.message <<<"$output")" "$REFUSED" || return 1
	remove_pod
}

@test "sandbox, container, exec-sync: a tight pod runs" {
	local description
	description=$(pod)
	run_pod runc "$description"
	run_container "$description" "$(container)"
	exec_sync cat /proc/self/status
	assert_equal "$status" 0
	local seen
	seen=$(jq -r .stdout <<<"$output")
	assert_hardened "$seen"
	assert_equal "$(status_of Uid "$seen")" 1000
	exec_sync cat /proc/1/status
	exec_sync cat /etc/hostname
	assert_equal "$(jq -r .stdout <<<"$output")" "pod-$BATS_TEST_NUMBER"
	exec_sync touch /dev/shm/x
	assert_equal "$(jq -r .exit_code <<<"$output")" 0
	exec_sync touch /x
	[ "$(jq -r .exit_code <<<"$output")" -ne 0 ]
}

# processes_of ID: of the container's cgroup.
processes_of()
{
	find /sys/fs/cgroup -path "*/$1/cgroup.procs" -exec cat {} + | sort -u
}

@test "the container itself and its sandbox are hardened" {
	local description process
	description=$(pod)
	run_pod runc "$description"
	run_container "$description" "$(container)"
	for process in $(processes_of "$sandbox") $(processes_of "$id"); do
		assert_hardened "$(cat "/proc/$process/status")"
	done
	[ -n "$(processes_of "$sandbox")" ]
	[ -n "$(processes_of "$id")" ]
}

@test "a loose container comes out tight" {
	local description loose
	description=$(pod)
	loose=$(container '.linux = {}')
	run_pod bare "$description"
	run_container "$description" "$loose"
	exec_sync cat /proc/1/status
	exec_sync cat /proc/self/status
	assert_equal "$(status_of Seccomp "$(jq -r .stdout <<<"$output")")" 0
	remove_pod
	run_pod runc "$description"
	loose=$(jq -c '.command = ["sh", "-c", "cat /proc/self/status; sleep 1000"]' <<<"$loose")
	run_container "$description" "$loose"
	wait_until 10 grep -q Seccomp_filters "$SCRATCH/logs/app.log" || wait_until 1 test -s "$SCRATCH/logs/app.log"
	assert_hardened "$(sed -E 's/^[^ ]+ stdout . //' "$SCRATCH/logs/app.log")"
	# what the kubelet's exec probes and kubectl exec ask for
	exec_sync cat /proc/self/status
	assert_equal "$(jq -r .exit_code <<<"$output")" 0
	assert_hardened "$(jq -r .stdout <<<"$output")"
}

# The kubelet sends what it has stored, which never was tightened, again and again.
@test "an update with looser values is held to the policy and goes through" {
	local description megabytes=$((1 << 20)) limit
	printf 'version: 1\ncontrols: {resources: {memory: {max: 64MiB}}}\n' >"$SCRATCH/policy.yaml"
	"$HARDENCTL" policy apply "$SCRATCH/policy.yaml"
	description=$(pod)
	run_pod runc "$description"
	run_container "$description" "$(container ".linux.resources = {memory_limit_in_bytes: $((512 * megabytes))}")"
	limit=$(memory_limit_of "$id")
	assert_equal "$limit" $((64 * megabytes))
	call UpdateContainerResources "$(jq -nc --arg id "$id" --argjson limit $((1024 * megabytes)) \
		'{container_id: $id, linux: {memory_limit_in_bytes: $limit}}')"
	assert_equal "$(memory_limit_of "$id")" $((64 * megabytes))
	assert_equal "$(jq -r "select(.verb == \"update\") | .verdict" /var/log/oci-harden/decisions.jsonl)" rewritten
	call UpdateContainerResources "$(jq -nc --arg id "$id" --argjson limit $((32 * megabytes)) \
		'{container_id: $id, linux: {memory_limit_in_bytes: $limit}}')"
	assert_equal "$(memory_limit_of "$id")" $((32 * megabytes))
	rm -rf /var/lib/oci-harden/policy
}

memory_limit_of()
{
	cat "$(find /sys/fs/cgroup -path "*/$1/memory.limit_in_bytes" -o -path "*/$1/memory.max" | head -n 1)"
}

@test "the host's files in a pod are refused" {
	container_refused_by mount-sources "$(container '.mounts = [{container_path: "/x", host_path: "/etc"}]')"
	container_refused_by mount-sources "$(container '.mounts = [{container_path: "/x", host_path: "/", readonly: true}]')"
}

@test "containerd's socket in a pod is refused" {
	container_refused_by mount-sources \
		"$(container ".mounts = [{container_path: \"/x\", host_path: \"$CONTAINERD_SOCKET\"}]")"
}

@test "a pod on the host's network is refused" {
	# NamespaceMode NODE is 2
	local description
	description=$(pod '.hostname = "" | .linux.security_context.namespace_options = {network: 2}')
	run_pod bare "$description"
	remove_pod
	fails run_pod runc "$description"
	assert_contains "$output" "$REFUSED"
	assert_contains "$output" namespaces
}

@test "a pod with the host's processes is refused" {
	local description
	description=$(pod '.linux.security_context.namespace_options = {pid: 2}')
	run_pod bare "$description"
	remove_pod
	fails run_pod runc "$description"
	assert_contains "$output" "$REFUSED"
	assert_contains "$output" namespaces
}

@test "the decision log has the pod's namespace, as CRI set it" {
	local description record
	description=$(pod)
	run_pod runc "$description"
	run_container "$description" "$(container)"
	record=$(grep "$id" /var/log/oci-harden/decisions.jsonl | head -n 1)
	assert_equal "$(jq -r .engine <<<"$record")" cri
	assert_equal "$(jq -r .namespace <<<"$record")" tests
	assert_equal "$(jq -r .name <<<"$record")" app
}

@test "a refusal leaves nothing, and the pod and the next container work" {
	local description
	description=$(pod)
	run_pod runc "$description"
	fails run_container "$description" "$(container '.mounts = [{container_path: "/x", host_path: "/etc"}]')"
	assert_equal "$(cgroups_named "$id")" ''
	assert_equal "$(mounts_below "$SCRATCH/state/io.containerd.runtime.v2.task/k8s.io/$id")" ''
	assert_equal "$(find /run/containerd/runc -name "$id" 2>/dev/null)" ''
	call RemoveContainer "{\"container_id\": \"$id\"}"
	run_container "$description" "$(container)"
	exec_sync true
	assert_equal "$(jq -r .exit_code <<<"$output")" 0
}

# except DIGEST: pods of this image may be root.
except()
{
	printf 'version: 1\nexceptions:\n- name: pods\n  for: {digest: "%s"}\n  when: {engine: cri, namespace: tests}\n  controls: {user: {action: audit}}\n  reason: a test\n  expires: %s\n' \
		"$1" "$(date -d '+60 days' +%F)" >"$SCRATCH/policy.yaml"
	"$HARDENCTL" policy apply "$SCRATCH/policy.yaml" >/dev/null
}

# decision_of ID FIELD
decision_of()
{
	jq -r "select(.container == \"$1\" and .verb == \"create\") | $2" /var/log/oci-harden/decisions.jsonl
}

@test "an exception for an image's digest holds for its containers and its sandboxes, and for no others" {
	local description root kind
	description=$(pod)
	root=$(container '.linux = {}')
	client() { ctr --address "$CONTAINERD_SOCKET" --namespace k8s.io "$@"; }
	manifest=$(client images ls | awk -v name="$IMAGE" '$1 == name { print $3 }')
	config=$(client content get "$manifest" | jq -r .config.digest)
	echo other >"$SCRATCH/rootfs/other"
	make_oci_archive "$SCRATCH/rootfs" docker.io/test/other:1 "$SCRATCH/other.tar"
	client images import "$SCRATCH/other.tar" >/dev/null
	for kind in "$manifest" "$config"; do
		except "$kind"
		run_pod runc "$description"
		run_container "$description" "$root"
		exec_sync id -u
		assert_equal "$(jq -r .stdout <<<"$output")" 0
		assert_equal "$(decision_of "$id" '.applied | index("exception pods") != null')" true
		assert_equal "$(decision_of "$sandbox" '.applied | index("exception pods") != null')" true
		run_container "$description" "$(jq -c '.metadata.name = "other" | .image.image = "docker.io/test/other:1"' <<<"$root")"
		exec_sync id -u
		[ "$(jq -r .stdout <<<"$output")" -ne 0 ]
		assert_equal "$(decision_of "$id" '.applied | length')" 1
		remove_pod
	done
	rm -rf /var/lib/oci-harden/policy
}

# The annotation that names the image is the user's word, and CRI's names can be moved.
@test "neither an annotation nor a name that was moved makes another image the excepted one" {
	local description root
	description=$(pod)
	client() { ctr --address "$CONTAINERD_SOCKET" --namespace k8s.io "$@"; }
	echo evil >"$SCRATCH/rootfs/evil"
	make_oci_archive "$SCRATCH/rootfs" docker.io/test/evil:1 "$SCRATCH/evil.tar"
	client images import "$SCRATCH/evil.tar" >/dev/null
	except "$(client images ls | awk -v name="$IMAGE" '$1 == name { print $3 }')"
	run_pod runc "$description"
	root=$(container '.linux = {} | .image.image = "docker.io/test/evil:1"
		| .annotations = {"io.kubernetes.cri.image-name": "'"$IMAGE"'"}')
	run call CreateContainer "$(jq -nc --arg sandbox "$sandbox" --argjson pod "$description" --argjson config "$root" \
		'{pod_sandbox_id: $sandbox, config: $config, sandbox_config: $pod}')"
	id=$(jq -r .container_id <<<"$output")
	client images tag --force "$IMAGE" docker.io/test/evil:1 >/dev/null
	call StartContainer "{\"container_id\": \"$id\"}"
	exec_sync id -u
	[ "$(jq -r .stdout <<<"$output")" -ne 0 ]
	assert_equal "$(decision_of "$id" '.applied | length')" 1
	rm -rf /var/lib/oci-harden/policy
}
