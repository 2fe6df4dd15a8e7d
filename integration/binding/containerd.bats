#!/usr/bin/env bats
# containerd's snapshots: are the layers under a container's root those of an image? What
# containerd says of the snapshot is asked by ctr here.

load ../lib/engines.bash
load asking.bash

setup_file()
{
	scratch_begin binding-containerd || return 1
	asking_begin || return 1
	mkdir "$SCRATCH/containerd"
	mount -t tmpfs -o mode=0711,size=1g oci-harden-test "$SCRATCH/containerd"
	make_rootfs "$SCRATCH/rootfs"
	"$REPOSITORY/integration/binding/make-image" "$SCRATCH/rootfs" localhost/image:1 3 0 "$SCRATCH/image.tar" >"$SCRATCH/diff-ids"
	start_containerd "$BARE_RUNTIME" || return 1
	client images import "$SCRATCH/image.tar" >/dev/null
}

teardown_file()
{
	stop_containerd
	scratch_end
}

setup()
{
	mapfile -t ids <"$SCRATCH/diff-ids"
	before_create
}

teardown()
{
	[ -n "${BATS_TEST_COMPLETED:-}" ] || { cat "$SCRATCH/answer.json" >&2; dump_logs; }
	client task kill -s KILL one >/dev/null 2>&1 || true
	client task rm -f one >/dev/null 2>&1 || true
	client container rm one >/dev/null 2>&1 || true
}

client()
{
	ctr --address "$CONTAINERD_SOCKET" "$@"
}

# ask_snapshot FILTER: what containerd says of the snapshot, changed by a filter of jq, goes
# into the question.
ask_snapshot()
{
	before_create "
		ctr='ctr --address $CONTAINERD_SOCKET snapshots'
		mounted=\$(\$ctr mounts /x one | tr ', ' '\n\n')
		of() { sed -n \"s/^\$1=//p\" <<<\"\$mounted\"; }
		jq --arg chain \"\$(\$ctr info one | jq -r .Parent)\" --arg lower \"\$(of lowerdir)\" --arg upper \"\$(of upperdir)\" \
			'. + {\"chain-id\": \$chain, \"snapshot-lower\": \$lower, \"snapshot-upper\": \$upper} | ${1:-.}' \
			$SCRATCH/question.json >$SCRATCH/question.new && mv $SCRATCH/question.new $SCRATCH/question.json"
}

start()
{
	run client run --rm --runc-binary "$ASKING" "$@" localhost/image:1 one true
	assert_equal "$status" 0
}

@test "the layers of the image are under the container's root" {
	ask_snapshot
	will_ask layers true "${ids[@]}"
	start
	assert_bound
	assert_contains "$(answer '.proof[0]')" "by containerd's store"
}

@test "what containerd does not say, or says otherwise, is not bound" {
	will_ask layers false "${ids[@]}"
	start
	assert_unbound 'containerd does not say'
	ask_snapshot '.["snapshot-lower"] |= (split(":") | reverse | join(":"))'
	will_ask layers false "${ids[@]}"
	start
	assert_unbound 'under the container'
	ask_snapshot '.["snapshot-lower"] |= (split(":")[1:] | join(":"))'
	will_ask layers false "${ids[@]}"
	start
	assert_unbound 'containerd has 2 layers'
	ask_snapshot '.["snapshot-upper"] |= sub("snapshots/.*/fs"; "snapshots/1/fs")'
	will_ask layers false "${ids[@]}"
	start
	assert_unbound 'what the container writes'
	ask_snapshot
	will_ask layers false "${ids[@]:0:2}"
	start
	assert_unbound 'containerd has the layers'
}

@test "what was put into the container before its first start is found" {
	local root=$SCRATCH/state/io.containerd.runtime.v2.task/default/one/rootfs
	ask_snapshot
	cat >>"$SCRATCH/before" <<<"cp /bin/true $root/bin/put"
	will_ask layers true "${ids[@]}"
	start
	assert_unbound 'has to be empty at its first start' '/bin'
}

@test "content is refused by name" {
	ask_snapshot
	will_ask content false "${ids[@]}"
	start
	assert_unbound 'containerd keeps no record' 'bind be layers'
}

@test "the snapshotter native is refused by name" {
	will_ask layers false "${ids[@]}"
	client images import --snapshotter native "$SCRATCH/image.tar" >/dev/null
	ask_snapshot 'del(.["snapshot-lower"], .["snapshot-upper"])'
	start --snapshotter native
	assert_unbound 'containerd does not say'
}
