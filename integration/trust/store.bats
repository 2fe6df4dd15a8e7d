#!/usr/bin/env bats
# hardenctl trust import, list, remove and export: layouts of real tools come into the
# local store and go out again, and hostile ones change nothing.

bats_require_minimum_version 1.5.0
load ../lib/engines.bash

HARDENCTL=${HARDENCTL:-$REPOSITORY/build/hardenctl}
LAYOUTS=$REPOSITORY/policy/trust/cases/layouts
STORE=/var/lib/oci-harden/trust
SIGNED=sha256:33cd1e9d1e9d68f3ec267bb356b0d59da1196de1e81e62cb528ba805edb3e15b
INDEX=sha256:72d2cfa205fb882c8221205ebf080a3b2c74b227d85afed33084179b3f642d40
CONFIGURATION=sha256:27bcf08c33e1fb6326aef35278cefa73ffa16221a2f5a6d207c4c8a23f17f083

setup()
{
	scratch_begin trust-store
}

teardown()
{
	rm -rf "$STORE"
	scratch_end
}

trust()
{
	run "$HARDENCTL" trust "$@"
}

succeeded()
{
	[ "$status" -eq 0 ] || { echo "status $status: $output"; return 1; }
}

shows()
{
	[[ $output == *"$1"* ]] || { echo "not shown: $1"; echo "$output"; return 1; }
}

# refused WHY: with a message, and the store is as it was.
refused()
{
	[ "$status" -eq 3 ] || { echo "status $status: $output"; return 1; }
	shows "$1"
	[ "$(store_now)" == "$store_before" ] || { store_now; return 1; }
}

store_now()
{
	[ ! -d "$STORE" ] || find "$STORE" -printf '%P %y %m %U %s %i %C@\n' | sort
}

digests()
{
	"$HARDENCTL" trust list --json | jq -r '.[].digest' | sort
}

# a copy of a kept layout, to be changed
layout()
{
	rm -rf "$SCRATCH/layout"
	cp -r "$LAYOUTS/$1" "$SCRATCH/layout"
	store_before=$(store_now)
}

@test "trust import: what cosign 2 and cosign 3 save, with what is signed, said by kind" {
	trust import "$LAYOUTS/save25"
	succeeded
	shows "$SIGNED: 2 cosign signatures, 2 attestations"
	trust import --name registry.example.test/tiny:all "$LAYOUTS/save25i"
	succeeded
	shows "$INDEX \"registry.example.test/tiny:all\": 1 cosign signature"
	trust import --name registry.example.test/tiny:1 "$LAYOUTS/save31"
	succeeded
	shows "$SIGNED \"registry.example.test/tiny:1\": 3 Sigstore bundles"
	trust list
	succeeded
	shows "registry.example.test/tiny:1"
	[ "$("$HARDENCTL" trust list --json | jq -c '[.[] | [.digest, .name, .blobs]] | sort')" == \
		"[[\"$SIGNED\",\"registry.example.test/tiny:1\",17],[\"$INDEX\",\"registry.example.test/tiny:all\",8]]" ]
	# no layer, nothing that others may write, and every image is a layout by itself
	[ -z "$(find "$STORE" ! -user root -o -perm /022 -o ! -type d ! -type f)" ]
	[ -z "$(find "$STORE" -size +100k)" ]
	run skopeo inspect --raw "oci:$STORE/images/72/${INDEX#sha256:}:registry.example.test/tiny:all"
	succeeded
	shows '"architecture":"arm64"'
}

@test "trust import: an unsigned layout of several images, by name, and a note for each" {
	trust import "$LAYOUTS/image"
	succeeded
	shows '"single": no signature and no attestation'
	shows '"evil": no signature'
	[ "$(digests | wc -l)" -eq 4 ]
	layout image
	trust import --name one "$SCRATCH/layout"
	refused "the layout has 4 images, and --name names one"
}

@test "trust import: what umoci makes and skopeo copies" {
	umoci init --layout "$SCRATCH/umoci"
	umoci new --image "$SCRATCH/umoci:first"
	mkdir "$SCRATCH/layer"
	echo hello >"$SCRATCH/layer/file"
	umoci insert --image "$SCRATCH/umoci:first" "$SCRATCH/layer" /data
	skopeo copy -q "oci:$SCRATCH/umoci:first" "oci:$SCRATCH/skopeo:registry.example.test/first:1"
	trust import "$SCRATCH/skopeo"
	succeeded
	shows '"registry.example.test/first:1": no signature'
	digest=$(jq -r '.manifests[0].digest' "$SCRATCH/skopeo/index.json")
	[ "$(digests)" == "$digest" ]
	# manifest and configuration; the layer is not taken
	[ "$("$HARDENCTL" trust list --json | jq '.[0].blobs')" -eq 2 ]
}

@test "trust import: what docker save writes names the image twice, and has layers that are not there" {
	layout image
	jq -c --arg digest "$SIGNED" '.manifests |= (map(select(.digest == $digest)) | map(.annotations = {
		"io.containerd.image.name": "docker.io/library/tiny:1", "org.opencontainers.image.ref.name": "1"}))' \
		"$LAYOUTS/image/index.json" >"$SCRATCH/layout/index.json"
	echo '[]' >"$SCRATCH/layout/manifest.json"
	trust import "$SCRATCH/layout"
	succeeded
	shows "$SIGNED \"docker.io/library/tiny:1\""
	rm "$SCRATCH/layout/oci-layout"
	store_before=$(store_now)
	trust import "$SCRATCH/layout"
	refused "docker save of Docker before 25 writes none"
	tar -C "$SCRATCH/layout" -cf "$SCRATCH/archive.tar" .
	trust import "$SCRATCH/archive.tar"
	refused "an archive is unpacked first"
}

@test "trust import: the same twice changes nothing, more of it is added to what is there" {
	trust import "$LAYOUTS/save25"
	succeeded
	before=$(store_now)
	trust import "$LAYOUTS/save25"
	succeeded
	[ "$(store_now)" == "$before" ]
	trust import "$LAYOUTS/save31"
	succeeded
	[ "$("$HARDENCTL" trust list --json | jq '.[0].blobs')" -eq 17 ]
}

@test "trust import: hostile layouts are refused and change nothing" {
	trust import "$LAYOUTS/save25i"
	succeeded
	blob=blobs/sha256/${SIGNED#sha256:}

	layout save25
	mv "$SCRATCH/layout/$blob" "$SCRATCH/aside"
	ln -s "$SCRATCH/aside" "$SCRATCH/layout/$blob"
	trust import "$SCRATCH/layout"
	refused "is a symbolic link, which is not followed"

	layout save25
	rm "$SCRATCH/layout/$blob"
	mkfifo "$SCRATCH/layout/$blob"
	run timeout 20 "$HARDENCTL" trust import "$SCRATCH/layout"
	refused "is not a regular file"

	layout save25
	echo >>"$SCRATCH/layout/$blob"
	trust import "$SCRATCH/layout"
	refused "is not what its name says"

	layout save25
	rm "$SCRATCH/layout/blobs/sha256/${CONFIGURATION#sha256:}"
	trust import "$SCRATCH/layout"
	refused "is not in it"

	layout save25
	sed -i "s#$SIGNED#sha256:../../../../../../../../../../../../../../../../../etc/passwd#" "$SCRATCH/layout/index.json"
	trust import "$SCRATCH/layout"
	refused "64 lower-case hexadecimal digits"

	layout save25
	jq -c '.layers = []' "$LAYOUTS/save25/index.json" >"$SCRATCH/layout/index.json"
	trust import "$SCRATCH/layout"
	refused "CVE-2021-41190"

	layout save25
	truncate -s 5M "$SCRATCH/layout/index.json"
	trust import "$SCRATCH/layout"
	refused "larger than 4194304 bytes"

	layout save25
	mv "$SCRATCH/layout/blobs" "$SCRATCH/blobs"
	ln -s "$SCRATCH/blobs" "$SCRATCH/layout/blobs"
	trust import "$SCRATCH/layout"
	refused "symbolic links are not followed"
}

@test "trust import: a store that others could have written is refused, with the way out" {
	trust import "$LAYOUTS/save25"
	succeeded
	chmod g+w "$STORE"
	layout save31
	trust import "$SCRATCH/layout"
	refused "chmod go-w"
	chmod g-w "$STORE"
	mv "$STORE" "$SCRATCH/elsewhere"
	ln -s "$SCRATCH/elsewhere" "$STORE"
	store_before=$(store_now)
	trust list
	refused "the store of signatures"
	rm "$STORE"
}

@test "trust remove: by digest and by name, and what was not there" {
	trust import --name registry.example.test/tiny:1 "$LAYOUTS/save25"
	trust import --name registry.example.test/tiny:1 "$LAYOUTS/save25i"
	store_before=$(store_now)
	trust remove registry.example.test/tiny:1
	refused "2 images in the store have the name"
	trust remove registry.example.test/other:1
	refused 'the store has no image "registry.example.test/other:1"'
	trust remove "$INDEX"
	succeeded
	[ "$(digests)" == "$SIGNED" ]
	trust remove registry.example.test/tiny:1
	succeeded
	[ -z "$(digests)" ]
	[ -z "$(find "$STORE/images" "$STORE/digests" "$STORE/tmp" -type f)" ]
	trust list
	succeeded
	shows "The store has no image"
}

@test "trust export: what another host imports is the same, and tools read it" {
	trust import --name registry.example.test/tiny:1 "$LAYOUTS/save25"
	trust import "$LAYOUTS/save31"
	trust export registry.example.test/tiny:1 "$SCRATCH/export"
	succeeded
	shows "layers are not in it"
	trust import --store "$SCRATCH/store" "$SCRATCH/export"
	succeeded
	shows "$SIGNED \"registry.example.test/tiny:1\": 2 cosign signatures, 2 attestations, 3 Sigstore bundles"
	diff -r "$STORE/images" "$SCRATCH/store/images"
	[ "$(cd "$STORE/digests" && find . -type f | sort)" == "$(cd "$SCRATCH/store/digests" && find . -type f | sort)" ]
	run skopeo inspect --raw "oci:$SCRATCH/export:registry.example.test/tiny:1"
	succeeded
	shows "$CONFIGURATION"
	trust export "$SIGNED" "$SCRATCH/export"
	[ "$status" -eq 3 ]
	shows "exists"
	trust export "$INDEX" "$SCRATCH/other"
	[ "$status" -eq 3 ]
	[ ! -e "$SCRATCH/other" ]
}

@test "trust: imports beside each other come one after the other" {
	pids=()
	for name in save25 save25i save31 image save25 save31; do
		"$HARDENCTL" trust import "$LAYOUTS/$name" >/dev/null &
		pids+=($!)
	done
	for pid in "${pids[@]}"; do
		wait "$pid"
	done
	[ "$(digests | wc -l)" -eq 4 ]
	[ "$("$HARDENCTL" trust list --json | jq --arg digest "$SIGNED" '.[] | select(.digest == $digest).blobs')" -eq 17 ]
	[ ! -e "$STORE/pending" ]
}

@test "trust: who has to wait for another writer is told" {
	mkdir -p "$STORE"
	flock "$STORE" sleep 5 3>&- &
	local holder=$!
	while flock -n "$STORE" true 3>&-; do sleep 0.1; done
	trust import "$LAYOUTS/save25"
	succeeded
	shows "another hardenctl is writing to $STORE; waiting for it"
	wait "$holder"
	trust import "$LAYOUTS/save25i"
	[[ "$output" != *waiting* ]]
}

@test "trust: a file system that cannot take it is told with the place, and nothing is changed" {
	trust import "$LAYOUTS/save25"
	# read-only
	mount --bind "$STORE" "$STORE"
	mount -o remount,bind,ro "$STORE"
	layout save25i
	for words in "import $SCRATCH/layout" "remove $SIGNED"; do
		# shellcheck disable=SC2086
		trust $words
		refused "the store of signatures \"$STORE\""
		shows "Read-only file system"
	done
	trust list
	succeeded
	umount "$STORE"
	# full
	mkdir "$SCRATCH/small"
	mount -t tmpfs -o size=40k,mode=755 small "$SCRATCH/small"
	trust import --store "$SCRATCH/small/trust" "$LAYOUTS/save25"
	[ "$status" -eq 3 ]
	shows "the store of signatures \"$SCRATCH/small/trust\""
	shows "No space left on device"
	trust list --store "$SCRATCH/small/trust"
	succeeded
	shows "The store has no image"
	umount "$SCRATCH/small"
}

@test "trust: files that are none of the store's are passed over, and its own are mended or named" {
	trust import "$LAYOUTS/save25"
	touch "$STORE/images/.nfs0001" "$STORE/images/notes"
	mkdir "$STORE/images/33/old"
	trust list
	succeeded
	shows "$SIGNED"
	# what is counted wrong, or not at all
	local size
	size=$(cat "$STORE/size")
	rm "$STORE/size"
	trust import "$LAYOUTS/save25"
	succeeded
	[ "$(cat "$STORE/size")" == "$size" ]
	echo many >"$STORE/size"
	layout save25i
	trust import "$SCRATCH/layout"
	refused "is not a number; remove it"
	rm "$STORE/size"
	trust import "$SCRATCH/layout"
	succeeded
	echo '{' >"$STORE/images/33/${SIGNED#sha256:}/index.json"
	trust list
	[ "$status" -eq 3 ]
	shows "the index.json of $SIGNED in the store of signatures is damaged (hardenctl trust remove"
	trust remove "$SIGNED"
	succeeded
	trust import "$LAYOUTS/save25"
	succeeded
	[ "$(digests | wc -l)" -eq 2 ]
}

@test "trust list: everybody may; import, only who may write the store" {
	trust import "$LAYOUTS/save25"
	chmod 755 "$SCRATCH"
	cp "$HARDENCTL" "$SCRATCH/hardenctl"
	run setpriv --reuid 65534 --regid 65534 --clear-groups "$SCRATCH/hardenctl" trust list
	succeeded
	shows "$SIGNED"
	cp -r "$LAYOUTS/image" "$SCRATCH/layout"
	chmod -R a+rX "$SCRATCH/layout"
	store_before=$(store_now)
	run setpriv --reuid 65534 --regid 65534 --clear-groups "$SCRATCH/hardenctl" trust import "$SCRATCH/layout"
	refused "hardenctl: "
}

@test "trust: wrong use is said, and help tells the rest" {
	for words in "" "nothing" "import" "import --name" "import a b" "list a" "remove" "prune a" "prune --older-than soon" "export a" "list --jsn"; do
		# shellcheck disable=SC2086
		run "$HARDENCTL" trust $words
		[ "$status" -eq 3 ] || { echo "$words: $status"; return 1; }
	done
	for command in import list remove prune export; do
		trust "$command" --help
		succeeded
		shows "Usage: hardenctl trust $command"
	done
	[ ! -e "$STORE" ]
}
