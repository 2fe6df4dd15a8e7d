#!/usr/bin/env bats
# Only trusted images run under a real Podman.

load ../lib/engines.bash
load trust.bash

setup_file()
{
	scratch_begin trust-podman || return 1
	make_rootfs "$SCRATCH/rootfs"
	oci_image good && oci_image evil || return 1
	make_key release && make_key other || return 1
	load_image good && load_image evil
}

teardown_file()
{
	client rm -f -t 0 -a >/dev/null 2>&1 || true
	scratch_end
}

setup()
{
	trust_policy 'signed-by: {at-least: 1, of: [release]}'
}

teardown()
{
	client rm -f -t 0 -a >/dev/null 2>&1 || true
	forget_all
}

client()
{
	podman --root "$SCRATCH/graph" --runroot "$SCRATCH/run" --tmpdir "$SCRATCH/tmp" \
		--storage-driver overlay --cgroup-manager cgroupfs --events-backend file "$@"
}

load_image()
{
	local loaded
	loaded=$(client load -q -i "$SCRATCH/$1.tar" 2>/dev/null)
	client tag "${loaded##*: }" "registry.example/$1:1"
}

# Podman's own limits are more than a machine without CAP_SYS_RESOURCE may set.
LIMITS="--ulimit nofile=1024:1024 --ulimit nproc=1024:1024"

start()
{
	# shellcheck disable=SC2086
	run client --runtime "${BINARY:-$RUNTIME}" run --rm $LIMITS --network none "$1" cat /name
}

@test "a signed image runs, an unsigned one does not" {
	signed_runs_alone
}

@test "a signed name that is tagged onto another image is refused" {
	import_signed "$SCRATCH/good"
	client tag registry.example/evil:1 registry.example/moved:1
	start registry.example/moved:1
	[ "$status" -ne 0 ]
	assert_contains "$output" "asks for a signature by 1 of release"
	client untag registry.example/moved:1
}

# Podman calls an image by its configuration, and asks nobody whether the layers are that one's.
@test "what an exception gives to a configuration, another image that claims it does not get" {
	local good evil config manifest size
	good=$(jq -r '.manifests[0].digest' "$SCRATCH/good/index.json")
	evil=$(jq -r '.manifests[0].digest' "$SCRATCH/evil/index.json")
	config=$(jq -r .config.digest "$SCRATCH/good/blobs/sha256/${good#sha256:}")
	cp -r "$SCRATCH/evil" "$SCRATCH/claims"
	cp "$SCRATCH/good/blobs/sha256/${config#sha256:}" "$SCRATCH/claims/blobs/sha256/"
	jq -c --slurpfile good "$SCRATCH/good/blobs/sha256/${good#sha256:}" '.config = $good[0].config' \
		"$SCRATCH/evil/blobs/sha256/${evil#sha256:}" >"$SCRATCH/made"
	read -r manifest size < <(store_blob "$SCRATCH/claims" "$SCRATCH/made")
	jq -c --arg digest "sha256:$manifest" --argjson size "$size" '.manifests[0] += {digest: $digest, size: $size} |
		.manifests[0].annotations[] |= sub("evil"; "claims")' "$SCRATCH/evil/index.json" >"$SCRATCH/claims/index.json"
	tar -C "$SCRATCH/claims" -cf "$SCRATCH/claims.tar" oci-layout index.json blobs

	trust_policy 'signed-by: {at-least: 1, of: [release]}' '' "exceptions:
  - {name: legacy, for: {digest: \"$config\"}, trust: {action: audit}, reason: tests, expires: $(date -d '+60 days' +%F)}"
	start registry.example/good:1
	assert_equal "$output" good
	client rmi -f registry.example/good:1
	load_image claims
	assert_equal "sha256:$(client image inspect -f '{{.Id}}' registry.example/claims:1)" "$config"
	BINARY=$BARE_RUNTIME start registry.example/claims:1
	assert_equal "$output" evil
	start registry.example/claims:1
	client rmi -f registry.example/claims:1
	load_image good
	[ "$status" -ne 0 ]
	assert_contains "$output" "asks for a signature by 1 of release"
	assert_contains "$("$HARDENCTL" why "$(tail -n 1 /var/log/oci-harden/decisions.jsonl | jq -r .id)")" \
		"its layers not be those of its configuration"
}

@test "an edited layer is refused in content mode" {
	import_signed "$SCRATCH/good"
	trust_policy 'signed-by: {at-least: 1, of: [release]}' 'bind: content'
	start registry.example/good:1
	assert_equal "$output" good
	local file
	file=$(client image inspect -f '{{.GraphDriver.Data.UpperDir}}' registry.example/good:1)/name
	[ -f "$file" ]
	cp -p "$file" "$SCRATCH/name.before"
	printf 'evil' >"$file"
	BINARY=$BARE_RUNTIME start registry.example/good:1
	assert_equal "$output" evil
	start registry.example/good:1
	cp -p "$SCRATCH/name.before" "$file"
	[ "$status" -ne 0 ]
	assert_contains "$output" "layer"
}
