#!/usr/bin/env bats
# The same images, signatures and policies under every engine: dockerd, containerd by ctr and
# by CRI, Podman. Exceptions, audit, scopes, several signers, hardenctl why.

load ../lib/engines.bash
load ../lib/cri.bash
load trust.bash
load everywhere.bash


setup_file()
{
	start_everywhere trust-engines
}

teardown_file()
{
	stop_everywhere
}

setup()
{
	mkdir -p "$SCRATCH/logs"
}

teardown()
{
	[ -n "${BATS_TEST_COMPLETED:-}" ] || dump_logs
	remove_containers
	forget_all
}

# by_ENGINE IMAGE RUNTIME COMMAND…, RUNTIME oci-harden or bare.
by_docker()
{
	run "$DOCKER" run --rm --runtime "$2" --network none "registry.example/$1:1" "${@:3}"
}

by_containerd()
{
	local binary=$RUNTIME
	[ "$2" != bare ] || binary=$BARE_RUNTIME
	run client run --rm --runc-binary "$binary" "registry.example/$1:1" app "${@:3}"
	[ "$status" -eq 0 ] || client containers rm app >/dev/null 2>&1 || true
}

by_podman()
{
	local binary=$RUNTIME
	[ "$2" != bare ] || binary=$BARE_RUNTIME
	run pod_man --runtime "$binary" run --rm --ulimit nofile=1024:1024 --ulimit nproc=1024:1024 --network none \
		"registry.example/$1:1" "${@:3}"
}

by_cri()
{
	local description handler=runc failed
	[ "$2" != bare ] || handler=bare
	IMAGE=registry.example/$1:1
	description=$(pod)
	run_pod "$handler" "$description" || return 1
	if run_container "$description" "$(container '.linux = {}')"; then
		exec_sync "${@:3}"
		output=$(jq -r .stdout <<<"$output")
	fi
	failed=$status said=$output
	remove_pod
	status=$failed output=$said
}

# runs ENGINE IMAGE
runs()
{
	"by_$1" "$2" oci-harden cat /name
	assert_equal "$1 $status $output" "$1 0 $2"
}

# refuses ENGINE IMAGE WHY: what runs bare.
refuses()
{
	"by_$1" "$2" bare cat /name
	assert_equal "$1 $output" "$1 $2" || return 1
	"by_$1" "$2" oci-harden cat /name
	[ "$status" -ne 0 ] || { echo "$1 runs $2" >&2; return 1; }
	assert_contains "$1: $output" "$3"
}

# The last decision over a container; a pod's is followed by one over the process in it.
last_create()
{
	jq -c 'select(.verb == "create")' /var/log/oci-harden/decisions.jsonl | tail -n 1
}

# exception FOR WHAT: a policy's exception.
exception()
{
	printf 'exceptions:\n  - {name: one, for: {%s}, %s, reason: a test, expires: 2099-12-31}\n' "$1" "$2"
}

@test "an exception for a digest lets this image run, is logged, and gives no other anything" {
	local engine last
	trust_policy 'signed-by: release' 'unmatched: audit' \
		"$(exception "digest: \"$(config_of evil)\"" 'trust: {action: audit}')"
	for engine in $ENGINES; do
		runs "$engine" evil
		last=$(last_create)
		assert_equal "$engine $(jq -c '[.applied[-1], .trust.trusted]' <<<"$last")" "$engine [\"exception one\",false]"
		assert_contains "$(jq -r '.notes[]' <<<"$last")" "$UNSIGNED"
		refuses "$engine" plain "$UNSIGNED"
	done
}

@test "an exception for a signer holds for what this signer signed, and for nothing else" {
	local engine user
	MATCH='registry.example/strict/**' EXTENDS=restricted trust_policy 'signed-by: third' 'unmatched: audit' \
		"$(exception 'signed-by: release' 'controls: {user: {action: audit}}')"
	import_signed "$SCRATCH/good" release
	import_signed "$SCRATCH/evil" other
	for engine in $ENGINES; do
		"by_$engine" evil bare id -u
		assert_equal "$engine $output" "$engine 0"
		for image in good evil plain; do
			"by_$engine" "$image" oci-harden id -u
			[ "$image" = good ] && user=0 || user=65532
			assert_equal "$engine $image $status $output" "$engine $image 0 $user"
		done
	done
}

@test "an exception for a signer does not make up for a signature of another's that is demanded" {
	local engine
	trust_policy 'signed-by: release' 'unmatched: audit' \
		"$(exception 'signed-by: other, image: "registry.example/evil"' 'trust: {action: audit}')"
	import_signed "$SCRATCH/evil" other
	import_signed "$SCRATCH/good" other
	for engine in $ENGINES; do
		runs "$engine" evil
		refuses "$engine" good "$UNSIGNED"
	done
}

@test "audit mode: what would be refused runs, and the log says what was missing" {
	local engine
	trust_policy 'signed-by: release' 'unmatched: audit' 'mode: audit'
	for engine in $ENGINES; do
		runs "$engine" evil
		assert_equal "$engine $(last_create | jq -r '.verdict, .trust.trusted' | xargs)" \
			"$engine audited false"
	done
}

@test "a scope for an engine, and for a namespace of pods" {
	trust_policy 'signed-by: release' 'unmatched: audit' \
		'scopes: [{for: {engine: docker}, trust: {images: [{match: "**", signed-by: other}]}},
  {for: {engine: cri, namespace: tests}, trust: {images: [{match: "registry.example/**", signed-by: third}]}}]'
	import_signed "$SCRATCH/good" release
	refuses docker good "asks for a signature by 1 of other"
	refuses cri good "asks for a signature by 1 of third"
	runs containerd good
	runs podman good
	import_signed "$SCRATCH/good" other third
	runs docker good
	runs cri good
}

@test "two of three signers: one is not enough, nor one twice" {
	local engine
	trust_policy 'signed-by: {at-least: 2, of: [release, other, third]}' 'unmatched: audit'
	for engine in $ENGINES; do
		forget_all
		import_signed "$SCRATCH/good" release release
		refuses "$engine" good "asks for a signature by 2 of release, other, third"
		import_signed "$SCRATCH/good" third
		runs "$engine" good
	done
}

# scanned RESULT DATE: an attestation of a scan that finished then.
scanned()
{
	jq --arg finished "$(date -u -d "$2" +%Y-%m-%dT%H:%M:%SZ)" ".metadata.scanFinishedOn = \$finished | $1" \
		"$REPOSITORY/policy/trust/cases/vulnerability/trivy.json" >"$SCRATCH/predicate"
	"$REPOSITORY/integration/trust/attach" attestation --key "$SCRATCH/third.key" --predicate "$SCRATCH/predicate" \
		--type https://cosign.sigstore.dev/attestation/vuln/v1 "$SCRATCH/signed"
	"$HARDENCTL" trust import "$SCRATCH/signed"
}

@test "Docker: a bad scan refuses, an older clean one does not hide it, a later one lets it run" {
	local found='CVE-2021-28831 in "busybox" (score 7.5, high, fixed upstream)'
	trust_policy 'signed-by: release, vulnerabilities: {scanner: third, max-cvss: 6.9, max-age: 7d, unknown: allow}' \
		'unmatched: audit'
	import_signed "$SCRATCH/good" release
	refuses docker good 'no vulnerability scan of this image by "third"'
	scanned . '2 hours ago'
	refuses docker good "$found"
	scanned '.scanner.result.Results = []' '3 hours ago'
	refuses docker good "$found"
	scanned '.scanner.result.Results = []' '1 hour ago'
	runs docker good
	# what found nothing says nothing of who signed
	forget_all
	rm -rf "$SCRATCH/signed"
	"$REPOSITORY/integration/trust/sign" "$SCRATCH/good" "$SCRATCH/signed" >/dev/null
	scanned '.scanner.result.Results = []' '1 hour ago'
	refuses docker good "$UNSIGNED"
}

@test "hardenctl why says why an image was not trusted, hardenctl exception what lets this one run" {
	local engine decision
	trust_policy 'signed-by: release' 'unmatched: audit'
	for engine in $ENGINES; do
		refuses "$engine" evil "$UNSIGNED"
		decision=$(last_create | jq -r .id)
		run "$HARDENCTL" why "$decision"
		assert_equal "$engine $status" "$engine 0"
		assert_contains "$output" "$UNSIGNED"
		assert_equal "$(jq -c "select(.id == \"$decision\").trust" /var/log/oci-harden/decisions.jsonl)" \
			'{"trusted":false,"denied":false,"matched":true,"signers":[],"named-by":null,"one-hand":null,"cached":false}'

		# the way out that hardenctl prints
		trust_policy 'signed-by: release' 'unmatched: audit' "$("$HARDENCTL" exception "$decision")"
		runs "$engine" evil
		refuses "$engine" plain "$UNSIGNED"
		trust_policy 'signed-by: release' 'unmatched: audit'
	done
}

# excepted: what hardenctl prints for the last decision, bound to the signers in the place of the digest.
excepted()
{
	"$HARDENCTL" exception "$(last_create | jq -r .id)" | sed '/^    for: /d; s/^    # for: /    for: /'
}

@test "hardenctl exception: bound to all that have signed an image, and have named its repository" {
	local demand='signed-by: {at-least: 3, of: [release, other, third]}' missing='by 3 of release, other, third'
	trust_policy "$demand" 'unmatched: audit'
	import_signed "$SCRATCH/good" release other
	import_signed "$SCRATCH/evil" release
	refuses docker good "$missing"
	assert_contains "$(excepted)" 'for: {signed-by: {at-least: 2, of: ['
	assert_contains "$(excepted)" ']}, image: "registry.example/good"}'
	trust_policy "$demand" 'unmatched: audit' "$(excepted)"
	runs docker good
	# two names of one hand count once
	last_create | jq -c '.id = "0123456789ab" | .trust.signers = ["release", "other"] | .trust."named-by" = .trust.signers |
		.trust."one-hand" = [["other", "release"]] | .verdict = "refused"' >>/var/log/oci-harden/decisions.jsonl
	assert_contains "$("$HARDENCTL" exception 0123456789ab)" 'for: {signed-by: release, image: "registry.example/good"}'
	# what one of them signed alone, or both for another name, is not excepted
	forget_all
	import_signed "$SCRATCH/good" release
	refuses docker good "$missing"
	import_signed "$SCRATCH/evil" release other
	refuses docker evil "$missing"

	# only who names the repository can be bound to it
	trust_policy "$demand" 'unmatched: audit'
	forget_all
	import_signed "$SCRATCH/good" release
	import_signed_for elsewhere.example/good "$SCRATCH/good" other
	refuses docker good "$missing"
	assert_equal "$(last_create | jq -c '.trust | [(.signers | sort), ."named-by"]')" '[["other","release"],["release"]]'
	assert_contains "$(excepted)" 'for: {signed-by: release, image: "registry.example/good"}'
	trust_policy "$demand" 'unmatched: audit' "$(excepted)"
	runs docker good

	# nobody does
	trust_policy "$demand" 'unmatched: audit'
	forget_all
	import_signed_for elsewhere.example/good "$SCRATCH/good" other release
	refuses docker good "$missing"
	assert_contains "$(excepted)" 'for: {signed-by: {at-least: 2, of: ['
	assert_lacks "$(excepted)" ', image: '
	trust_policy "$demand" 'unmatched: audit' "$(excepted)"
	runs docker good
	refuses docker plain "$missing"
	assert_lacks "$("$HARDENCTL" exception "$(last_create | jq -r .id)")" signed-by
}
