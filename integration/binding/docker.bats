#!/usr/bin/env bats
# Docker's classic store: are the layers under a container's root those of an image, and
# are their bytes?

load ../lib/engines.bash
load asking.bash

setup_file()
{
	scratch_begin binding-docker || return 1
	asking_begin || return 1
	mkdir "$SCRATCH/docker"
	mount -t tmpfs -o mode=0711,size=1g oci-harden-test "$SCRATCH/docker"
	jq -n --arg path "$ASKING" '{"storage-driver": "overlay2", runtimes: {asking: {path: $path}}}' >"$SCRATCH/daemon.json"
	make_rootfs "$SCRATCH/rootfs"
	"$REPOSITORY/integration/binding/make-image" "$SCRATCH/rootfs" test:image 3 0 "$SCRATCH/image.tar" >"$SCRATCH/diff-ids"
	"$REPOSITORY/integration/binding/make-image" "$SCRATCH/rootfs" test:other 4 0 "$SCRATCH/other.tar" >"$SCRATCH/other-ids"
	start_dockerd || return 1
	"$DOCKER" load -q -i "$SCRATCH/image.tar" && "$DOCKER" load -q -i "$SCRATCH/other.tar"
}

teardown_file()
{
	stop_dockerd
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
	[ -n "${BATS_TEST_COMPLETED:-}" ] || { cat "$SCRATCH/answer.json" >&2; dump_logs; }
	"$DOCKER" ps -aq | xargs -r "$DOCKER" rm -f >/dev/null
}

start()
{
	run "$DOCKER" run --rm --runtime asking --network none "${IMAGE:-test:image}" "${@:-true}"
	assert_equal "$status" 0
}

# The chain id of the first N layers, and the folder of the topmost of them.
chain_of()
{
	local chain='' id
	for id in "${ids[@]:0:$1}"; do
		if [ -z "$chain" ]; then chain=$id; else chain=sha256:$(printf '%s %s' "$chain" "$id" | sha256sum | cut -d' ' -f1); fi
	done
	echo "${chain#sha256:}"
}

layerdb_of()
{
	echo "$SCRATCH/docker/image/overlay2/layerdb/sha256/$(chain_of "$1")"
}

layer_of()
{
	echo "$SCRATCH/docker/overlay2/$(cat "$(layerdb_of "$1")/cache-id")/diff"
}

@test "the layers of the image are under the container's root" {
	will_ask layers true "${ids[@]}"
	start
	assert_bound
	assert_contains "$(answer '.proof[0]')" '3 layers'
	assert_contains "$(answer '.proof[1]')" 'nothing was put into the container'
}

@test "another image's layers are not, nor fewer, nor more, nor in another order" {
	will_ask layers false "${other[@]}"
	start
	assert_unbound "Docker's store has this container on the layers"
	will_ask layers false "${ids[@]:0:2}"
	start
	assert_unbound "Docker's store has this container on the layers"
	will_ask layers false "${ids[1]}" "${ids[0]}" "${ids[2]}"
	start
	assert_unbound 'layer 1 of the image' "is not in Docker's store"
	will_ask layers false "${ids[@]}" "${ids[0]}"
	start
	assert_unbound "layer 4 of the image" "is not in Docker's store"
}

@test "a link of overlay2/l that leads elsewhere is found" {
	local link evil
	"$DOCKER" create --runtime asking --network none --name one test:image true
	link=$(cat "$(dirname "$(layer_of 2)")/link")
	evil=$(ls "$SCRATCH/docker/overlay2" | grep -v -e init -e '^l$' | head -n 1)
	before_create "ln -sfn ../$evil/elsewhere $SCRATCH/docker/overlay2/l/$link"
	will_ask layers false "${ids[@]}"
	"$DOCKER" start one
	ln -sfn "../$(basename "$(dirname "$(layer_of 2)")")/diff" "$SCRATCH/docker/overlay2/l/$link"
	assert_unbound 'layer 2 under the container'
}

@test "where the layers stand is remembered, and yet what is mounted counts" {
	local link target
	will_ask layers false "${ids[@]}"
	start
	assert_bound
	assert_equal "$(find "$SCRATCH/cache" -name 'layers-*' | wc -l)" 1
	link=$SCRATCH/docker/overlay2/l/$(cat "$(dirname "$(layer_of 2)")/link")
	target=$(readlink "$link")
	before_create "ln -sfn ../elsewhere/diff $link"
	start
	ln -sfn "$target" "$link"
	before_create
	assert_unbound 'layer 2 under the container'
	chmod o+w "$(dirname "$(layer_of 1)")"
	start
	chmod o-w "$(dirname "$(layer_of 1)")"
	assert_unbound 'is not a folder that root alone can write'
	# removed and loaded anew, the same layers have other folders
	"$DOCKER" rmi -f test:image test:other
	"$DOCKER" load -q -i "$SCRATCH/image.tar" && "$DOCKER" load -q -i "$SCRATCH/other.tar"
	[ "$(layer_of 2)" != "$(dirname "$target")" ]
	start
	assert_bound
	printf 'nonsense\n' >"$(find "$SCRATCH/cache" -name 'layers-*')"
	start
	assert_bound
}

@test "a container's root on which something else is mounted is found" {
	local root
	will_ask layers false "${ids[@]}"
	"$DOCKER" create --runtime asking --network none --name one test:image true
	root=$SCRATCH/docker/overlay2/$(cat "$SCRATCH"/docker/image/overlay2/layerdb/mounts/*/mount-id)/merged
	before_create "mount --bind $SCRATCH/rootfs $root"
	"$DOCKER" start one
	umount "$root" || true
	assert_unbound "nothing of its own is mounted at the container's root"
	before_create "mkdir -p $SCRATCH/evil/{diff,work}; mount -t overlay -o lowerdir=$SCRATCH/rootfs:$(layer_of 1),upperdir=$SCRATCH/evil/diff,workdir=$SCRATCH/evil/work o $root"
	"$DOCKER" start one
	umount "$root" || true
	assert_unbound '2 layers are mounted'
	before_create "mount -t tmpfs t $root/tmp"
	"$DOCKER" start one
	umount "$root/tmp" || true
	assert_unbound 'something is mounted below'
}

@test "a layer's folder that others may write is found, and a foreign file in layerdb" {
	will_ask layers false "${ids[@]}"
	chmod o+w "$(dirname "$(layer_of 1)")"
	start
	chmod o-w "$(dirname "$(layer_of 1)")"
	assert_unbound 'is not a folder that root alone can write'
	chown 1000 "$(layerdb_of 2)/cache-id"
	start
	chown 0 "$(layerdb_of 2)/cache-id"
	assert_unbound 'is not a file that root alone can write'
	start
	assert_bound
}

@test "what was put into Docker's own layer of mount points is found" {
	local init
	will_ask content false "${ids[@]}"
	"$DOCKER" create --runtime asking --network none --name one test:image true
	init=$SCRATCH/docker/overlay2/$(cat "$SCRATCH"/docker/image/overlay2/layerdb/mounts/*/init-id)/diff
	before_create "mkdir -p $init/bin; cp /bin/true $init/bin/true"
	"$DOCKER" start one
	assert_unbound 'the layer that Docker fills with mount points' '/bin'
	rm -r "$init/bin"
	before_create "echo 127.0.0.1 bank >$init/etc/hosts"
	"$DOCKER" start one
	assert_unbound '/etc/hosts'
	: >"$init/etc/hosts"
	mark trusted.overlay.redirect "$init/etc" /evil
	"$DOCKER" start one
	assert_unbound 'takes from elsewhere' '/etc'
	mark trusted.overlay.redirect "$init/etc"
	mark trusted.overlay.opaque "$init/etc" y
	"$DOCKER" start one
	assert_unbound 'hides what the image has' '/etc'
}

@test "docker cp before the first start is found; what a container wrote itself is its own" {
	will_ask layers true "${ids[@]}"
	"$DOCKER" create --runtime asking --network none --name one test:image sh -c 'echo x >/written'
	"$DOCKER" cp /bin/true one:/bin/put
	"$DOCKER" start -a one
	assert_unbound 'has to be empty at its first start' '/bin'
	"$DOCKER" create --runtime asking --network none --name two -w /made/here test:image sh -c 'echo x >/written'
	"$DOCKER" start -a two
	assert_bound
	"$DOCKER" start -a two
	assert_bound
	assert_contains "$(answer '.proof[1]')" 'started before'
}

@test "the bytes of the layers are the signed ones, and after that only looked at" {
	sleep 3
	will_ask content true "${ids[@]}"
	start
	assert_bound
	assert_contains "$(answer '.proof[2]')" '(0 of them'
	assert_equal "$(stat -c %a "$SCRATCH/cache") $(find "$SCRATCH/cache" -type f ! -name 'layers-*' | wc -l)" '700 3'
	start
	assert_bound
	assert_contains "$(answer '.proof[2]')" '(3 of them'
	# a record that is not whole is none
	truncate -s -1 "$SCRATCH/cache/$(chain_of 2)"
	start
	assert_bound
	assert_contains "$(answer '.proof[2]')" '(2 of them'
	# and one that others could have written
	chown 1000 "$SCRATCH/cache/$(chain_of 1)"
	start
	assert_bound
	assert_contains "$(answer '.proof[2]')" '(2 of them'
}

# found NAME COMMAND UNDO: after COMMAND the content of layer 1 is not the signed one, the
# message names NAME, and after UNDO it is again. With a cache that knows the layer.
found()
{
	will_ask content false "${ids[@]}"
	start
	assert_bound
	eval "$2"
	start
	assert_unbound "$1" 'is not what was signed' || { eval "$3"; return 1; }
	eval "$3"
	start
	assert_bound
}

@test "an edited file is found and named, also where size and time stay" {
	local file
	file=$(layer_of 1)/odd/owned
	sleep 3
	found odd/owned "printf 'thairs\n' >$file" "printf 'theirs\n' >$file"
	found odd/owned "printf 'thairs\n' >$file; touch -d 2001-01-01 $file" "printf 'theirs\n' >$file"
	found odd/owned "echo longer >>$file" "printf 'theirs\n' >$file"
	found odd/empty "echo x >$(layer_of 1)/odd/empty" ": >$(layer_of 1)/odd/empty"
}

@test "what no payload shows is found: names, modes, owners, links, devices, attributes" {
	local odd
	odd=$(layer_of 1)/odd
	found odd/new "touch $odd/new" "rm $odd/new"
	found odd/new "mkdir $odd/new" "rmdir $odd/new"
	found odd/fifo "rm $odd/fifo" "mkfifo -m 620 $odd/fifo"
	found odd/set-user-id "chmod 755 $odd/set-user-id" "chmod 4755 $odd/set-user-id"
	found odd/empty "chmod 4644 $odd/empty" "chmod 644 $odd/empty"
	found odd/owned "chown 0 $odd/owned" "chown 1234 $odd/owned"
	found odd/soft "ln -sfn /etc/shadow $odd/soft" "ln -sfn '../nowhere/at all' $odd/soft"
	found odd/hard "cp -p --remove-destination $odd/owned $odd/hard" "ln -f $odd/owned $odd/hard"
	found odd/null "rm $odd/null; mknod -m 666 $odd/null c 1 1" "rm $odd/null; mknod -m 666 $odd/null c 1 3"
	found odd/capable "setcap -r $odd/capable" "setcap cap_net_bind_service=ep $odd/capable"
	found odd/capable "setcap all=ep $odd/capable" "setcap cap_net_bind_service=ep $odd/capable"
	found odd/empty "setcap all=ep $odd/empty" "setcap -r $odd/empty"
	found 'odd' "chmod 777 $odd" "chmod 1777 $odd"
	found odd/empty "rm $odd/empty; mkdir $odd/empty" "rmdir $odd/empty; touch $odd/empty"
	found implied/by/a/new "touch $(layer_of 1)/implied/by/a/new" "rm $(layer_of 1)/implied/by/a/new"
	found odd/o "mv $odd/owned $odd/o; ln -s o $odd/owned" "mv $odd/o $odd/owned"
}

@test "what is mounted over a layer's files does not stand for them" {
	local file
	file=$(layer_of 1)/odd/owned
	cp -p "$file" "$SCRATCH/kept"
	found 'something is mounted' "mount --bind $SCRATCH/kept $file" "umount $file"
}

@test "whiteouts and opaque folders are found where they are not the layer's, or are gone" {
	local second
	second=$(layer_of 2)
	found gone "rm $second/gone" "mknod $second/gone c 0 0"
	found data "mknod $second/data c 0 0" "rm $second/data"
	found emptied "mark trusted.overlay.opaque $second/emptied" "mark trusted.overlay.opaque $second/emptied y"
	found '"' "mark trusted.overlay.opaque $second y" "mark trusted.overlay.opaque $second"
}

@test "what was committed or built here is rebuilt as well, whiteouts and links too" {
	"$DOCKER" run --name one --runtime runc --network none test:image sh -c 'rm /second /odd/fifo && rm /odd/long -r &&
		mkdir -p /odd/long /made/deep && chown 5:6 /made/deep && ln /odd/empty /made/link && chmod 4711 /odd/empty'
	"$DOCKER" commit one test:committed
	mkdir -p "$SCRATCH/context"
	printf 'FROM test:image\nRUN rm -r /odd && mkdir /odd\nRUN ln -s x /odd/x\n' >"$SCRATCH/context/Dockerfile"
	DOCKER_BUILDKIT=0 "$DOCKER" build -q --network none -t test:built "$SCRATCH/context"
	for IMAGE in test:committed test:built; do
		mapfile -t ids < <("$DOCKER" image inspect -f '{{range .RootFS.Layers}}{{println .}}{{end}}' "$IMAGE" | grep .)
		will_ask content false "${ids[@]}"
		start
		assert_bound
	done
}

@test "a record of the archive that is another layer's, cut short or gone is no record" {
	local record
	record=$(layerdb_of 2)/tar-split.json.gz
	cp -p "$record" "$SCRATCH/kept"
	will_ask content false "${ids[@]}"
	cp "$(layerdb_of 3)/tar-split.json.gz" "$record"
	start
	assert_unbound 'layer 2 of the image'
	head -c 100 "$SCRATCH/kept" >"$record"
	start
	assert_unbound 'layer 2 of the image' 'malformed'
	rm "$record"
	start
	assert_unbound 'layer 2 of the image'
	cp -p "$SCRATCH/kept" "$record"
	start
	assert_bound
}
