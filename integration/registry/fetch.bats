#!/usr/bin/env bats
# hardenctl trust fetch: from Debian's docker-registry and from a registry of our own
# that has what this one lacks (referrers, tokens, blobs stored elsewhere).

bats_require_minimum_version 1.5.0
load ../lib/engines.bash
load registry.bash

setup_file()
{
	scratch_begin fetch || return 1
	network_start || return 1
	certificates_make "$SCRATCH/certificates"
	mkdir -p /etc/docker
	mount -t tmpfs oci-harden-test /etc/docker
}

teardown_file()
{
	umount /etc/docker
	network_stop
	scratch_end
}

setup()
{
	export HOME=$SCRATCH/home
	mkdir -p "$HOME/.docker"
}

teardown()
{
	registry_stop
	distribution_stop
	rm -rf "$SCRATCH/store" "$SCRATCH/home" "$SCRATCH/distribution" /etc/docker/certs.d
}

@test "docker-registry: an unsigned image, then a signed one, by tag and by digest" {
	distribution_start
	push team/app:1
	fetch 127.0.0.1:5000/team/app:1
	assert_equal "$status" 1
	assert_equal "$output" "127.0.0.1:5000/team/app:1: $DIGEST, 1 manifest: nothing that is signed"

	push_signature team/app "$DIGEST"
	fetch 127.0.0.1:5000/team/app:1
	assert_equal "$status" 0
	assert_contains "$output" '1 cosign signature'
	stored "$DIGEST"
	fetch --json "127.0.0.1:5000/team/app@$DIGEST"
	assert_equal "$status" 0
	assert_equal "$(jq -r '[.digest, .manifests, .statements["cosign signature"]] | @tsv' <<<"$output")" "$DIGEST	1	1"
	fetch --quiet 127.0.0.1:5000/team/app:1
	assert_equal "$status$output$stderr" 0
}

@test "no such tag, no such repository, nobody there" {
	distribution_start
	push app:1
	fetch 127.0.0.1:5000/app:2
	assert_equal "$status" 2
	assert_contains "$stderr" '127.0.0.1:5000 has no'
	fetch 127.0.0.1:5000/other:1
	assert_equal "$status" 2
	fetch 127.0.0.1:1/app:1
	assert_equal "$status" 3
	assert_contains "$stderr" "127.0.0.1:1: "
	[ ! -e "$SCRATCH/store" ]
}

@test "docker-registry with a password: by docker's config.json; without one it is said how" {
	mkdir -p "$SCRATCH/distribution"
	/usr/bin/python3 -W ignore -c 'import crypt; print("user:" + crypt.crypt("secret", crypt.mksalt(crypt.METHOD_BLOWFISH)))' \
		>"$SCRATCH/htpasswd"
	distribution_start "auth: {htpasswd: {realm: test, path: $SCRATCH/htpasswd}}"
	CREDENTIALS=user:secret
	push app:1
	push_signature app "$DIGEST"
	fetch 127.0.0.1:5000/app:1
	assert_equal "$status" 2
	assert_contains "$stderr" 'log in with docker login'
	printf '{"auths":{"127.0.0.1:5000":{"auth":"%s"}}}' "$(printf user:secret | base64)" >"$HOME/.docker/config.json"
	fetch 127.0.0.1:5000/app:1
	assert_equal "$status" 0
	printf '{"auths":{"127.0.0.1:5000":{"auth":"%s"}}}' "$(printf user:canary | base64)" >"$HOME/.docker/config.json"
	fetch 127.0.0.1:5000/app:1
	assert_equal "$status" 2
	assert_lacks "$stderr$output" canary
}

@test "a file with credentials that is not root's is refused" {
	registry_start --auth basic --tag "1=$SIGNED" "$LAYOUTS/image"
	printf '{"auths":{}}' >"$HOME/.docker/config.json"
	chown 65534 "$HOME/.docker/config.json"
	fetch "127.0.0.1:$PORT/tiny:1"
	assert_equal "$status" 3
	assert_contains "$stderr" config.json
}

@test "an index: every platform's manifest, configuration and signatures, or one platform's" {
	local index=sha256:72d2cfa205fb882c8221205ebf080a3b2c74b227d85afed33084179b3f642d40
	registry_start --tag "1=$index" --tag "${index/:/-}.sig=sha256:$(cosign_index_signature)" "$LAYOUTS/save25i" \
		"$LAYOUTS/image"
	fetch "127.0.0.1:$PORT/tiny:1"
	assert_equal "$status" 0
	assert_contains "$output" "$index, 2 manifests: 1 cosign signature"
	fetch --platform linux/arm64 "127.0.0.1:$PORT/tiny:1"
	assert_contains "$output" "$index, 1 manifest: 1 cosign signature"
	fetch --platform windows/amd64 "127.0.0.1:$PORT/tiny:1"
	assert_equal "$status" 2
	assert_contains "$stderr" 'has no manifest for windows/amd64'
}

# The digest of the manifest in that layout whose layers are signatures.
cosign_index_signature()
{
	grep -l simplesigning "$LAYOUTS"/save25i/blobs/sha256/* | head -n 1 | xargs basename
}

@test "referrers: by the interface, page by page, and by the tag of older registries" {
	registry_start --page 1 --tag "1=$SIGNED" "$LAYOUTS/save31"
	fetch "127.0.0.1:$PORT/tiny:1"
	assert_equal "$status" 0
	assert_contains "$output" '3 Sigstore bundles'
	assert_equal "$(jq -r .path "$REQUESTS" | grep -c from=)" 2
	rm -rf "$SCRATCH/store"
	registry_start --referrers tag --tag "1=$SIGNED" "$LAYOUTS/save31"
	fetch "127.0.0.1:$PORT/tiny:1"
	assert_equal "$status" 0
	assert_contains "$output" '3 Sigstore bundles'
}

@test "no layer of an image is fetched" {
	registry_start --tag "1=$SIGNED" "$LAYOUTS/save31" "$LAYOUTS/image"
	fetch "127.0.0.1:$PORT/tiny:1"
	assert_equal "$status" 0
	assert_lacks "$(cat "$REQUESTS")" 39315a5b09087572de7d6c2b6fdfee0887c76c53ffea633074f8221ec065029e
	assert_lacks "$(cat "$REQUESTS")" fd4db45ddb87e94ec00990dfe6770d4b439ddfcb82b8ac9d356407ec07bf3b6b
}

@test "TLS by a private authority: refused without, taken by --ca and by certs.d" {
	registry_start --address "$ELSEWHERE" --certificate "$SCRATCH/certificates/both.pem" --tag "1=$SIGNED" \
		"$LAYOUTS/save31"
	fetch "$ELSEWHERE:$PORT/tiny:1"
	assert_equal "$status" 3
	assert_contains "$stderr" --ca
	fetch --ca "$SCRATCH/certificates/authority.pem" "$ELSEWHERE:$PORT/tiny:1"
	assert_equal "$status" 0
	mkdir -p "/etc/docker/certs.d/$ELSEWHERE:$PORT"
	cp "$SCRATCH/certificates/authority.pem" "/etc/docker/certs.d/$ELSEWHERE:$PORT/ca.crt"
	fetch "$ELSEWHERE:$PORT/tiny:1"
	assert_equal "$status" 0
}

@test "a registry without TLS that is not on loopback needs --plain-http" {
	registry_start --address "$ELSEWHERE" --tag "1=$SIGNED" "$LAYOUTS/save31"
	fetch "$ELSEWHERE:$PORT/tiny:1"
	assert_equal "$status" 3
	assert_contains "$stderr" --plain-http
	fetch --plain-http "$ELSEWHERE:$PORT/tiny:1"
	assert_equal "$status" 0
}

@test "a client's certificate is shown to the registry that asks for one" {
	registry_start --address "$ELSEWHERE" --certificate "$SCRATCH/certificates/both.pem" \
		--client-authority "$SCRATCH/certificates/authority.pem" --tag "1=$SIGNED" "$LAYOUTS/save31"
	fetch --ca "$SCRATCH/certificates/authority.pem" "$ELSEWHERE:$PORT/tiny:1"
	assert_equal "$status" 3
	mkdir -p "/etc/docker/certs.d/$ELSEWHERE:$PORT"
	cp "$SCRATCH/certificates/client.pem" "/etc/docker/certs.d/$ELSEWHERE:$PORT/client.cert"
	cp "$SCRATCH/certificates/client.key" "/etc/docker/certs.d/$ELSEWHERE:$PORT/client.key"
	fetch --ca "$SCRATCH/certificates/authority.pem" "$ELSEWHERE:$PORT/tiny:1"
	assert_equal "$status" 0
}

@test "tokens: by a password, by an identity token, and not without" {
	registry_start --auth token --tag "1=$SIGNED" "$LAYOUTS/save31"
	fetch "127.0.0.1:$PORT/tiny:1"
	assert_equal "$status" 2
	printf '{"auths":{"127.0.0.1:%s":{"auth":"dXNlcjpzZWNyZXQ="}}}' "$PORT" >"$HOME/.docker/config.json"
	fetch "127.0.0.1:$PORT/tiny:1"
	assert_equal "$status" 0
	registry_start --auth identity --tag "1=$SIGNED" "$LAYOUTS/save31"
	printf '{"auths":{"127.0.0.1:%s":{"identitytoken":"identity-token-of-the-test"}}}' "$PORT" >"$HOME/.docker/config.json"
	fetch "127.0.0.1:$PORT/tiny:1"
	assert_equal "$status" 0
	assert_equal "$(jq -r 'select(.method == "POST").path' "$REQUESTS")" /token
}

@test "credential helpers: asked by name over a pipe, for this registry and for all" {
	mkdir -p "$SCRATCH/bin"
	cat >"$SCRATCH/bin/docker-credential-test" <<-'END'
		#!/bin/sh
		read -r server
		echo "$1 $server" >>"$HOME/asked"
		printf '{"ServerURL":"%s","Username":"user","Secret":"secret"}' "$server"
	END
	printf '#!/bin/sh\necho "credentials not found in native keychain"; exit 1\n' >"$SCRATCH/bin/docker-credential-none"
	chmod 755 "$SCRATCH"/bin/*
	PATH=$SCRATCH/bin:$PATH
	registry_start --auth token --tag "1=$SIGNED" "$LAYOUTS/save31"
	printf '{"credHelpers":{"127.0.0.1:%s":"test"},"credsStore":"none"}' "$PORT" >"$HOME/.docker/config.json"
	fetch "127.0.0.1:$PORT/tiny:1"
	assert_equal "$status" 0
	assert_equal "$(cat "$HOME/asked")" "get 127.0.0.1:$PORT"
	printf '{"credsStore":"test"}' >"$HOME/.docker/config.json"
	fetch "127.0.0.1:$PORT/tiny:1"
	assert_equal "$status" 0
	printf '{"credsStore":"none"}' >"$HOME/.docker/config.json"
	fetch "127.0.0.1:$PORT/tiny:1"
	assert_equal "$status" 2
	printf '{"credsStore":"../bin/test"}' >"$HOME/.docker/config.json"
	fetch "127.0.0.1:$PORT/tiny:1"
	assert_equal "$status" 3
	printf '{"credsStore":"absent"}' >"$HOME/.docker/config.json"
	fetch "127.0.0.1:$PORT/tiny:1"
	assert_equal "$status" 3
	assert_contains "$stderr" 'docker-credential-absent'
}

@test "blobs that are stored elsewhere are fetched there, and nobody says there who we are" {
	local storage_port storage_pid
	registry_start "$LAYOUTS/save31"
	storage_port=$PORT storage_pid=$REGISTRY_PID REGISTRY_PID=
	registry_start --auth basic --storage "http://127.0.0.1:$storage_port" --tag "1=$SIGNED" "$LAYOUTS/save31"
	printf '{"auths":{"127.0.0.1:%s":{"auth":"dXNlcjpzZWNyZXQ="}}}' "$PORT" >"$HOME/.docker/config.json"
	fetch "127.0.0.1:$PORT/tiny:1"
	stop_daemon "$storage_pid"
	assert_equal "$status" 0
	assert_contains "$output" '3 Sigstore bundles'
	assert_equal "$(jq -r 'select(.path | startswith("/storage/")).authorization' "$REQUESTS" | sort -u)" ''
	assert_equal "$(jq -r 'select(.path | startswith("/storage/")).path' "$REQUESTS" | wc -l)" 4
}

@test "a registry that is busy, and one that drops connections, are asked again" {
	local fault
	for fault in busy resets; do
		registry_start --fault "$fault" --tag "1=$SIGNED" "$LAYOUTS/save31"
		fetch "127.0.0.1:$PORT/tiny:1"
		assert_equal "$status" 0
		rm -rf "$SCRATCH/store"
	done
}

@test "proxies by the environment; not for a registry that no_proxy names" {
	registry_start --address "$ELSEWHERE" --tag "1=$SIGNED" "$LAYOUTS/save31"
	export http_proxy=http://127.0.0.1:1
	fetch --plain-http "$ELSEWHERE:$PORT/tiny:1"
	assert_equal "$status" 3
	assert_contains "$stderr" '127.0.0.1 port 1'
	export no_proxy=$ELSEWHERE
	fetch --plain-http "$ELSEWHERE:$PORT/tiny:1"
	assert_equal "$status" 0
}

@test "wrong options and wrong names are told" {
	fetch
	assert_equal "$status" 3
	fetch --timeout 0s 127.0.0.1/tiny:1
	assert_equal "$status" 3
	assert_contains "$stderr" 0s
	fetch --wrong 127.0.0.1/tiny:1
	assert_contains "$stderr" --wrong
	fetch 'UPPER CASE'
	assert_equal "$status" 3
	fetch "$SIGNED"
	assert_equal "$status" 3
}

@test "only root fetches into the store" {
	run --separate-stderr setpriv --reuid 65534 --regid 65534 --clear-groups "$HARDENCTL" trust fetch \
		--store "$SCRATCH/store" 127.0.0.1:1/tiny:1
	assert_equal "$status" 3
	assert_contains "$stderr" 'only root'
}
