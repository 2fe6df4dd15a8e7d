# Shared by the end-to-end tests of image trust. Needs ../lib/engines.bash.

HARDENCTL=${HARDENCTL:-$REPOSITORY/build/hardenctl}

# make_key NAME: $SCRATCH/NAME.key and NAME.pub.
make_key()
{
	openssl ecparam -name prime256v1 -genkey -noout -out "$SCRATCH/$1.key"
	openssl pkey -in "$SCRATCH/$1.key" -pubout -out "$SCRATCH/$1.pub"
}

signer_rows()
{
	local name
	for name in "${SIGNERS[@]}"; do
		printf '%s: {key: keys/%s.pub}, ' "$name" "$name"
	done
}

# trust_policy DEMANDS [MORE [REST]]: applies a policy that asks DEMANDS of $MATCH, with MORE
# lines below trust, and a REST of its own. Every $SCRATCH/NAME.pub of $SIGNERS is a signer.
MATCH='registry.example/**'
SIGNERS=(release)
trust_policy()
{
	mkdir -p /etc/oci-harden/keys
	cp "$SCRATCH"/*.pub /etc/oci-harden/keys/
	cat >/etc/oci-harden/policy.yaml <<-END
		version: 1
		extends: ${EXTENDS:-baseline}
		controls:
		  apparmor: {action: audit}
		trust:
		  signers: {$(signer_rows)}
		  images:
		    - {match: "$MATCH", $1}
		  ${2:-}
		${3:-}
	END
	"$HARDENCTL" policy apply >"$SCRATCH/apply.log" 2>&1 || { cat "$SCRATCH/apply.log" >&2; return 1; }
}

# oci_image NAME: $SCRATCH/NAME.tar, an image registry.example/NAME:1 that has its own name in
# /name, and $SCRATCH/NAME, its layout.
oci_image()
{
	echo "$1" >"$SCRATCH/rootfs/name"
	make_oci_archive "$SCRATCH/rootfs" "registry.example/$1:1" "$SCRATCH/$1.tar"
	mkdir -p "$SCRATCH/$1"
	tar -C "$SCRATCH/$1" -xf "$SCRATCH/$1.tar"
}

# beside_good NAME PLATFORM EDIT [ARCHITECTURE]: $SCRATCH/NAME and NAME.tar, an index
# registry.example/NAME:1 that lists, for PLATFORM (JSON), an image of good's layers with another
# configuration (good's through the command EDIT), and then, for another machine or
# ARCHITECTURE, good itself.
beside_good()
{
	local layout=$SCRATCH/$1 good config manifest size
	rm -rf "$layout"
	cp -r "$SCRATCH/good" "$layout"
	good=$(jq -r '.manifests[0].digest' "$layout/index.json")
	config=$(jq -r .config.digest "$layout/blobs/sha256/${good#sha256:}")
	bash -c "$3" <"$layout/blobs/sha256/${config#sha256:}" >"$layout/made"
	read -r config size < <(store_blob "$layout" "$layout/made")
	jq -c --arg digest "sha256:$config" --argjson size "$size" '.config += {digest: $digest, size: $size}' \
		"$layout/blobs/sha256/${good#sha256:}" >"$layout/made"
	read -r manifest size < <(store_blob "$layout" "$layout/made")
	jq -c --arg digest "sha256:$manifest" --argjson size "$size" --argjson platform "$2" --arg own "${4:-s390x}" '.manifests[0] |
		del(.annotations) | {schemaVersion: 2, mediaType: "application/vnd.oci.image.index.v1+json", manifests: [
		. + {digest: $digest, size: $size, platform: $platform},
		. + {platform: {os: "linux", architecture: $own}}]}' "$layout/index.json" >"$layout/made"
	name_index "$1"
}

# name_index NAME: the index $SCRATCH/NAME/made becomes the layout's only image, NAME.tar too.
name_index()
{
	local layout=$SCRATCH/$1 index size
	read -r index size < <(store_blob "$layout" "$layout/made")
	jq -nc --arg digest "sha256:$index" --argjson size "$size" --arg name "registry.example/$1:1" '{schemaVersion: 2,
		manifests: [{mediaType: "application/vnd.oci.image.index.v1+json", digest: $digest, size: $size, annotations: {
		"io.containerd.image.name": $name, "org.opencontainers.image.ref.name": $name}}]}' >"$layout/index.json"
	tar -C "$layout" -cf "$SCRATCH/$1.tar" oci-layout index.json blobs
}

# import_signed SOURCE [KEY…]: signs the image in SOURCE (a layout or a `docker save` archive)
# and has the store know it; its manifest's digest is in $SCRATCH/digest.
import_signed()
{
	local keys=("${@:2}")
	[ "$#" -gt 1 ] || keys=(release)
	import_signed_for "registry.example/$(basename "$1" .tar)" "$1" "${keys[@]}"
}

# import_signed_for REPOSITORY SOURCE KEY…: signatures that name it.
import_signed_for()
{
	local keys=("${@:3}")
	keys=("${keys[@]/#/--key=$SCRATCH/}")
	rm -rf "$SCRATCH/signed"
	"$REPOSITORY/integration/trust/sign" --reference "$1" "${keys[@]/%/.key}" "$2" "$SCRATCH/signed" >"$SCRATCH/digest"
	"$HARDENCTL" trust import "$SCRATCH/signed"
}

forget_all()
{
	rm -rf /var/lib/oci-harden/trust "$SCRATCH/signed"
}

# trust_of_last: [trusted, matched, signers] of the last decision.
trust_of_last()
{
	tail -n 1 /var/log/oci-harden/decisions.jsonl | jq -c '.trust | [.trusted, .matched, .signers]'
}

# later_folder WHAT: $LATER, the folder of programs of a later suite; fails where there is none.
later_folder()
{
	LATER=$("$REPOSITORY/integration/build/later-suite" "$1" "${BUILD_DIR:-$REPOSITORY/build}")
}

# later WHAT: the same, or the test is skipped.
later()
{
	later_folder "$1" || skip "there is no $1 of a later suite here"
}

# What is pulled comes from docker-registry on the loopback of the test's network, into a
# dockerd that stands in it. Needs ../registry/registry.bash.
start_dockerd_in_network()
{
	dockerd()
	{
		exec nsenter --net="/proc/$NETWORK_PID/ns/net" -- "$(type -P dockerd)" "$@"
	}
	start_dockerd --insecure-registry 127.0.0.0/8 --add-runtime "oci-harden=$RUNTIME" --add-runtime "bare=$BARE_RUNTIME"
}

# push_image NAME: 127.0.0.1:5000/NAME, an image that has its name in /name; its digest is in
# $DIGEST.
push_image()
{
	make_rootfs "$SCRATCH/rootfs"
	echo "$1" >"$SCRATCH/rootfs/name"
	push "$1"
}

# signed_runs_alone: good runs once it is signed, evil never. `start IMAGE` is the test's, with
# $BINARY in place of oci-harden.
signed_runs_alone()
{
	start registry.example/good:1
	[ "$status" -ne 0 ]
	assert_contains "$output" "asks for a signature by 1 of release"

	import_signed "$SCRATCH/good"
	start registry.example/good:1
	assert_equal "$status" 0
	assert_equal "$output" good
	assert_equal "$(trust_of_last)" '[true,true,["release"]]'

	BINARY=$BARE_RUNTIME start registry.example/evil:1
	assert_equal "$output" evil
	start registry.example/evil:1
	[ "$status" -ne 0 ]
	assert_contains "$output" "asks for a signature by 1 of release"
}
