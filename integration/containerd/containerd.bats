#!/usr/bin/env bats
# A real containerd with `ctr run --runc-binary`. Each way round is first shown to
# work under bare runc.

load ../lib/engines.bash

setup_file()
{
	scratch_begin containerd || return 1
	make_rootfs "$SCRATCH/rootfs"
	make_oci_archive "$SCRATCH/rootfs" docker.io/test/busybox:1 "$SCRATCH/image.tar"
	start_containerd "$RUNTIME" || return 1
	ctr --address "$CONTAINERD_SOCKET" images import "$SCRATCH/image.tar" >/dev/null
}

teardown_file()
{
	stop_containerd
	scratch_end
}

setup()
{
	NAME=c$BATS_TEST_NUMBER
}

teardown()
{
	[ -n "${BATS_TEST_COMPLETED:-}" ] || dump_logs
	local container
	for container in $(client tasks ls -q); do
		client tasks kill -s KILL "$container" >/dev/null 2>&1 || true
		wait_until 5 client tasks rm "$container" || true
	done
	for container in $(client containers ls -q); do
		client containers rm "$container" >/dev/null 2>&1 || true
	done
}

client()
{
	ctr --address "$CONTAINERD_SOCKET" "$@"
}

# bare/hardened OPTION… -- COMMAND…
start_with()
{
	local binary=$1 options=()
	shift
	while [ "$1" != -- ]; do
		options+=("$1")
		shift
	done
	shift
	run client run --rm --runc-binary "$binary" "${options[@]}" docker.io/test/busybox:1 "$NAME" "$@"
}

bare()
{
	start_with "$BARE_RUNTIME" "$@"
}

hardened()
{
	start_with "$RUNTIME" "$@"
}

# refused_by RULE OPTION… -- COMMAND…
refused_by()
{
	local rule=$1
	shift
	bare "$@"
	[ "$status" -eq 0 ] || { echo "the attack itself fails: $output" >&2; return 1; }
	hardened "$@"
	[ "$status" -ne 0 ] || return 1
	assert_contains "$output" "$REFUSED" || return 1
	assert_contains "$output" "$rule"
}

@test "an ordinary container: not root, no capability, no way to gain one, a filter" {
	bare -- sh -c 'id -u; cat /proc/self/status'
	assert_equal "${lines[0]}" 0
	[ "$(status_of CapEff "$output")" != 0000000000000000 ]
	assert_equal "$(status_of Seccomp "$output")" 0
	hardened -- sh -c 'id -u; cat /proc/self/status'
	assert_equal "$status" 0
	assert_equal "${lines[0]}" 65532
	assert_hardened "$output"
}

@test "the root file system is read-only, /tmp can be written" {
	bare -- sh -c 'echo x >/written && cat /written'
	assert_equal "$output" x
	hardened -- sh -c 'touch /tmp/x && echo tmp-ok; grep " / " /proc/self/mountinfo'
	assert_equal "${lines[0]}" tmp-ok
	assert_equal "$(awk '$5 == "/" { print substr($6, 1, 3) }' <<<"$output")" ro,
}

@test "--cap-add gives nothing" {
	bare --cap-add CAP_SYS_ADMIN --cap-add CAP_NET_ADMIN -- cat /proc/self/status
	assert_equal "$status" 0
	[ "$((16#$(status_of CapEff "$output") & 1 << 21))" -ne 0 ]
	hardened --cap-add CAP_SYS_ADMIN --cap-add CAP_NET_ADMIN -- cat /proc/self/status
	assert_equal "$status" 0
	assert_hardened "$output"
}

@test "the host's network is refused" {
	refused_by namespaces --net-host -- true
}

@test "namespaces by path: the host's own, a link to it, a bound file" {
	mkdir -p "$SCRATCH/attack"
	ln -sf /proc/self/ns/net "$SCRATCH/attack/link"
	touch "$SCRATCH/attack/bound"
	mount --bind /proc/self/ns/net "$SCRATCH/attack/bound"
	refused_by namespaces --with-ns network:/proc/self/ns/net -- true
	refused_by namespaces --with-ns "network:$SCRATCH/attack/link" -- true
	refused_by namespaces --with-ns "network:$SCRATCH/attack/bound" -- true
	umount "$SCRATCH/attack/bound"
}

@test "the host's files and containerd's socket are refused" {
	refused_by mount-sources --mount type=bind,src=/etc,dst=/x,options=rbind:ro -- cat /x/shadow
	refused_by mount-sources --mount type=bind,src=/,dst=/x,options=rbind -- ls /x/etc/shadow
	refused_by mount-sources --mount "type=bind,src=$CONTAINERD_SOCKET,dst=/x,options=bind" -- ls /x
	refused_by mount-types --mount type=proc,src=proc,dst=/x,options=nosuid -- head -c 1 /x/keys
	# a bind is one by its option, whatever its type says
	refused_by mount-sources --mount type=tmpfs,src=/etc,dst=/x,options=bind:ro -- cat /x/shadow
}

@test "--rootfs: a folder of the host as root" {
	run client run --rm --runc-binary "$BARE_RUNTIME" --rootfs "$SCRATCH/rootfs" "$NAME" /bin/id -u
	assert_equal "$output" 0
	run client run --rm --runc-binary "$RUNTIME" --rootfs "$SCRATCH/rootfs" "$NAME" /bin/id -u
	[ "$status" -ne 0 ]
	assert_contains "$output" root-filesystem
}

@test "forged annotations: neither a pod's sandbox nor Podman's" {
	run client run --rm --runc-binary "$RUNTIME" --annotation io.kubernetes.cri.container-type=sandbox \
		--annotation "io.kubernetes.cri.sandbox-id=$NAME" --annotation io.container.manager=libpod \
		docker.io/test/busybox:1 "$NAME" sh -c 'id -u; cat /proc/self/status'
	assert_equal "$status" 0
	assert_hardened "$output"
	local record
	record=$(grep "\"container\":\"$NAME\"" /var/log/oci-harden/decisions.jsonl | tail -n 1)
	assert_equal "$(jq -r .engine <<<"$record")" containerd
	assert_equal "$(jq -r .namespace <<<"$record")" default
}

@test "ctr in Kubernetes' namespace is nobody's container" {
	client --namespace k8s.io images import "$SCRATCH/image.tar" >/dev/null
	run client --namespace k8s.io run --rm --runc-binary "$RUNTIME" \
		--annotation io.kubernetes.cri.container-type=container \
		--annotation "io.kubernetes.cri.sandbox-id=$NAME" \
		--annotation io.kubernetes.cri.sandbox-namespace=kube-system \
		docker.io/test/busybox:1 "$NAME" id -u
	assert_equal "$output" 65532
	local record
	record=$(grep "\"container\":\"$NAME\"" /var/log/oci-harden/decisions.jsonl | tail -n 1)
	assert_equal "$(jq -r .engine <<<"$record")" contradictory
	assert_equal "$(jq -r .namespace <<<"$record")" null
}

@test "hardenctl exception: bound to the image, it lints, and lets the container through" {
	mkdir -p "$SCRATCH/listed"
	refused_by mount-sources --mount "type=bind,src=$SCRATCH/listed,dst=/data,options=rbind:ro" -- ls /data
	{
		echo 'version: 1'
		"$HARDENCTL" exception "$NAME"
	} >"$SCRATCH/policy.yaml"
	grep -qF 'for: {digest: "sha256:' "$SCRATCH/policy.yaml"
	"$HARDENCTL" policy apply "$SCRATCH/policy.yaml"
	hardened --mount "type=bind,src=$SCRATCH/listed,dst=/data,options=rbind:ro" -- ls /data
	assert_equal "$status" 0
	echo 'version: 1' >"$SCRATCH/policy.yaml"
	"$HARDENCTL" policy apply "$SCRATCH/policy.yaml"
}

@test "exec runs, and is no looser than the container" {
	client run -d --runc-binary "$RUNTIME" docker.io/test/busybox:1 "$NAME" sleep 1000
	run client tasks exec --exec-id one "$NAME" cat /proc/self/status
	assert_equal "$status" 0
	assert_hardened "$output"
	run client tasks exec --exec-id two --user 0 "$NAME" cat /proc/self/status
	assert_equal "$status" 0
	assert_hardened "$output"
}

@test "a refusal leaves nothing, and the next start works" {
	hardened --mount type=bind,src=/etc,dst=/x,options=rbind -- true
	[ "$status" -ne 0 ]
	assert_equal "$(client tasks ls -q)" ''
	assert_equal "$(client containers ls -q)" ''
	assert_equal "$(cgroups_named "$NAME")" ''
	assert_equal "$(mounts_below "$SCRATCH/state")" ''
	assert_equal "$(find "$SCRATCH/state/io.containerd.runtime.v2.task" -name "$NAME")" ''
	assert_equal "$(find /run/containerd/runc -name "$NAME" 2>/dev/null)" ''
	hardened -- echo fine
	assert_equal "$output" fine
}
