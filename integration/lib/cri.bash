# Pods over containerd's CRI socket, as the kubelet makes them. Needs engines.bash, and
# $IMAGE, the container's image.

call()
{
	"$CRI" "$CONTAINERD_SOCKET" "$@"
}

cri_is_ready()
{
	call Status '{}' | jq -e 'all(.status.conditions[]; .status)'
}

# pod [JQ-PROGRAM]: a pod's configuration, changed by the program.
pod()
{
	jq -nc --arg name "pod-$BATS_TEST_NUMBER" --arg logs "$SCRATCH/logs" '{
		metadata: {name: $name, uid: ("uid-" + $name), namespace: "tests"},
		hostname: $name, log_directory: $logs, linux: {}} | '"${1:-.}"
}

# container [JQ-PROGRAM]: a container with a tight security context.
container()
{
	jq -nc --arg image "$IMAGE" '{
		metadata: {name: "app"}, image: {image: $image}, command: ["sleep", "1000"], log_path: "app.log",
		linux: {security_context: {
			run_as_user: {value: 1000}, run_as_group: {value: 1000}, readonly_rootfs: true,
			no_new_privs: true, capabilities: {drop_capabilities: ["ALL"]},
			seccomp: {profile_type: 0}}}} | '"${1:-.}"
}

# run_pod HANDLER POD: sets $sandbox, or fails with the message in $output.
run_pod()
{
	run call RunPodSandbox "$(jq -nc --argjson config "$2" --arg handler "$1" \
		'{config: $config, runtime_handler: $handler}')"
	[ "$status" -eq 0 ] || return 1
	sandbox=$(jq -r .pod_sandbox_id <<<"$output")
}

remove_pod()
{
	call StopPodSandbox "{\"pod_sandbox_id\": \"$sandbox\"}" >/dev/null &&
		call RemovePodSandbox "{\"pod_sandbox_id\": \"$sandbox\"}" >/dev/null
}

# run_container POD CONTAINER: sets $id, or fails with the message in $output.
run_container()
{
	run call CreateContainer "$(jq -nc --arg sandbox "$sandbox" --argjson pod "$1" --argjson config "$2" \
		'{pod_sandbox_id: $sandbox, config: $config, sandbox_config: $pod}')"
	[ "$status" -eq 0 ] || return 1
	id=$(jq -r .container_id <<<"$output")
	run call StartContainer "{\"container_id\": \"$id\"}"
	[ "$status" -eq 0 ]
}

exec_sync()
{
	run call ExecSync "$(jq -nc --arg id "$id" '{container_id: $id, cmd: $ARGS.positional}' --args -- "$@")"
}
