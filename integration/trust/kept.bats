#!/usr/bin/env bats
# What real cosign and a private sigstore signed once, kept in policy/trust/cases: the image
# that it is about runs under a real containerd or does not.

load ../lib/engines.bash
load trust.bash

CASES=$REPOSITORY/policy/trust/cases
DIGEST=sha256:33cd1e9d1e9d68f3ec267bb356b0d59da1196de1e81e62cb528ba805edb3e15b
IMAGE=registry.example/tiny:single
MANIFEST=application/vnd.oci.image.manifest.v1+json
NAME=c0
BUNDLE=application/vnd.dev.sigstore.bundle.v0.3+json

setup_file()
{
	scratch_begin trust-kept || return 1
	start_containerd "$RUNTIME" || return 1
	tar -C "$CASES/layouts/image" -cf "$SCRATCH/image.tar" .
	client images import --no-unpack --base-name registry.example/tiny "$SCRATCH/image.tar" >/dev/null
	make_layers sha256:dcb2cf4ecd9020a8845a2b6a0da667a8b60aa20497964316363893141c65b5ae \
		"$(chain_id sha256:dcb2cf4ecd9020a8845a2b6a0da667a8b60aa20497964316363893141c65b5ae \
			sha256:cbe5938529a030af21cf8d57719891a79e694bf6a59481c292bc9c9bdc548b61)"
}

teardown_file()
{
	stop_containerd
	scratch_end
}

teardown()
{
	[ -n "${BATS_TEST_COMPLETED:-}" ] || dump_logs
	forget_all
}

client()
{
	ctr --address "$CONTAINERD_SOCKET" "$@"
}

chain_id()
{
	echo "sha256:$(printf '%s %s' "$1" "$2" | sha256sum | cut -d' ' -f1)"
}

# make_layers LOWER UPPER: the image's layers are not kept; containerd is told, as root can,
# that snapshots of these names are what was unpacked from them.
make_layers()
{
	local folder=$SCRATCH/layer
	mkdir -p "$folder"
	client snapshots prepare lower >/dev/null
	eval "$(client snapshots mounts "$folder" lower)"
	mkdir -p "$folder"/{bin,etc,tmp,proc,sys,dev}
	cp /bin/busybox "$folder/bin/busybox"
	umount "$folder"
	client snapshots commit "$1" lower
	client snapshots prepare upper "$1" >/dev/null
	eval "$(client snapshots mounts "$folder" upper)"
	echo "hello layer" >"$folder/hello.txt"
	umount "$folder"
	client snapshots commit "$2" upper
}

# policy SIGNED-BY: one of those that the kept material is by; TWINS: lines of more signers.
policy()
{
	mkdir -p /etc/oci-harden
	cp "$CASES/cosign25-key/cosign.pub" "$CASES/keyless/trusted_root.json" "$CASES/byo-pki/root.pem" /etc/oci-harden/
	cat >/etc/oci-harden/policy.yaml <<-END
		version: 1
		extends: baseline
		controls:
		  apparmor: {action: audit}
		trust:
		  signers:
		    key: {key: cosign.pub}
		    keyless: {identity: "${IDENTITY:-builder@example.test}", issuer: https://idp.example.test, trusted-root: trusted_root.json}
		    own: {identity: builder@example.test, issuer: https://idp.example.test, certificate-authority: root.pem}
		${TWINS:-}
		  images:
		    - {match: "registry.example/**", signed-by: $1}
	END
	"$HARDENCTL" policy apply >"$SCRATCH/apply.log" 2>&1 || { cat "$SCRATCH/apply.log" >&2; return 1; }
}

# The layout of the image, to which its signatures are added.
layout_begin()
{
	rm -rf "$SCRATCH/signed" /var/lib/oci-harden/trust
	cp -r "$CASES/layouts/image" "$SCRATCH/signed"
}

# layout_list FILE [NAME]: a manifest.
layout_list()
{
	local digest size
	read -r digest size < <(store_blob "$SCRATCH/signed" "$1")
	jq -c --arg type "$MANIFEST" --arg digest "sha256:$digest" --argjson size "$size" --arg name "${2:-}" \
		'.manifests += [{mediaType: $type, digest: $digest, size: $size} +
			if $name == "" then {} else {annotations: {"org.opencontainers.image.ref.name": $name}} end]' \
		"$SCRATCH/signed/index.json" >"$SCRATCH/index.json"
	mv "$SCRATCH/index.json" "$SCRATCH/signed/index.json"
}

# with_bundle FILE: as cosign 3.1 attaches it.
with_bundle()
{
	local digest size empty
	layout_begin
	read -r digest size < <(store_blob "$SCRATCH/signed" "$1")
	printf '{}' >"$SCRATCH/empty"
	read -r empty _ < <(store_blob "$SCRATCH/signed" "$SCRATCH/empty")
	jq -nc --arg type "$MANIFEST" --arg bundle "$BUNDLE" --arg layer "sha256:$digest" --argjson size "$size" \
		--arg empty "sha256:$empty" --arg subject "$DIGEST" '{schemaVersion: 2, mediaType: $type, artifactType: $bundle,
		config: {mediaType: "application/vnd.oci.empty.v1+json", digest: $empty, size: 2},
		layers: [{mediaType: $bundle, digest: $layer, size: $size}],
		subject: {mediaType: $type, digest: $subject, size: 559}}' >"$SCRATCH/manifest"
	layout_list "$SCRATCH/manifest"
	"$HARDENCTL" trust import "$SCRATCH/signed"
}

# with_classic MANIFEST BLOB…: as cosign 2.5 attaches it; the configuration, which is not
# signed, is one of ours.
with_classic()
{
	local config size blob
	layout_begin
	for blob in "${@:2}"; do
		store_blob "$SCRATCH/signed" "$blob"
	done
	echo '{"architecture":"","os":"","config":{},"rootfs":{"type":"layers","diff_ids":[]}}' >"$SCRATCH/config"
	read -r config size < <(store_blob "$SCRATCH/signed" "$SCRATCH/config")
	jq -c --arg digest "sha256:$config" --argjson size "$size" '.config += {digest: $digest, size: $size}' "$1" \
		>"$SCRATCH/manifest"
	layout_list "$SCRATCH/manifest" "${DIGEST/:/-}.sig"
	"$HARDENCTL" trust import "$SCRATCH/signed"
}

start()
{
	NAME=c$((${NAME#c} + 1))
	run client run --rm --runc-binary "${BINARY:-$RUNTIME}" "${1:-$IMAGE}" "$NAME"
}

runs()
{
	start
	assert_equal "$status" 0
	assert_equal "$output" "hello layer"
	assert_equal "$(trust_of_last)" "[true,true,[\"$1\"]]"
}

refuses()
{
	start
	[ "$status" -ne 0 ]
	assert_contains "$output" "asks for a signature by 1 of $1"
	run "$HARDENCTL" verify --name "$IMAGE" "$DIGEST"
	assert_equal "$status" 2
}

@test "without a signature the image runs bare, and is refused" {
	policy key
	BINARY=$BARE_RUNTIME start
	assert_equal "$output" "hello layer"
	refuses key
}

@test "cosign 2.5 and 3.1, a key pair: the layouts that cosign save wrote" {
	policy key
	local layout
	for layout in save25 save25i save31; do
		forget_all
		"$HARDENCTL" trust import "$CASES/layouts/$layout"
		runs key
	done
	policy keyless
	refuses keyless
}

@test "keyless bundles of a private sigstore that are good" {
	policy keyless
	local name
	for name in good tsa-good multi-subject; do
		with_bundle "$CASES/keyless/bundle-$name.json"
		runs keyless
	done
	IDENTITY=somebody@example.test policy keyless
	refuses keyless
	assert_contains "$output" "does not count"
}

@test "keyless bundles of a private sigstore that have a fault" {
	policy keyless
	local bundle
	for bundle in "$CASES"/keyless/bundle-neg-*.json "$CASES/keyless/bundle-upper-hex.json"; do
		echo "$bundle"
		with_bundle "$bundle"
		refuses keyless
	done
}

@test "keyless as cosign 2.5 attaches it: good, and with a fault" {
	policy keyless
	with_classic "$CASES/keyless/classic-manifest-good.json" "$CASES"/keyless/blob-*
	runs keyless
	local manifest
	for manifest in "$CASES"/keyless/classic-manifest-{neg-*,wrong-type,dup-digest-key}.json; do
		echo "$manifest"
		with_classic "$manifest" "$CASES"/keyless/blob-*
		refuses keyless
	done
}

@test "cosign 2.5 with certificates of an own authority" {
	policy own
	refuses own
	with_classic "$CASES/byo-pki/sig-manifest.json" "$CASES/byo-pki/payload.json"
	runs own
	policy keyless
	refuses keyless
}

@test "k of n: the policy's three names for one certificate are one" {
	local certificate twins
	certificate=$(jq -r '.layers[0].annotations["dev.sigstore.cosign/certificate"]' "$CASES/byo-pki/sig-manifest.json")
	mkdir -p /etc/oci-harden
	cp "$CASES/byo-pki/chain.pem" /etc/oci-harden/
	openssl x509 -pubkey -noout <<<"$certificate" >/etc/oci-harden/leaf.pub
	twins="    twin: {identity: builder@example.test, certificate-authority: chain.pem}"$'\n'"    bare: {key: leaf.pub}"
	TWINS=$twins policy "{at-least: 2, of: [own, twin, bare, key]}"
	with_classic "$CASES/byo-pki/sig-manifest.json" "$CASES/byo-pki/payload.json"
	start
	[ "$status" -ne 0 ]
	assert_contains "$output" "by 2 of own, twin, bare, key, and 1 is there; signatures by one key or one identity count once"
	run "$HARDENCTL" verify --json --name "$IMAGE" "$DIGEST"
	assert_equal "$status" 2
	assert_equal "$(jq -c '[(.signers | sort), (."one-hand" | map(sort) | sort)]' <<<"$output")" \
		'[["bare","own","twin"],[["bare","own"],["bare","twin"],["own","twin"]]]'
	# by each of them alone, and with somebody else
	TWINS=$twins policy "[twin]"
	start
	assert_equal "$status" 0
	TWINS=$twins policy "{at-least: 2, of: [own, twin, key]}"
	"$HARDENCTL" trust import "$CASES/layouts/save25"
	start
	assert_equal "$status" 0
}
