#!/usr/bin/env bats
# Which image a container of containerd stands on is asked over its socket and proven by
# the image's own documents. An exception that is bound to a digest shows what was proven:
# its image stays root, all others come out as a user.

load ../lib/engines.bash

EXCEPTED=registry.example/excepted:1
OTHER=registry.example/other:1

setup_file()
{
	scratch_begin containerd-digest || return 1
	make_rootfs "$SCRATCH/rootfs"
	make_oci_archive "$SCRATCH/rootfs" $EXCEPTED "$SCRATCH/excepted.tar"
	echo other >"$SCRATCH/rootfs/other"
	make_oci_archive "$SCRATCH/rootfs" $OTHER "$SCRATCH/other.tar"
	start_containerd "$RUNTIME" || return 1
}

teardown_file()
{
	stop_containerd
	scratch_end
}

setup()
{
	NAME=d$BATS_TEST_NUMBER
	# what a test before has moved or removed is there again
	client images import "$SCRATCH/excepted.tar" >/dev/null
	client images import "$SCRATCH/other.tar" >/dev/null
	rm -f /var/log/oci-harden/decisions.jsonl
}

teardown()
{
	[ -n "${BATS_TEST_COMPLETED:-}" ] || dump_logs
	[ ! -e "${AWAY:-}" ] || mv "$AWAY" "$CONTAINERD_SOCKET"
	client tasks kill -s KILL "$NAME" >/dev/null 2>&1 || true
	wait_until 5 client tasks rm "$NAME" || true
	client containers rm "$NAME" >/dev/null 2>&1 || true
}

client()
{
	ctr --address "$CONTAINERD_SOCKET" "$@"
}

# target_of IMAGE: the digest that the name has now.
target_of()
{
	client images ls | awk -v name="$1" '$1 == name { print $3 }'
}

# except DIGEST…: containers of these images may be root.
except()
{
	printf 'version: 1\nexceptions:\n- name: %s\n  for: {digest: [%s]}\n  controls: {user: {action: audit}}\n  reason: a test\n  expires: %s\n' \
		"for-$NAME" "$(printf '"%s",' "$@")" "$(date -d '+60 days' +%F)" >"$SCRATCH/policy.yaml"
	"$HARDENCTL" policy apply "$SCRATCH/policy.yaml" >/dev/null
}

# uid_of IMAGE: as whom its container runs.
uid_of()
{
	client run --rm --runc-binary "$RUNTIME" "$1" "$NAME" id -u
}

last_decision()
{
	tail -n 1 /var/log/oci-harden/decisions.jsonl | jq -r "$1"
}

@test "an exception for a manifest's digest holds for its image alone" {
	except "$(target_of $EXCEPTED)"
	assert_equal "$(uid_of $EXCEPTED)" 0
	assert_equal "$(last_decision '.applied | index("exception for-'"$NAME"'") != null')" true
	assert_equal "$(last_decision .image)" $EXCEPTED
	[ "$(uid_of $OTHER)" -ne 0 ]
	assert_equal "$(last_decision '.applied | length')" 1
}

@test "an exception for a configuration's digest holds too" {
	except "$(client content get "$(target_of $EXCEPTED)" | jq -r .config.digest)"
	assert_equal "$(uid_of $EXCEPTED)" 0
	[ "$(uid_of $OTHER)" -ne 0 ]
}

@test "an exception for an index' digest holds for the manifest of this host in it" {
	# the image as an index: its manifest and one for another machine that is not there
	local layout=$SCRATCH/index digest size
	mkdir -p "$layout"
	tar -C "$layout" -xf "$SCRATCH/excepted.tar"
	jq -c '{schemaVersion, mediaType: "application/vnd.oci.image.index.v1+json", manifests: [
		(.manifests[0] | del(.annotations) + {digest: ("sha256:" + "0" * 64),
			platform: {architecture: "s390x", os: "linux"}}),
		(.manifests[0] | del(.annotations) + {platform: {architecture: "amd64", os: "linux"}})]}' \
		"$layout/index.json" >"$SCRATCH/index.json"
	read -r digest size < <(store_blob "$layout" "$SCRATCH/index.json")
	jq -nc --arg digest "sha256:$digest" --argjson size "$size" '{schemaVersion: 2, manifests: [{
		mediaType: "application/vnd.oci.image.index.v1+json", digest: $digest, size: $size,
		annotations: {"io.containerd.image.name": "registry.example/index:1"}}]}' >"$layout/index.json"
	tar -C "$layout" -cf "$SCRATCH/index.tar" oci-layout index.json blobs
	client images import --digests=false --platform linux/amd64 "$SCRATCH/index.tar" >/dev/null
	assert_equal "$(target_of registry.example/index:1)" "sha256:$digest"
	except "sha256:$digest"
	assert_equal "$(uid_of registry.example/index:1)" 0
	# the same layers by another name: that they are of the index, nothing says
	[ "$(uid_of $EXCEPTED)" -ne 0 ]
}

# uid_after IMAGE COMMAND…: as whom its container runs where COMMAND is run in between:
# containerd has recorded the container and calls the runtime.
uid_after()
{
	local image=$1
	shift
	cat >"$SCRATCH/in-between" <<-END
		#!/bin/sh
		case " \$* " in *" create "*) $(printf '%q ' "$@") >/dev/null || exit 1 ;; esac
		exec "$RUNTIME" "\$@"
	END
	chmod 755 "$SCRATCH/in-between"
	client run --rm --runc-binary "$SCRATCH/in-between" "$image" "$NAME" id -u
}

# Made from an image that is not excepted, whose name then becomes the excepted one's.
@test "moving a name after the container was made gives nothing" {
	except "$(target_of $EXCEPTED)"
	client images tag --force $OTHER registry.example/moved:1 >/dev/null
	run uid_after registry.example/moved:1 ctr --address "$CONTAINERD_SOCKET" images tag --force \
		$EXCEPTED registry.example/moved:1
	assert_equal "$status" 0
	[ "$output" -ne 0 ]
	assert_equal "$(last_decision '.applied | length')" 1
	# by then the name did mean the excepted image
	assert_equal "$(target_of registry.example/moved:1)" "$(target_of $EXCEPTED)"
	assert_equal "$(uid_of registry.example/moved:1)" 0
}

@test "a name that is gone: nothing is proven, the container starts by the stricter rules" {
	except "$(target_of $EXCEPTED)"
	run uid_after $EXCEPTED ctr --address "$CONTAINERD_SOCKET" images rm $EXCEPTED
	assert_equal "$status" 0
	[ "$output" -ne 0 ]
	assert_contains "$("$HARDENCTL" why "$NAME")" 'does not prove which image this is'
}

@test "containerd that is not there: refused, with the socket and the way out" {
	except "$(target_of $EXCEPTED)"
	AWAY=$CONTAINERD_SOCKET.away
	run uid_after $EXCEPTED mv "$CONTAINERD_SOCKET" "$AWAY"
	[ "$status" -ne 0 ]
	assert_contains "$output" "$REFUSED"
	assert_contains "$output" "containerd's socket"
	assert_contains "$output" "$CONTAINERD_SOCKET"
	assert_contains "$output" 'is containerd running'
}

@test "a policy that binds nothing to a digest asks nobody" {
	printf 'version: 1\n' >"$SCRATCH/policy.yaml"
	"$HARDENCTL" policy apply "$SCRATCH/policy.yaml" >/dev/null
	cat >"$SCRATCH/traced" <<-END
		#!/bin/sh
		exec strace -D -f -e trace=connect,execve -o "$SCRATCH/trace.\$\$" "$RUNTIME" "\$@"
	END
	chmod 755 "$SCRATCH/traced"
	run client run --rm --runc-binary "$SCRATCH/traced" $EXCEPTED "$NAME" id -u
	assert_equal "$status" 0
	grep -q execve "$SCRATCH"/trace.*
	fails grep /proc/self/fd/ "$SCRATCH"/trace.*
	except "$(target_of $EXCEPTED)"
	run client run --rm --runc-binary "$SCRATCH/traced" $EXCEPTED "$NAME" id -u
	assert_equal "$status" 0
	grep -q /proc/self/fd/ "$SCRATCH"/trace.*
}

@test "a refusal's record has the digest, and the exception made from it holds" {
	local exception
	rm -rf /var/lib/oci-harden/policy
	run client run --rm --runc-binary "$RUNTIME" --net-host $EXCEPTED "$NAME" id -u
	[ "$status" -ne 0 ]
	assert_contains "$output" "$REFUSED"
	assert_equal "$(last_decision .digest)" "$(client content get "$(target_of $EXCEPTED)" | jq -r .config.digest)"
	exception=$("$HARDENCTL" exception "$NAME")
	assert_contains "$exception" "$(last_decision .digest)"
	{ echo 'version: 1' && cat <<<"$exception"; } >"$SCRATCH/policy.yaml"
	"$HARDENCTL" policy apply "$SCRATCH/policy.yaml" >/dev/null
	run client run --rm --runc-binary "$RUNTIME" --net-host $EXCEPTED "$NAME" id -u
	assert_equal "$status" 0
	run client run --rm --runc-binary "$RUNTIME" --net-host $OTHER "$NAME" id -u
	[ "$status" -ne 0 ]
	assert_contains "$output" "$REFUSED"
}

# Here the exception is the stricter rule: who loses it runs.
@test "no call that fails while containerd is asked loses a rule that is bound to the image" {
	local call fault
	printf 'version: 1\ncontrols: {user: {action: audit}}\nexceptions:\n- name: strict\n  for: {digest: "%s"}\n  controls: {user: {action: refuse}}\n  reason: a test\n  expires: %s\n' \
		"$(target_of $EXCEPTED)" "$(date -d '+60 days' +%F)" >"$SCRATCH/policy.yaml"
	"$HARDENCTL" policy apply "$SCRATCH/policy.yaml" >/dev/null
	assert_equal "$(uid_of $OTHER)" 0
	cat >"$SCRATCH/faulty" <<-END
		#!/bin/sh
		case " \$* " in *" create "*)
			exec strace -D -o /dev/null -e inject="\$(cat "$SCRATCH/fault")" "$RUNTIME" "\$@" ;;
		esac
		exec "$RUNTIME" "\$@"
	END
	chmod 755 "$SCRATCH/faulty"
	for call in connect getsockopt sendto recvfrom poll; do
		for fault in EIO:when=1 ENOMEM:when=2 EINTR:when=1 ECONNRESET:when=3; do
			echo "$call:error=$fault" >"$SCRATCH/fault"
			run client run --rm --runc-binary "$SCRATCH/faulty" $EXCEPTED "$NAME" id -u
			[ "$status" -ne 0 ] || { echo "$call $fault: $output" >&2; return 1; }
			assert_contains "$output" "$REFUSED"
		done
	done
}
