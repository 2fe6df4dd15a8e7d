#!/usr/bin/env bats
# A registry that means harm: whatever it does, fetching ends soon, says what was wrong,
# and stores nothing.

bats_require_minimum_version 1.5.0
load ../lib/engines.bash
load registry.bash

setup_file()
{
	scratch_begin hostile || return 1
	network_start || return 1
	certificates_make "$SCRATCH/certificates"
	sed '$a 127.0.0.1 localtest.example' /etc/hosts >"$SCRATCH/hosts"
	mount --bind "$SCRATCH/hosts" /etc/hosts
}

teardown_file()
{
	umount /etc/hosts || true
	network_stop
	scratch_end
}

teardown()
{
	registry_stop
	rm -rf "$SCRATCH/store"
}

# refused FAULT SENTENCE [OPTION…]: the fault alone, against a registry that does not
# stand on loopback.
refused()
{
	local fault=$1 sentence=$2
	shift 2
	registry_start --address "$ELSEWHERE" --fault "$fault" --tag "1=$SIGNED" "$@" "$LAYOUTS/save31" "$LAYOUTS/image" ||
		return 1
	fetch --plain-http --timeout 20s "$ELSEWHERE:$PORT/tiny:1"
	assert_equal "$status" 3 || { echo "$output $stderr" >&2; return 1; }
	assert_contains "$stderr" "$sentence" || return 1
	assert_equal "$output" '' || return 1
	[ ! -e "$SCRATCH/store" ]
}

@test "the registry itself is fine" {
	registry_start --address "$ELSEWHERE" --tag "1=$SIGNED" "$LAYOUTS/save31" "$LAYOUTS/image"
	fetch --plain-http "$ELSEWHERE:$PORT/tiny:1"
	assert_equal "$status" 0
	assert_contains "$output" '3 Sigstore bundles'
}

@test "a manifest without an end" {
	refused endless-manifest 'more than is taken'
}

@test "a blob without an end" {
	refused endless-blob 'more than is taken'
}

@test "a body that comes a byte at a time" {
	registry_start --address "$ELSEWHERE" --fault slow-body --tag "1=$SIGNED" "$LAYOUTS/image"
	fetch --plain-http --timeout 3s "$ELSEWHERE:$PORT/tiny:1"
	assert_equal "$status" 3
	assert_contains "$stderr" 'timed out'
	[ ! -e "$SCRATCH/store" ]
}

@test "headers that come a byte at a time" {
	registry_start --address "$ELSEWHERE" --fault slow-headers --tag "1=$SIGNED" "$LAYOUTS/image"
	fetch --plain-http --timeout 3s "$ELSEWHERE:$PORT/tiny:1"
	assert_equal "$status" 3
	assert_contains "$stderr" 'timed out'
	[ ! -e "$SCRATCH/store" ]
}

@test "fewer bytes than Content-Length says" {
	refused short-body '100 bytes remaining to read'
}

@test "megabytes of headers" {
	refused huge-headers 'more than is taken'
}

@test "a blob with other bytes" {
	refused other-blob 'the registry answers with other bytes'
}

@test "a manifest with other bytes than its digest says" {
	registry_start --address "$ELSEWHERE" --fault other-manifest "$LAYOUTS/image"
	fetch --plain-http "$ELSEWHERE:$PORT/tiny@$SIGNED"
	assert_equal "$status" 3
	assert_contains "$stderr" 'the registry answers with other bytes'
}

@test "a header with another digest than the bytes have" {
	refused wrong-header-digest 'the registry says sha256:e3b0c4'
}

@test "a manifest that is called a web page" {
	refused wrong-type 'a Content-Type that is none'
}

@test "a manifest that is called an index" {
	refused index-as-manifest 'which it is not'
}

@test "a document that is a manifest and an index (CVE-2021-41190)" {
	refused both-kinds 'manifests'
}

@test "a body that is compressed though nobody asked" {
	refused compressed 'a Content-Encoding that was not asked for'
}

@test "a redirect to a file" {
	refused to-file 'none for http and https'
}

@test "a redirect to a cloud's metadata" {
	refused to-metadata '169.254.169.254, which is an address internal to this host or its link'
}

@test "a redirect to a name that leads to loopback" {
	refused to-loopback-by-name 'localtest.example, which is an address internal to this host or its link'
}

@test "a redirect from TLS to none" {
	refused to-http 'to http://storage.example, without TLS: refused'
}

@test "a redirect with a user and a password in it" {
	refused to-user 'a user or password in it'
}

@test "a redirect to itself" {
	refused loop 'redirects more than 5 times'
}

@test "thousands of referrers" {
	refused thousands-of-referrers 'more than 512 referrers'
}

@test "thousands of pages" {
	refused thousands-of-pages 'more than 16 pages'
}

@test "a list that goes on at another registry" {
	refused page-elsewhere 'goes on elsewhere: refused'
}

@test "a Link header that is none" {
	refused broken-link 'Link header does not follow RFC 8288'
}

@test "a list of referrers that is a web page" {
	refused html-referrers "the registry's list of referrers"
}

@test "a challenge that is none" {
	refused broken-challenge 'WWW-Authenticate header does not follow RFC 9110'
}

@test "a registry that is busy for hours" {
	refused busy-for-hours 'asks to come back in 7200 seconds'
}

@test "a registry that only fails" {
	refused failing 'answers with status 503'
}

# With TLS, since a token server without it is refused before.
@test "token servers: an endless token, one with a header in it, none, a redirect" {
	local fault
	printf '{"auths":{"%s":{"auth":"dXNlcjpzZWNyZXQ="}}}' "$ELSEWHERE" >"$SCRATCH/auth.json"
	for fault in endless-token:'more than is taken' header-in-token:'characters that no header can have' \
		no-token:'has no token' token-redirect:'answers with status 302'; do
		registry_start --address "$ELSEWHERE" --certificate "$SCRATCH/certificates/both.pem" --auth token \
			--fault "${fault%%:*}" --tag "1=$SIGNED" "$LAYOUTS/image"
		fetch --ca "$SCRATCH/certificates/authority.pem" "$ELSEWHERE:$PORT/tiny:1"
		assert_equal "$status" 3
		assert_contains "$stderr" "${fault#*:}"
		[ ! -e "$SCRATCH/store" ]
	done
}

@test "token servers: one without TLS, one on loopback, the metadata address; none is asked" {
	local realm
	export REGISTRY_AUTH_FILE=$SCRATCH/auth.json
	for realm in http://token.example/token https://127.0.0.1:1/token https://169.254.169.254/token; do
		registry_start --address "$ELSEWHERE" --certificate "$SCRATCH/certificates/both.pem" --auth token \
			--realm "$realm" --tag "1=$SIGNED" "$LAYOUTS/image"
		printf '{"auths":{"%s":{"auth":"dXNlcjpzZWNyZXQ="}}}' "$ELSEWHERE:$PORT" >"$SCRATCH/auth.json"
		fetch --ca "$SCRATCH/certificates/authority.pem" "$ELSEWHERE:$PORT/tiny:1"
		assert_equal "$status" 3
		assert_contains "$stderr" 'token server: the registry sends us'
		assert_contains "$stderr" 'refused'
	done
}

@test "who talks to the registry has no privilege, no other file, and starts nothing" {
	registry_start --address "$ELSEWHERE" --fault slow-body --tag "1=$SIGNED" "$LAYOUTS/image"
	in_network "$HARDENCTL" trust fetch --store "$SCRATCH/store" --plain-http --timeout 8s "$ELSEWHERE:$PORT/tiny:1" \
		>/dev/null 2>&1 3>&- &
	local child
	wait_until 5 grep -q manifests "$REQUESTS"
	child=$(pgrep -u 65534 -x hardenctl)
	assert_equal "$(status_of Uid "$(cat "/proc/$child/status")")" 65534
	for set in CapPrm CapEff CapAmb; do
		assert_equal "$(status_of "$set" "$(cat "/proc/$child/status")")" 0000000000000000
	done
	assert_equal "$(status_of NoNewPrivs "$(cat "/proc/$child/status")")" 1
	assert_equal "$(status_of Seccomp "$(cat "/proc/$child/status")")" 2
	assert_equal "$(readlink "/proc/$child/fd/2")" /dev/null
	fails grep -q . < <(find "/proc/$child/fd" -lname '/*' ! -lname /dev/null)
	# it ends with whoever asked for it
	pkill -u 0 -x hardenctl
	wait_until 5 process_gone "$child"
}
