#!/usr/bin/env bats
# Only trusted images run under a real dockerd with its classic store: signatures of a key,
# the layers that are mounted, names that are moved, files that are changed.

load ../lib/engines.bash
load trust.bash

setup_file()
{
	scratch_begin trust-docker || return 1
	make_rootfs "$SCRATCH/rootfs"
	start_dockerd --add-runtime "oci-harden=$RUNTIME" --add-runtime "bare=$BARE_RUNTIME" || return 1
	docker_image good && docker_image evil || return 1
	make_key release && make_key other || return 1
	"$DOCKER" save -o "$SCRATCH/good.tar" registry.example/good
}

teardown_file()
{
	stop_dockerd
	scratch_end
}

setup()
{
	trust_policy 'signed-by: {at-least: 1, of: [release]}'
}

teardown()
{
	local container
	[ -n "${BATS_TEST_COMPLETED:-}" ] || dump_logs
	for container in $("$DOCKER" ps -aq); do
		"$DOCKER" rm -f -v "$container" >/dev/null 2>&1 || true
	done
	forget_all
}

# docker_image NAME: registry.example/NAME, an image of its own.
docker_image()
{
	echo "$1" >"$SCRATCH/rootfs/name"
	tar -C "$SCRATCH/rootfs" -c . | "$DOCKER" import - "registry.example/$1" >/dev/null
}

start()
{
	run "$DOCKER" run --rm --runtime oci-harden --network none "$@"
}

@test "a signed image runs, an unsigned one does not" {
	start registry.example/good cat /name
	assert_equal "$status" 125
	assert_contains "$output" "asks for a signature by 1 of release"
	assert_contains "$output" "nothing is known of it in /var/lib/oci-harden/trust"

	import_signed "$SCRATCH/good.tar"
	start registry.example/good cat /name
	assert_equal "$status" 0
	assert_equal "$output" good

	run "$DOCKER" run --rm --runtime bare --network none registry.example/evil cat /name
	assert_equal "$output" evil
	start registry.example/evil cat /name
	assert_equal "$status" 125
	assert_contains "$output" "asks for a signature by 1 of release"
}

@test "another's signature does not count, nor one of another image" {
	import_signed "$SCRATCH/good.tar" other
	start registry.example/good true
	assert_equal "$status" 125
	assert_contains "$output" "asks for a signature by 1 of release"

	# the signature of good says nothing of evil, whatever evil is called
	import_signed "$SCRATCH/good.tar"
	"$DOCKER" tag registry.example/evil registry.example/app:1
	start registry.example/app:1 cat /name
	assert_equal "$status" 125
	assert_contains "$output" "asks for a signature by 1 of release"
}

@test "a signed name that is tagged onto another image is refused, and the other way round" {
	import_signed "$SCRATCH/good.tar"
	"$DOCKER" tag registry.example/evil registry.example/moved
	container=$("$DOCKER" create --runtime oci-harden --network none registry.example/moved cat /name)
	"$DOCKER" tag registry.example/good registry.example/moved
	run "$DOCKER" start -a "$container"
	[ "$status" -ne 0 ]
	assert_contains "$output" "asks for a signature by 1 of release"
	"$DOCKER" tag registry.example/evil registry.example/moved

	# created from what is signed, it stays that, whatever the name means later
	container=$("$DOCKER" create --runtime oci-harden --network none registry.example/good cat /name)
	"$DOCKER" tag registry.example/good registry.example/kept
	"$DOCKER" tag registry.example/evil registry.example/good
	run "$DOCKER" start -a "$container"
	"$DOCKER" tag registry.example/kept registry.example/good
	"$DOCKER" rmi registry.example/kept >/dev/null
	assert_equal "$status" 0
	assert_equal "$output" good
}

@test "a signed image that came by docker load runs" {
	import_signed "$SCRATCH/good.tar"
	"$DOCKER" rmi registry.example/good >/dev/null
	"$DOCKER" load -i "$SCRATCH/good.tar" >/dev/null
	start registry.example/good cat /name
	assert_equal "$status" 0
	assert_equal "$output" good
}

@test "what no entry names is refused, audited or allowed" {
	"$DOCKER" tag registry.example/evil elsewhere.example/app
	start elsewhere.example/app true
	assert_equal "$status" 125
	assert_contains "$output" "no entry of trust/images names elsewhere.example/app"

	trust_policy 'signed-by: {at-least: 1, of: [release]}' 'unmatched: audit'
	start elsewhere.example/app cat /name
	assert_equal "$output" evil
	assert_equal "$(tail -n 1 /var/log/oci-harden/decisions.jsonl | jq -c '.trust | [.trusted, .matched]')" '[true,false]'
	"$DOCKER" rmi elsewhere.example/app >/dev/null
}

# The file of the image's only layer.
layer_file()
{
	local id
	id=$("$DOCKER" image inspect -f '{{.GraphDriver.Data.UpperDir}}' "registry.example/$1")
	echo "$id/$2"
}

@test "an edited layer is refused in content mode" {
	import_signed "$SCRATCH/good.tar"
	local file
	file=$(layer_file good name)
	[ -f "$file" ]
	trust_policy 'signed-by: {at-least: 1, of: [release]}' 'bind: content'
	start registry.example/good cat /name
	assert_equal "$status" 0

	cp -p "$file" "$SCRATCH/name.before"
	printf 'evil' >"$file"
	run "$DOCKER" run --rm --runtime bare --network none registry.example/good cat /name
	assert_equal "$output" evil
	start registry.example/good cat /name
	cp -p "$SCRATCH/name.before" "$file"
	assert_equal "$status" 125
	assert_contains "$output" "name"
	assert_contains "$output" "layer"
	start registry.example/good cat /name
	assert_equal "$status" 0
}

@test "docker cp before the first start is refused where the upper directory has to be empty" {
	import_signed "$SCRATCH/good.tar"
	echo planted >"$SCRATCH/planted"
	trust_policy 'signed-by: {at-least: 1, of: [release]}' 'empty-upper-directory: true'
	container=$("$DOCKER" create --runtime oci-harden --network none registry.example/good cat /name)
	"$DOCKER" cp -q "$SCRATCH/planted" "$container:/name" 2>/dev/null || "$DOCKER" cp "$SCRATCH/planted" "$container:/name"
	run "$DOCKER" start -a "$container"
	[ "$status" -ne 0 ]
	assert_contains "$output" "empty"

	trust_policy 'signed-by: {at-least: 1, of: [release]}'
	run "$DOCKER" start -a "$container"
	assert_equal "$output" planted

	trust_policy 'signed-by: {at-least: 1, of: [release]}' 'empty-upper-directory: true'
	start registry.example/good cat /name
	assert_equal "$output" good
}

@test "an image that one scope's entry names is bound to what is mounted, though another scope's lets it pass" {
	import_signed "$SCRATCH/good.tar"
	echo planted >"$SCRATCH/planted"
	trust_policy 'signed-by: {at-least: 1, of: [release]}' 'unmatched: audit' "scopes:
  - for: {engine: docker}
    trust: {empty-upper-directory: true, images: [{match: 'registry.example/**', signed-by: release}]}
  - {for: {engine: docker, namespace: moby}, trust: {images: [{match: 'other.example/**', signed-by: release}]}}"
	start registry.example/good cat /name
	assert_equal "$output" good
	assert_equal "$(trust_of_last)" '[true,true,["release"]]'
	container=$("$DOCKER" create --runtime oci-harden --network none registry.example/good cat /name)
	"$DOCKER" cp "$SCRATCH/planted" "$container:/name" 2>/dev/null
	run "$DOCKER" start -a "$container"
	[ "$status" -ne 0 ]
	assert_contains "$output" "empty"
}

@test "a verdict never outlives what it rests on: removed, imported anew, another policy" {
	import_signed "$SCRATCH/good.tar"
	start registry.example/good true
	assert_equal "$status" 0
	start registry.example/good true
	assert_equal "$(tail -n 1 /var/log/oci-harden/decisions.jsonl | jq .trust.cached)" true
	"$HARDENCTL" trust remove "$(cat "$SCRATCH/digest")"
	start registry.example/good true
	assert_equal "$status" 125
	"$HARDENCTL" trust import "$SCRATCH/signed"
	start registry.example/good true
	assert_equal "$status" 0
	cp "$SCRATCH/other.pub" "$SCRATCH/release.pub.new"
	cp "$SCRATCH/release.pub" "$SCRATCH/release.pub.before"
	cp "$SCRATCH/other.pub" "$SCRATCH/release.pub"
	trust_policy 'signed-by: {at-least: 1, of: [release]}'
	cp "$SCRATCH/release.pub.before" "$SCRATCH/release.pub"
	start registry.example/good true
	assert_equal "$status" 125
}

@test "a pinned digest, allowed registries, denied digests, annotations" {
	import_signed "$SCRATCH/good.tar"
	trust_policy 'signed-by: {at-least: 1, of: [release]}' 'require-digest: true'
	start registry.example/good true
	assert_equal "$status" 125
	assert_contains "$output" "trust/require-digest"
	start "$("$DOCKER" image inspect -f '{{.Id}}' registry.example/good)" cat /name
	assert_equal "$output" good

	trust_policy 'signed-by: {at-least: 1, of: [release]}' 'registries: [other.example/**]'
	start registry.example/good true
	assert_contains "$output" "trust/registries"

	trust_policy 'signed-by: {at-least: 1, of: [release]}' "deny: [\"$("$DOCKER" image inspect -f '{{.Id}}' registry.example/good)\"]"
	start registry.example/good true
	assert_contains "$output" "trust/deny"
	# no exception overrides that
	local id
	id=$("$DOCKER" image inspect -f '{{.Id}}' registry.example/good)
	trust_policy 'signed-by: {at-least: 1, of: [release]}' "deny: [\"$id\"]" "exceptions:
  - {name: any, for: {digest: \"$id\"}, trust: {action: audit}, reason: tests, expires: $(date -d '+60 days' +%F)}"
	start registry.example/good true
	assert_equal "$status" 125
	assert_contains "$output" "trust/deny"

	trust_policy 'signed-by: {at-least: 1, of: [release]}, annotations: {env: prod}'
	start registry.example/good true
	assert_equal "$status" 125
	assert_contains "$output" "annotations"
}

@test "an exception for one of a signer's images does not hold for another that is called so" {
	import_signed "$SCRATCH/good.tar"
	"$DOCKER" tag registry.example/good registry.example/database
	local exceptions="exceptions:
  - name: loose
    for: {signed-by: release, image: registry.example/NAME}
    controls: {root-filesystem: {action: audit}}
    reason: tests
    expires: $(date -d '+60 days' +%F)"
	trust_policy 'signed-by: {at-least: 1, of: [release]}' '' "${exceptions/NAME/good}"
	start registry.example/good true
	assert_equal "$(tail -n 1 /var/log/oci-harden/decisions.jsonl | jq '.applied | index("exception loose") != null')" true
	trust_policy 'signed-by: {at-least: 1, of: [release]}' '' "${exceptions/NAME/database}"
	start registry.example/database cat /name
	"$DOCKER" rmi registry.example/database >/dev/null
	assert_equal "$output" good
	assert_equal "$(tail -n 1 /var/log/oci-harden/decisions.jsonl | jq '.applied | index("exception loose") != null')" false
}

@test "a demand in an entry of its own holds for an image that is started by its id" {
	import_signed "$SCRATCH/good.tar"
	local id
	id=$("$DOCKER" image inspect -f '{{.Id}}' registry.example/good)
	trust_policy 'signed-by: {at-least: 1, of: [release]}'
	start "$id" cat /name
	assert_equal "$output" good
	trust_policy "signed-by: {at-least: 1, of: [release]}}
    - {match: 'registry.example/**', attestations: [{type: 'https://slsa.dev/provenance/v1', signed-by: release}]"
	start "$id" cat /name
	assert_equal "$status" 125
	assert_contains "$output" "asks for an attestation"
}

@test "hardenctl verify: a container, an image, a digest, and why not" {
	import_signed "$SCRATCH/good.tar"
	"$DOCKER" run -d --runtime oci-harden --network none --name web registry.example/good sleep 100 >/dev/null
	run "$HARDENCTL" verify --root "$SCRATCH"/exec/runtime-runc/moby web
	assert_equal "$status" 0
	assert_contains "$output" "trusted"
	assert_contains "$output" "under the container's root"
	run "$HARDENCTL" verify "$(cat "$SCRATCH/digest")" --name registry.example/good
	assert_equal "$status" 0
	run "$HARDENCTL" verify --json --data-root "$SCRATCH/docker" registry.example/evil
	assert_equal "$status" 2
	assert_contains "$(jq -r '.reasons[0]' <<<"$output")" "asks for a signature"
}
