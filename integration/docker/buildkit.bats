#!/usr/bin/env bats
# docker build with BuildKit, whose steps dockerd runs with the program `runc` that its
# PATH finds first: here that is oci-harden. BuildKit in dockerd, no registry: the
# image's files come with the build's context.

load ../lib/engines.bash

setup_file()
{
	scratch_begin buildkit || return 1
	mkdir -p "$SCRATCH/bin" "$SCRATCH/context"
	ln -s "$RUNTIME" "$SCRATCH/bin/runc"
	make_rootfs "$SCRATCH/context/root"
	PATH=$SCRATCH/bin:$PATH start_dockerd || return 1
}

teardown_file()
{
	stop_dockerd
	scratch_end
}

setup()
{
	rm -rf /var/lib/oci-harden/policy /var/log/oci-harden/decisions.jsonl
}

teardown()
{
	[ -n "${BATS_TEST_COMPLETED:-}" ] || dump_logs
}

# build LINE…: the Dockerfile's lines behind the root file system.
build()
{
	{ printf 'FROM scratch AS layers\nCOPY root /\nRUN echo one >/tmp/one\nFROM scratch\nCOPY root /\n'; printf '%s\n' "$@"; } >"$SCRATCH/context/Dockerfile"
	run env DOCKER_BUILDKIT=1 "$DOCKER" build --network none --no-cache --progress plain \
		--secret "id=word,src=$SCRATCH/context/Dockerfile" "$SCRATCH/context"
}

# A copy: a policy may not lie where others than root can write, such as in this
# project's own folder.
apply()
{
	cp "$1" "$SCRATCH/policy.yaml"
	"$HARDENCTL" policy apply "$SCRATCH/policy.yaml" >/dev/null
}

last_decision()
{
	tail -n 1 /var/log/oci-harden/decisions.jsonl | jq -r "$1"
}

ordinary=('RUN id -u && echo made >/etc/made && chown 33:33 /etc/made && chmod 750 /etc/made'
	'RUN --mount=type=cache,target=/cache echo kept >/cache/kept && cat /cache/kept'
	'RUN --mount=type=secret,id=word grep -c FROM /run/secrets/word'
	'RUN --mount=type=bind,source=root/etc,target=/mnt grep -c nobody /mnt/passwd'
	'RUN --mount=type=bind,from=layers,target=/mnt cat /mnt/tmp/one'
	'RUN --mount=type=tmpfs,target=/scratch echo x >/scratch/x'
	'USER nobody'
	'RUN id -u && cat /proc/self/status')

@test "without a scope a step that writes is not root and cannot, and the log names BuildKit" {
	build 'RUN id -u; cat /proc/self/status; touch /etc/made'
	[ "$status" -ne 0 ]
	assert_contains "$output" 65532
	assert_contains "$output" 'Read-only file system'
	assert_contains "$output" 'NoNewPrivs:	1'
	assert_equal "$(last_decision .engine)" buildkit
	assert_equal "$(last_decision .verdict)" rewritten
}

@test "with the ready scope an ordinary Dockerfile builds, and its steps are still held" {
	apply "$REPOSITORY/profiles/scopes/buildkit.yaml"
	build "${ordinary[@]}"
	assert_equal "$status" 0
	assert_contains "$output" kept
	assert_contains "$output" 65534
	# CHOWN, DAC_OVERRIDE, FOWNER, FSETID, KILL, SETGID, SETUID, NET_BIND_SERVICE, SETFCAP
	assert_contains "$output" 'CapBnd:	00000000800004fb'
	assert_contains "$output" 'NoNewPrivs:	1'
	assert_contains "$output" 'Seccomp:	2'
	assert_equal "$(last_decision .engine)" buildkit
}

@test "with the ready scope the host's network is refused, in a sentence that says why" {
	apply "$REPOSITORY/profiles/scopes/buildkit.yaml"
	printf 'FROM scratch\nCOPY root /\nRUN readlink /proc/self/ns/net\n' >"$SCRATCH/context/Dockerfile"
	run env DOCKER_BUILDKIT=1 "$DOCKER" build --network host --no-cache --progress plain "$SCRATCH/context"
	[ "$status" -ne 0 ]
	assert_contains "$output" "$REFUSED"
	assert_contains "$output" "(namespaces"
	assert_lacks "$output" 'net:['
}

@test "the scope loosens nothing for docker run" {
	apply "$REPOSITORY/profiles/scopes/buildkit.yaml"
	tar -C "$SCRATCH/context/root" -c . | "$DOCKER" import - image >/dev/null
	run "$DOCKER" run --rm --network none image sh -c 'id -u; cat /proc/self/status'
	assert_equal "$status" 0
	assert_equal "${lines[0]}" 65532
	assert_hardened "$output"
	assert_equal "$(last_decision .engine)" docker
}

@test "where signatures are demanded, a build runs with the ready scope and not without its trust" {
	openssl ecparam -name prime256v1 -genkey -noout | openssl pkey -pubout -out "$SCRATCH/release.pub"
	cp "$REPOSITORY/profiles/scopes/buildkit.yaml" "$SCRATCH/demands.yaml"
	cat >>"$SCRATCH/demands.yaml" <<-END
		trust:
		  signers: {release: {key: release.pub}}
		  images: [{match: "**", signed-by: release}]
		  registries: [registry.example]
		  require-digest: true
		  empty-upper-directory: true
		  deny: "sha256:0000000000000000000000000000000000000000000000000000000000000000"
	END
	apply "$SCRATCH/demands.yaml"
	build "${ordinary[@]}"
	assert_equal "$status" 0
	assert_equal "$(last_decision .engine)" buildkit
	sed -i '/^    trust:/d' "$SCRATCH/demands.yaml"
	apply "$SCRATCH/demands.yaml"
	build 'RUN id -u'
	[ "$status" -ne 0 ]
	assert_contains "$output" trust/
	assert_equal "$(last_decision .verdict)" refused
}
