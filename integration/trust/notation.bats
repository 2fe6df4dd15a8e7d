#!/usr/bin/env bats
# Signatures by certificates as notation makes them, and what a scanner found, under a real
# containerd, by ctr.

load ../lib/engines.bash
load trust.bash

PREDICATES=$REPOSITORY/policy/trust/cases/vulnerability
VULN=https://cosign.sigstore.dev/attestation/vuln/v1
SUBJECT="CN=partner, O=Example, C=DE"

setup_file()
{
	scratch_begin trust-notation || return 1
	make_rootfs "$SCRATCH/rootfs"
	oci_image good && oci_image evil || return 1
	make_key scan && make_key vendor || return 1
	make_certificate partner && make_certificate stranger || return 1
	start_containerd "$RUNTIME" || return 1
	client images import "$SCRATCH/good.tar" >/dev/null
	client images import "$SCRATCH/evil.tar" >/dev/null
}

teardown_file()
{
	stop_containerd
	scratch_end
}

setup()
{
	NAME=c$BATS_TEST_NUMBER
	rm -rf "$SCRATCH/signed"
	"$REPOSITORY/integration/trust/sign" "$SCRATCH/good" "$SCRATCH/signed" >"$SCRATCH/digest"
}

teardown()
{
	[ -n "${BATS_TEST_COMPLETED:-}" ] || dump_logs
	client tasks rm -f "$NAME" >/dev/null 2>&1 || true
	client containers rm "$NAME" >/dev/null 2>&1 || true
	forget_all
}

client()
{
	ctr --address "$CONTAINERD_SOCKET" "$@"
}

# make_certificate NAME: a certificate that signed itself, for signing code, and its RSA key.
# All have the same subject.
make_certificate()
{
	printf '%s\n' '[req]' 'distinguished_name=name' 'prompt=no' 'x509_extensions=leaf' '[name]' 'C=DE' 'O=Example' \
		'CN=partner' '[leaf]' 'keyUsage=critical,digitalSignature' 'extendedKeyUsage=codeSigning' \
		>"$SCRATCH/$1.cnf"
	openssl req -x509 -newkey rsa:2048 -nodes -sha256 -days 2 -config "$SCRATCH/$1.cnf" \
		-keyout "$SCRATCH/$1.key" -out "$SCRATCH/$1.crt" 2>/dev/null
}

# policy DEMANDS: of registry.example/**, with all signers that there are here.
policy()
{
	mkdir -p /etc/oci-harden
	cp "$SCRATCH"/{scan,vendor}.pub "$SCRATCH/partner.crt" /etc/oci-harden/
	cat >/etc/oci-harden/policy.yaml <<-END
		version: 1
		extends: baseline
		controls:
		  apparmor: {action: audit}
		trust:
		  signers:
		    scan: {key: scan.pub}
		    vendor: {key: vendor.pub}
		    partner: {notation-store: partner.crt, subject: "${SIGNER:-$SUBJECT}"}
		  images:
		    - {match: "registry.example/**", $1}
	END
	"$HARDENCTL" policy apply >"$SCRATCH/apply.log" 2>&1 || { cat "$SCRATCH/apply.log" >&2; return 1; }
}

attach()
{
	"$REPOSITORY/integration/trust/attach" "$@" "$SCRATCH/signed"
}

known()
{
	"$HARDENCTL" trust import "$SCRATCH/signed"
}

start()
{
	run client run --rm --runc-binary "$RUNTIME" "$1" "$NAME" cat /name
}

@test "an image that a partner's certificate signed runs, another does not" {
	policy 'signed-by: partner'
	attach notation --key "$SCRATCH/partner.key" --certificate "$SCRATCH/partner.crt"
	start registry.example/good:1
	[ "$status" -ne 0 ]
	known
	start registry.example/good:1
	assert_equal "$status" 0
	assert_equal "$output" good
	assert_equal "$(trust_of_last)" '[true,true,["partner"]]'
	start registry.example/evil:1
	[ "$status" -ne 0 ]
	assert_contains "$output" "asks for a signature by 1 of partner"
}

@test "a certificate of the same name that is not in the trust store does not count" {
	policy 'signed-by: partner'
	attach notation --key "$SCRATCH/stranger.key" --certificate "$SCRATCH/stranger.crt"
	# nor one of the trust store beside another's signature
	attach notation --key "$SCRATCH/stranger.key" --certificate "$SCRATCH/partner.crt"
	known
	start registry.example/good:1
	[ "$status" -ne 0 ]
	assert_contains "$output" "asks for a signature by 1 of partner"
	assert_contains "$("$HARDENCTL" verify --name registry.example/good:1 "$(cat "$SCRATCH/digest")")" \
		"its signature is not by its certificate's key"
}

@test "a subject of which the policy names a part does not count" {
	SIGNER="CN=partner, O=Example" policy 'signed-by: partner'
	attach notation --key "$SCRATCH/partner.key" --certificate "$SCRATCH/partner.crt"
	known
	start registry.example/good:1
	[ "$status" -ne 0 ]
	assert_contains "$output" "has C, which the policy's subject does not name"
}

@test "what the signature says of the image can be demanded" {
	policy 'signed-by: partner, annotations: {build: "7"}'
	attach notation --key "$SCRATCH/partner.key" --certificate "$SCRATCH/partner.crt" --metadata build=6
	known
	start registry.example/good:1
	[ "$status" -ne 0 ]
	attach notation --key "$SCRATCH/partner.key" --certificate "$SCRATCH/partner.crt" --metadata build=7
	known
	start registry.example/good:1
	assert_equal "$output" good
}

# scanned RESULT [DATE]: by trivy, finished now or on DATE (as date(1) takes it).
scanned()
{
	jq --arg finished "$(date -u -d "${2:-now}" +%Y-%m-%dT%H:%M:%SZ)" ".metadata.scanFinishedOn = \$finished | $1" \
		"$PREDICATES/trivy.json" >"$SCRATCH/predicate"
	attach attestation --key "$SCRATCH/scan.key" --type "$VULN" --predicate "$SCRATCH/predicate"
	known
}

@test "the newest scan decides" {
	policy 'vulnerabilities: {scanner: scan, max-cvss: 6.9, max-age: 7d, unknown: allow}'
	start registry.example/good:1
	[ "$status" -ne 0 ]
	assert_contains "$output" 'no vulnerability scan of this image by "scan"'
	scanned '.scanner.result.Results = []' '2 hours ago'
	start registry.example/good:1
	assert_equal "$output" good
	scanned . '1 hour ago'
	start registry.example/good:1
	[ "$status" -ne 0 ]
	assert_contains "$output" 'CVE-2021-28831 in "busybox" (score 7.5, high, fixed upstream)'
	scanned '.scanner.result.Results = []' '30 minutes ago'
	start registry.example/good:1
	assert_equal "$output" good
	scanned '.scanner.result = {}' '10 minutes ago'
	start registry.example/good:1
	[ "$status" -ne 0 ]
	assert_contains "$output" "cannot be read"
}

@test "a scan that is too old or from the future does not count" {
	policy 'vulnerabilities: {scanner: scan, max-cvss: 6.9, max-age: 7d}'
	scanned '.scanner.result.Results = []' '8 days ago'
	start registry.example/good:1
	[ "$status" -ne 0 ]
	assert_contains "$output" "longer ago than max-age 7d"
	scanned '.scanner.result.Results = []' 'tomorrow'
	start registry.example/good:1
	[ "$status" -ne 0 ]
	assert_contains "$output" "which is in the future"
}

@test "the ignore list and OpenVEX set a finding aside" {
	scanned . '1 hour ago'
	policy 'vulnerabilities: {scanner: scan, max-cvss: 6.9, max-age: 7d, unknown: allow, ignore: [{id: CVE-2021-28831, reason: not reachable, expires: 2099-12-31}]}'
	start registry.example/good:1
	assert_equal "$output" good
	policy 'vulnerabilities: {scanner: scan, max-cvss: 6.9, max-age: 7d, unknown: allow, vex: vendor}'
	start registry.example/good:1
	[ "$status" -ne 0 ]
	jq --arg digits "$(cut -d: -f2 "$SCRATCH/digest")" --arg now "$(date -u +%Y-%m-%dT%H:%M:%SZ)" \
		'.timestamp = $now | .statements[0].products = [{hashes: {"sha-256": $digits}}]' \
		"$PREDICATES/openvex.json" >"$SCRATCH/predicate"
	attach attestation --key "$SCRATCH/scan.key" --type https://openvex.dev/ns/v0.2.0 --predicate "$SCRATCH/predicate"
	known
	start registry.example/good:1
	[ "$status" -ne 0 ]
	attach attestation --key "$SCRATCH/vendor.key" --type https://openvex.dev/ns/v0.2.0 --predicate "$SCRATCH/predicate"
	known
	start registry.example/good:1
	assert_equal "$output" good
}
