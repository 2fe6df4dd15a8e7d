#!/usr/bin/env bats
# A real Podman with `--runtime PATH`, its own store and run root. Each way round is
# first shown to work under bare runc.

load ../lib/engines.bash

setup_file()
{
	scratch_begin podman || return 1
	make_rootfs "$SCRATCH/rootfs"
	tar -C "$SCRATCH/rootfs" -c . | client import - localhost/image:latest >/dev/null 2>&1
}

teardown_file()
{
	client rm -f -t 0 -a >/dev/null 2>&1 || true
	scratch_end
}

teardown()
{
	client rm -f -t 0 -a >/dev/null 2>&1 || true
	client volume rm -f -a >/dev/null 2>&1 || true
}

client()
{
	podman --root "$SCRATCH/graph" --runroot "$SCRATCH/run" --tmpdir "$SCRATCH/tmp" \
		--storage-driver overlay --cgroup-manager cgroupfs --events-backend file "$@"
}

# Podman's own limits (a million files) are more than a machine without
# CAP_SYS_RESOURCE may set; no network, since CNI is not set up.
LIMITS="--ulimit nofile=1024:1024 --ulimit nproc=1024:1024"

start_with()
{
	# shellcheck disable=SC2086
	run client ${HOOKS:-} --runtime "$1" run --rm $LIMITS "${@:2}"
}

bare()
{
	start_with "$BARE_RUNTIME" "$@"
}

hardened()
{
	start_with "$RUNTIME" "$@"
}

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
	bare --network none image sh -c 'id -u; cat /proc/self/status'
	assert_equal "${lines[0]}" 0
	[ "$(status_of CapEff "$output")" != 0000000000000000 ]
	hardened --network none image sh -c 'id -u; cat /proc/self/status'
	assert_equal "$status" 0
	assert_equal "${lines[0]}" 65532
	assert_hardened "$output"
}

@test "the root file system is read-only, /tmp can be written" {
	bare --network none image sh -c 'echo x >/written && cat /written'
	assert_equal "$output" x
	hardened --network none image sh -c 'touch /tmp/x && echo tmp-ok; grep " / " /proc/self/mountinfo'
	assert_equal "${lines[0]}" tmp-ok
	assert_equal "$(awk '$5 == "/" { print substr($6, 1, 3) }' <<<"$output")" ro,
}

@test "Podman's own mounts, volumes and the files of the container are there" {
	client volume create data
	printf kept >"$SCRATCH/graph/volumes/data/_data/x"
	hardened --network none --hostname box -v data:/data image \
		sh -c 'cat /data/x; echo; cat /etc/hostname; echo; test -e /run/.containerenv && echo env; touch /dev/shm/x && echo shm'
	assert_equal "$status" 0
	assert_equal "${lines[*]}" 'kept box env shm'
}

@test "the host's namespaces are refused" {
	refused_by namespaces --network host image true
	refused_by namespaces --network none --pid host image true
	refused_by namespaces --network none --ipc host image true
}

@test "the host's files are refused" {
	refused_by mount-sources --network none -v /etc:/x image cat /x/shadow
	refused_by mount-sources --network none -v /:/x:ro image ls /x/etc/shadow
	make_socket "$SCRATCH/some.sock"
	refused_by mount-sources --network none -v "$SCRATCH/some.sock:/x" image ls /x
}

@test "a named volume that is a host folder is refused" {
	client volume create --opt type=none --opt o=bind --opt device=/root folder
	refused_by mount-sources --network none -v folder:/x image ls /x
}

@test "--cap-add and seccomp=unconfined give nothing" {
	bare --network none --cap-add SYS_ADMIN --security-opt seccomp=unconfined image cat /proc/self/status
	assert_equal "$(status_of Seccomp "$output")" 0
	[ "$((16#$(status_of CapEff "$output") & 1 << 21))" -ne 0 ]
	hardened --network none --cap-add SYS_ADMIN --security-opt seccomp=unconfined image cat /proc/self/status
	assert_equal "$status" 0
	assert_hardened "$output"
}

@test "F19 hooks: one that Podman takes from a folder, until the policy lists it" {
	local hook=$SCRATCH/hook
	mkdir -p "$SCRATCH/hooks.d"
	printf '#!/bin/sh\nid -u >"%s/mark"\n' "$SCRATCH" >"$hook"
	chmod 755 "$hook"
	jq -nc --arg path "$hook" '{version: "1.0.0", hook: {path: $path, args: ["hook", "one"]},
		when: {always: true}, stages: ["createRuntime"]}' >"$SCRATCH/hooks.d/hook.json"
	HOOKS="--hooks-dir $SCRATCH/hooks.d"
	refused_by hooks --network none image true
	rm "$SCRATCH/mark"
	printf 'version: 1\ncontrols: {hooks: {allow: [{path: %s, args: [hook, one]}]}}\n' "$hook" >"$SCRATCH/policy.yaml"
	"$HARDENCTL" policy apply "$SCRATCH/policy.yaml"
	hardened --network none image true
	rm -rf /var/lib/oci-harden/policy
	assert_equal "$status" 0
	assert_equal "$(cat "$SCRATCH/mark")" 0
}

@test "--rootfs: a folder of the host as root" {
	bare --network none --rootfs "$SCRATCH/rootfs" id -u
	assert_equal "$output" 0
	hardened --network none --rootfs "$SCRATCH/rootfs" id -u
	[ "$status" -ne 0 ]
	assert_contains "$output" root-filesystem
}

@test "the user of podman run sees the rule" {
	hardened --network none -v /etc:/x image true
	assert_equal "$status" 126
	assert_contains "$output" mount-sources
	assert_contains "$output" 'hardenctl why'
}

@test "exec runs, and is no looser than the container" {
	# shellcheck disable=SC2086
	client --runtime "$RUNTIME" run -d $LIMITS --network none --name tight image sleep 1000
	local options
	for options in '' '--privileged' '--user 0'; do
		# shellcheck disable=SC2086
		run client --runtime "$RUNTIME" exec $options tight cat /proc/self/status
		assert_equal "$status" 0
		assert_hardened "$output"
	done
	assert_equal "$(client inspect -f '{{.State.Running}}' tight)" true
}

@test "Q02 exec: podman exec into a container of a scope that refuses exec" {
	# shellcheck disable=SC2086
	client --runtime "$RUNTIME" run -d $LIMITS --network none --name tight image sleep 1000
	run client --runtime "$RUNTIME" exec tight echo goes
	assert_equal "$status $output" '0 goes'
	printf 'version: 1\nscopes:\n  - for: {engine: podman}\n    exec: {action: refuse}\n' >"$SCRATCH/scope.yaml"
	"$HARDENCTL" policy apply "$SCRATCH/scope.yaml"
	local options
	for options in '' '-d'; do
		# shellcheck disable=SC2086
		run client --runtime "$RUNTIME" exec $options tight echo goes
		[ "$status" -ne 0 ] || return 1
		assert_contains "$output" exec.action
		assert_lacks "$output" goes
	done
	rm -rf /var/lib/oci-harden/policy
}

@test "a refusal leaves nothing, and the next start works" {
	# shellcheck disable=SC2086
	run client --runtime "$RUNTIME" run -d $LIMITS --network none --name web -v /etc:/x image sleep 1000
	[ "$status" -ne 0 ]
	local id
	id=$(client inspect -f '{{.Id}}' web)
	assert_equal "$(client inspect -f '{{.State.Running}}' web)" false
	assert_equal "$(cgroups_named "$id" | grep -v conmon)" ''
	assert_equal "$(find /run/runc /run/crun -name "$id" 2>/dev/null)" ''
	client rm -f web
	assert_equal "$(mounts_below "$SCRATCH/graph/overlay-containers")" ''
	hardened --network none --name web image echo fine
	assert_equal "$output" fine
}

@test "the decision log knows the container by Podman's own store" {
	local digest record id
	digest=$(client image inspect -f '{{.Digest}}' image)
	# shellcheck disable=SC2086
	id=$(client --runtime "$RUNTIME" run -d $LIMITS --network none --name logged image sleep 1000)
	record=$(grep "$id" /var/log/oci-harden/decisions.jsonl | head -n 1)
	assert_equal "$(jq -r .engine <<<"$record")" podman
	assert_contains "$record" "$digest"
}

@test "setup: podman knows oci-harden by name, and as the default; remove takes it back" {
	local file=$SCRATCH/containers.conf
	run "$REPOSITORY/integration/podman/setup" --config "$file" --runtime "$RUNTIME" --dry-run
	assert_contains "$output" "$RUNTIME"
	[ ! -e "$file" ]
	"$REPOSITORY/integration/podman/setup" --config "$file" --runtime "$RUNTIME"
	export CONTAINERS_CONF=$file
	# shellcheck disable=SC2086
	run client --runtime oci-harden run --rm $LIMITS --network none image id -u
	assert_equal "$output" 65532
	# by that name Podman reads the runtime's messages as JSON
	# shellcheck disable=SC2086
	run client --runtime oci-harden run --rm $LIMITS --network none -v /etc:/x image true
	[ "$status" -ne 0 ]
	assert_contains "$output" "$REFUSED"
	assert_contains "$output" mount-sources
	"$REPOSITORY/integration/podman/setup" --config "$file" --runtime "$RUNTIME" --default
	# shellcheck disable=SC2086
	run client run --rm $LIMITS --network none image id -u
	assert_equal "$output" 65532
	"$REPOSITORY/integration/podman/remove" --config "$file"
	[ ! -e "$file" ]
	"$REPOSITORY/integration/podman/remove" --config "$file"
}
