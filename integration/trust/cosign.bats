#!/usr/bin/env bats
# What real cosign 2.5 and 3.1 sign during the test, in docker-registry, is fetched and runs
# under a real dockerd that pulled the image. Where this machine cannot have them, kept.bats
# has what they made.

bats_require_minimum_version 1.5.0
load ../lib/engines.bash
load ../registry/registry.bash
load trust.bash

MATCH='127.0.0.1:5000/**'

setup_file()
{
	scratch_begin trust-cosign || return 1
	network_start || return 1
	start_dockerd_in_network || return 1
	distribution_start || return 1
	export DISTRIBUTION_PID
}

teardown_file()
{
	stop_dockerd
	distribution_stop
	network_stop
	scratch_end
}

setup()
{
	NAME=app-$BATS_TEST_NUMBER
	echo '{"mediaType":"application/vnd.dev.sigstore.signingconfig.v0.2+json","rekorTlogConfig":{},"tsaConfig":{}}' \
		>"$SCRATCH/no-services.json"
}

teardown()
{
	[ -n "${BATS_TEST_COMPLETED:-}" ] || dump_logs
	forget_all
}

# cosign_has VERSION: cosign of that version and two key pairs that it made, or a skip.
cosign_has()
{
	later "cosign-$1"
	VERSION=$1
	local key
	for key in release other; do
		rm -f "$SCRATCH/$key".{key,pub}
		cosign generate-key-pair --output-key-prefix "$SCRATCH/$key"
	done
}

# In a network where nothing but the registry answers.
cosign()
{
	in_network env HOME="$SCRATCH/home" COSIGN_PASSWORD= "$LATER/usr/bin/cosign" "$@" >>"$SCRATCH/cosign.out" 2>&1 ||
		{ cat "$SCRATCH/cosign.out" >&2; return 1; }
}

# by_cosign sign|attest [OPTION…]: what was pushed last, with the key $KEY or release.key and
# without any service.
by_cosign()
{
	local command=$1 options=(--tlog-upload=false)
	shift
	[ "$VERSION" = 2 ] || options=(--signing-config "$SCRATCH/no-services.json")
	[ -z "${CLASSIC:-}" ] || options=(--tlog-upload=false --use-signing-config=false --new-bundle-format=false)
	cosign "$command" --yes --key "$SCRATCH/${KEY:-release}.key" "${options[@]}" "$@" "127.0.0.1:5000/$NAME@$DIGEST"
}

fetched()
{
	run in_network "$HARDENCTL" trust fetch "127.0.0.1:5000/$NAME:1"
	assert_equal "$status" 0
	assert_contains "$output" "$1"
}

start()
{
	run "$DOCKER" run --rm --runtime "${1:-oci-harden}" --network none "127.0.0.1:5000/$NAME:1" cat /name
}

refuses()
{
	start
	assert_equal "$status" 125
	assert_contains "$output" "$1"
}

runs()
{
	start
	assert_equal "$status" 0
	assert_equal "$output" "$NAME:1"
}

pulled()
{
	push_image "$NAME:1"
	"$DOCKER" pull -q "127.0.0.1:5000/$NAME:1"
	start bare
	assert_equal "$output" "$NAME:1"
}

# signed_runs WHAT: unsigned, signed by another key, signed.
signed_runs()
{
	trust_policy 'signed-by: release'
	pulled
	refuses "asks for a signature by 1 of release"
	KEY=other by_cosign sign
	fetched "1 $1"
	refuses "asks for a signature by 1 of release"
	by_cosign sign -a env=prod
	fetched "2 $1"
	runs
	trust_policy 'signed-by: release, annotations: {env: prod}'
	runs
	trust_policy 'signed-by: release, annotations: {env: test}'
	refuses annotations

	# another image under the signed name
	trust_policy 'signed-by: release'
	push_image "$NAME-evil:1"
	"$DOCKER" pull -q "127.0.0.1:5000/$NAME-evil:1"
	"$DOCKER" tag "127.0.0.1:5000/$NAME-evil:1" "127.0.0.1:5000/$NAME:1"
	start bare
	assert_equal "$output" "$NAME-evil:1"
	refuses "asks for a signature by 1 of release"
}

@test "cosign 2.5, a key pair: signed runs, unsigned and another's is refused" {
	cosign_has 2
	signed_runs 'cosign signature'
}

@test "cosign 3.1, a key pair, bundles as referrers: signed runs, unsigned and another's is refused" {
	cosign_has 3
	signed_runs 'Sigstore bundle'
}

@test "cosign 3.1, a key pair, as cosign 2 does it: signed runs, unsigned and another's is refused" {
	cosign_has 3
	CLASSIC=yes signed_runs 'cosign signature'
}

# attested_runs: a scan that found something, a later one that found nothing, and what is no
# signature of the image.
attested_runs()
{
	SIGNERS=(release other)
	local predicate=$REPOSITORY/policy/trust/cases/vulnerability/trivy.json finished
	trust_policy 'vulnerabilities: {scanner: other, max-cvss: 6.9, max-age: 7d, unknown: allow}'
	pulled
	refuses 'no vulnerability scan of this image by "other"'
	for finished in '2 hours ago' '1 hour ago'; do
		jq --arg finished "$(date -u -d "$finished" +%Y-%m-%dT%H:%M:%SZ)" '.metadata.scanFinishedOn = $finished' \
			"$predicate" >"$SCRATCH/predicate"
		KEY=other by_cosign attest --type vuln --predicate "$SCRATCH/predicate"
		fetched "$1"
		[ "$finished" = '1 hour ago' ] || refuses 'CVE-2021-28831 in "busybox" (score 7.5, high, fixed upstream)'
		predicate=$SCRATCH/clean
		jq '.scanner.result.Results = []' "$REPOSITORY/policy/trust/cases/vulnerability/trivy.json" >"$predicate"
	done
	runs

	# the key that attested did not sign
	SIGNERS=(other)
	trust_policy 'signed-by: other'
	refuses "asks for a signature by 1 of other"
}

@test "cosign 2.5, attestations: a scan that found something refuses, a later clean one lets it run" {
	cosign_has 2
	attested_runs 'attestation'
}

@test "cosign 3.1, attestations: a scan that found something refuses, a later clean one lets it run" {
	cosign_has 3
	attested_runs 'Sigstore bundle'
}
