#!/usr/bin/env bats
# containers/storage (Podman): are the layers under a container's root those of an image,
# and are their bytes?

load ../lib/engines.bash
load asking.bash

setup_file()
{
	scratch_begin binding-podman || return 1
	asking_begin || return 1
	mkdir "$SCRATCH/graph"
	mount -t tmpfs -o mode=0711,size=1g oci-harden-test "$SCRATCH/graph"
	make_rootfs "$SCRATCH/rootfs"
	"$REPOSITORY/integration/binding/make-image" "$SCRATCH/rootfs" localhost/image:1 3 0 "$SCRATCH/image.tar" >"$SCRATCH/diff-ids"
	"$REPOSITORY/integration/binding/make-image" "$SCRATCH/rootfs" localhost/other:1 4 0 "$SCRATCH/other.tar" >"$SCRATCH/other-ids"
	client load -q -i "$SCRATCH/image.tar" && client load -q -i "$SCRATCH/other.tar"
}

teardown_file()
{
	client rm -f -t 0 -a >/dev/null 2>&1 || true
	scratch_end
}

setup()
{
	mapfile -t ids <"$SCRATCH/diff-ids"
	mapfile -t other <"$SCRATCH/other-ids"
	rm -rf "$SCRATCH/cache"
	before_create
}

teardown()
{
	[ -n "${BATS_TEST_COMPLETED:-}" ] || cat "$SCRATCH/answer.json" >&2
	client rm -f -t 0 -a >/dev/null 2>&1 || true
}

client()
{
	podman --root "$SCRATCH/graph" --runroot "$SCRATCH/run" --tmpdir "$SCRATCH/tmp" \
		--storage-driver overlay --cgroup-manager cgroupfs --events-backend file --runtime "$ASKING" "$@"
}

LIMITS="--ulimit nofile=1024:1024 --ulimit nproc=1024:1024 --network none"

start()
{
	# shellcheck disable=SC2086
	run client run --rm $LIMITS localhost/image:1 true
	assert_equal "$status" 0
}

layer_of()
{
	jq -r --arg digest "${ids[$1 - 1]}" '.[] | select(.["diff-digest"] == $digest) | .id' "$SCRATCH/graph/overlay-layers/layers.json" |
		head -n 1
}

@test "the layers of the image are under the container's root, and nothing was put into it" {
	will_ask layers true "${ids[@]}"
	start
	assert_bound
	assert_contains "$(answer '.proof[0]')" "3 layers of the configuration"
}

@test "another image's layers are not, nor fewer, nor more, nor in another order" {
	will_ask layers false "${other[@]}"
	start
	assert_unbound 'under the container'
	will_ask layers false "${ids[@]:1}"
	start
	assert_unbound 'has more of them'
	will_ask layers false "${ids[1]}" "${ids[0]}" "${ids[2]}"
	start
	assert_unbound 'layer 2 under the container'
	will_ask layers false "${ids[0]}" "${ids[@]}"
	start
	assert_unbound 'does not have the layer that should be layer 1'
}

@test "a link of overlay/l that leads elsewhere is found" {
	local link
	link=$(cat "$SCRATCH/graph/overlay/$(layer_of 2)/link")
	before_create "ln -sfn ../$(layer_of 1)/diff $SCRATCH/graph/overlay/l/$link"
	will_ask layers false "${ids[@]}"
	start
	ln -sfn "../$(layer_of 2)/diff" "$SCRATCH/graph/overlay/l/$link"
	assert_unbound 'layer 2 under the container'
}

@test "a layer's digest changed in layers.json is found" {
	local list=$SCRATCH/graph/overlay-layers/layers.json
	will_ask layers false "${other[@]}"
	before_create "cp -p $list $SCRATCH/kept
		jq '(.[] | select(.[\"diff-digest\"] == \"${ids[2]}\") | .[\"diff-digest\"]) = \"${other[2]}\"' $SCRATCH/kept >$list"
	start
	jq --arg old "${other[2]}" --arg new "${ids[2]}" '(.[] | select(.["diff-digest"] == $old) | .["diff-digest"]) = $new' "$list" >"$SCRATCH/kept"
	cp "$SCRATCH/kept" "$list"
	assert_unbound 'under the container'
}

@test "podman cp before the first start is found" {
	will_ask layers true "${ids[@]}"
	# shellcheck disable=SC2086
	client create --name one $LIMITS localhost/image:1 true
	client cp /bin/true one:/bin/put
	client start -a one
	assert_unbound 'has to be empty at its first start' '/bin'
}

@test "a container that wrote something cannot be told from one that was filled" {
	will_ask layers true "${ids[@]}"
	# shellcheck disable=SC2086
	client create --name one $LIMITS localhost/image:1 sh -c 'echo x >/written'
	client start -a one
	assert_bound
	client start -a one
	assert_unbound 'has to be empty at its first start'
}

@test "the bytes of the layers are the signed ones; an edit, a mode and a new file are found" {
	local odd
	odd=$SCRATCH/graph/overlay/$(layer_of 1)/diff/odd
	sleep 3
	will_ask content false "${ids[@]}"
	start
	assert_bound
	start
	assert_bound
	assert_contains "$(answer '.proof[1]')" '(3 of them'
	printf 'thairs\n' >"$odd/owned"
	start
	assert_unbound 'odd/owned' 'has other bytes'
	printf 'theirs\n' >"$odd/owned"
	chmod u+s "$odd/empty"
	start
	assert_unbound 'odd/empty' 'mode'
	chmod u-s "$odd/empty"
	touch "$odd/new"
	start
	assert_unbound 'odd/new' 'is not in the layer'
	rm "$odd/new"
	start
	assert_bound
}

@test "the storage driver vfs is refused by name" {
	will_ask layers false "${ids[@]}"
	podman --root "$SCRATCH/vfs" --runroot "$SCRATCH/rv" --tmpdir "$SCRATCH/tv" --storage-driver vfs \
		load -q -i "$SCRATCH/image.tar"
	# shellcheck disable=SC2086
	podman --root "$SCRATCH/vfs" --runroot "$SCRATCH/rv" --tmpdir "$SCRATCH/tv" --storage-driver vfs \
		--cgroup-manager cgroupfs --events-backend file --runtime "$ASKING" run --rm $LIMITS localhost/image:1 true
	assert_unbound "is not the storage driver overlay's" 'bind be digest'
}
