#!/usr/bin/env bats
# Only trusted images run under a real containerd, by ctr.

load ../lib/engines.bash
load trust.bash

setup_file()
{
	scratch_begin trust-containerd || return 1
	make_rootfs "$SCRATCH/rootfs"
	oci_image good && oci_image evil || return 1
	make_key release && make_key other || return 1
	start_containerd "$RUNTIME" || return 1
	client images import "$SCRATCH/good.tar" >/dev/null
	client images import "$SCRATCH/evil.tar" >/dev/null
}

teardown_file()
{
	stop_containerd
	scratch_end
}

setup()
{
	NAME=c$BATS_TEST_NUMBER
	trust_policy 'signed-by: {at-least: 1, of: [release]}'
}

teardown()
{
	[ -n "${BATS_TEST_COMPLETED:-}" ] || dump_logs
	client tasks kill -s KILL "$NAME" >/dev/null 2>&1 || true
	wait_until 5 no_task
	client containers rm "$NAME" >/dev/null 2>&1 || true
	client images rm registry.example/moved:1 >/dev/null 2>&1 || true
	forget_all
}

no_task()
{
	client tasks rm "$NAME" || ! client tasks ls -q | grep -qx "$NAME"
}

client()
{
	ctr --address "$CONTAINERD_SOCKET" "$@"
}

start()
{
	run client run --rm --runc-binary "${BINARY:-$RUNTIME}" "$1" "$NAME" cat /name
}

@test "a signed image runs, an unsigned one does not" {
	signed_runs_alone
}

# start_after IMAGE COMMAND…: COMMAND is run when containerd has recorded the container and
# calls the runtime.
start_after()
{
	local image=$1
	shift
	cat >"$SCRATCH/in-between" <<-END
		#!/bin/sh
		case " \$* " in *" create "*) $(printf '%q ' "$@") >/dev/null || exit 1 ;; esac
		exec "$RUNTIME" "\$@"
	END
	chmod 755 "$SCRATCH/in-between"
	BINARY=$SCRATCH/in-between start "$image"
}

@test "a name that is moved onto the signed image after the container was made does not help" {
	import_signed "$SCRATCH/good"
	client images tag registry.example/evil:1 registry.example/moved:1
	start_after registry.example/moved:1 ctr --address "$CONTAINERD_SOCKET" images tag --force \
		registry.example/good:1 registry.example/moved:1
	[ "$status" -ne 0 ]
	assert_contains "$output" "oci-harden: container"
	# by then the name did mean the signed image
	start registry.example/moved:1
	assert_equal "$output" good
}

# The configuration of another command, as an engine reads it.
OTHER_COMMAND='jq -c ".config.Cmd = [\"echo\", \"evil\"]"'

# refuses_beside_good NAME PLATFORM EDIT: does not start, with its own command, the image that
# is listed so, though all that a registry has of it is in the store.
refuses_beside_good()
{
	beside_good "$@"
	client images import "$SCRATCH/$1.tar" >/dev/null
	run client run --rm --runc-binary "$BARE_RUNTIME" "registry.example/$1:1" "$NAME"
	assert_equal "$output" evil
	cp "$SCRATCH/signed"/blobs/sha256/* "$SCRATCH/$1/blobs/sha256/"
	jq -c --slurpfile more "$SCRATCH/signed/index.json" '.manifests += $more[0].manifests' \
		"$SCRATCH/$1/index.json" >"$SCRATCH/index.json"
	cp "$SCRATCH/index.json" "$SCRATCH/$1/index.json"
	"$HARDENCTL" trust import "$SCRATCH/$1"
	run client run --rm --runc-binary "$RUNTIME" "registry.example/$1:1" "$NAME"
	[ "$status" -ne 0 ]
	assert_contains "$output" "asks for a signature by 1 of release"
}

@test "an index that lists the signed image beside another one of the same layers proves neither" {
	import_signed "$SCRATCH/good"
	refuses_beside_good readable '{"os": "linux", "architecture": "amd64"}' "$OTHER_COMMAND"
	# of which only the signed one says that it is for this machine
	refuses_beside_good foreign '{"os": "linux", "architecture": "amd64"}' \
		"$OTHER_COMMAND | sed s/amd64/arm64/"
}

@test "what deny names does not run as one of several of the same layers either" {
	local index manifest config digest
	beside_good twins '{"os": "linux", "architecture": "amd64"}' "$OTHER_COMMAND"
	client images import "$SCRATCH/twins.tar" >/dev/null
	index=$(jq -r '.manifests[0].digest' "$SCRATCH/twins/index.json")
	manifest=$(jq -r '.manifests[0].digest' "$SCRATCH/twins/blobs/sha256/${index#sha256:}")
	config=$(jq -r .config.digest "$SCRATCH/twins/blobs/sha256/${manifest#sha256:}")
	MATCH='other.example/**' trust_policy 'signed-by: {at-least: 1, of: [release]}' 'unmatched: allow'
	run client run --rm --runc-binary "$RUNTIME" registry.example/twins:1 "$NAME"
	assert_equal "$output" evil
	for digest in "$config" "$manifest"; do
		MATCH='other.example/**' trust_policy 'signed-by: {at-least: 1, of: [release]}' \
			"unmatched: allow"$'\n'"  deny: [\"$digest\"]"
		run client run --rm --runc-binary "$RUNTIME" registry.example/twins:1 "$NAME"
		[ "$status" -ne 0 ]
		assert_contains "$output" "trust/deny names $digest"
	done
}

@test "nor where the other one is such that only containerd can read it" {
	import_signed "$SCRATCH/good"
	refuses_beside_good twice '{"os": "linux", "architecture": "amd64"}' "$OTHER_COMMAND | sed 's/^{/{\"os\":\"linux\",/'"
}

@test "nor where its platform is spelled as only containerd reads it" {
	import_signed "$SCRATCH/good"
	refuses_beside_good spelled '{"os": "LINUX", "architecture": "amd64"}' "$OTHER_COMMAND"
	refuses_beside_good unsaid '{"os": "", "architecture": "amd64"}' "$OTHER_COMMAND"
}

@test "another's signature does not count" {
	import_signed "$SCRATCH/good" other
	start registry.example/good:1
	[ "$status" -ne 0 ]
	assert_contains "$output" "asks for a signature by 1 of release"
}

@test "files put into the snapshot before the first start are refused where it has to be untouched" {
	import_signed "$SCRATCH/good"
	trust_policy 'signed-by: {at-least: 1, of: [release]}' 'empty-upper-directory: true'
	start registry.example/good:1
	assert_equal "$status" 0
	cat >"$SCRATCH/plant" <<-END
		#!/bin/sh
		mount=\$(ctr --address "$CONTAINERD_SOCKET" snapshots mounts "$SCRATCH/mount" "$NAME")
		upper=\$(echo "\$mount" | sed -n 's/.*upperdir=\([^,]*\).*/\1/p')
		echo planted >"\$upper/name"
	END
	chmod 755 "$SCRATCH/plant"
	start_after registry.example/good:1 "$SCRATCH/plant"
	[ "$status" -ne 0 ]
	assert_contains "$output" "empty"
	trust_policy 'signed-by: {at-least: 1, of: [release]}'
	start_after registry.example/good:1 "$SCRATCH/plant"
	assert_equal "$output" planted
}

@test "hardenctl verify finds the container" {
	import_signed "$SCRATCH/good"
	# the shim that stays must not keep the test's own output open
	client run -d --runc-binary "$RUNTIME" registry.example/good:1 "$NAME" sleep 100 >/dev/null 2>&1 3>&-
	run "$HARDENCTL" verify "$NAME"
	assert_equal "$status" 0
	assert_contains "$output" "by signer release"
}
