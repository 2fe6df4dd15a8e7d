#!/usr/bin/env bats
# The same images, signatures and policies under every engine: dockerd, containerd by ctr and
# by CRI, Podman. Exceptions, audit, scopes, several signers, hardenctl verify and why.

load ../lib/engines.bash
load ../lib/cri.bash
load trust.bash

ENGINES='docker containerd cri podman'
SIGNERS=(release other third)
UNSIGNED="asks for a signature by 1 of release"

setup_file()
{
	scratch_begin trust-engines || return 1
	make_rootfs "$SCRATCH/rootfs"
	oci_image good && oci_image evil && oci_image plain || return 1
	echo pause >"$SCRATCH/rootfs/name"
	make_oci_archive "$SCRATCH/rootfs" docker.io/test/busybox:1 "$SCRATCH/pause.tar"
	make_key release && make_key other && make_key third || return 1
	start_dockerd --add-runtime "oci-harden=$RUNTIME" --add-runtime "bare=$BARE_RUNTIME" || return 1
	start_containerd "$RUNTIME" || return 1
	local image
	for image in good evil plain; do
		load_everywhere "$image" || return 1
	done
	client --namespace k8s.io images import "$SCRATCH/pause.tar" >/dev/null
	wait_until 30 cri_is_ready
}

# The same configuration everywhere, so the same digest.
load_everywhere()
{
	local loaded
	skopeo copy -q "oci-archive:$SCRATCH/$1.tar" "docker-archive:$SCRATCH/$1.docker:registry.example/$1:1" &&
		"$DOCKER" load -q -i "$SCRATCH/$1.docker" >/dev/null &&
		client images import "$SCRATCH/$1.tar" >/dev/null &&
		client --namespace k8s.io images import "$SCRATCH/$1.tar" >/dev/null &&
		loaded=$(pod_man load -q -i "$SCRATCH/$1.tar" 2>/dev/null) &&
		pod_man tag "${loaded##*: }" "registry.example/$1:1"
}

teardown_file()
{
	pod_man rm -f -t 0 -a >/dev/null 2>&1 || true
	stop_containerd
	stop_dockerd
	scratch_end
}

setup()
{
	mkdir -p "$SCRATCH/logs"
}

teardown()
{
	[ -n "${BATS_TEST_COMPLETED:-}" ] || dump_logs
	"$DOCKER" ps -aq | xargs -r "$DOCKER" rm -f >/dev/null 2>&1 || true
	pod_man rm -f -t 0 -a >/dev/null 2>&1 || true
	client tasks rm -f app >/dev/null 2>&1 || true
	client containers rm app >/dev/null 2>&1 || true
	for sandbox in $(call ListPodSandbox '{}' | jq -r '.items[].id'); do
		remove_pod || true
	done
	forget_all
}

client()
{
	ctr --address "$CONTAINERD_SOCKET" "$@"
}

pod_man()
{
	podman --root "$SCRATCH/graph" --runroot "$SCRATCH/run" --tmpdir "$SCRATCH/tmp" \
		--storage-driver overlay --cgroup-manager cgroupfs --events-backend file "$@"
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

config_of()
{
	local manifest
	manifest=$(jq -r '.manifests[0].digest' "$SCRATCH/$1/index.json")
	jq -r .config.digest "$SCRATCH/$1/blobs/${manifest/:/\/}"
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

# left_running ENGINE IMAGE: a container app of it that lasts; $ROOT is its runtime's folder.
left_running()
{
	case $1 in
	docker)
		"$DOCKER" run -d --runtime bare --network none --name app "registry.example/$2:1" sleep 100 >/dev/null
		CONTAINER=app ROOT=$SCRATCH/exec/runtime-runc/moby
		;;
	containerd)
		client run -d --runc-binary "$BARE_RUNTIME" "registry.example/$2:1" app sleep 100 >/dev/null 2>&1 3>&-
		CONTAINER=app ROOT=/run/containerd/runc/default
		;;
	cri)
		IMAGE=registry.example/$2:1
		description=$(pod)
		run_pod bare "$description" && run_container "$description" "$(container '.linux = {}')"
		CONTAINER=$id ROOT=/run/containerd/runc/k8s.io
		;;
	podman)
		pod_man --runtime "$BARE_RUNTIME" run -d --ulimit nofile=1024:1024 --ulimit nproc=1024:1024 --network none \
			--name app "registry.example/$2:1" sleep 100 >/dev/null
		CONTAINER=$(pod_man ps -q --no-trunc) ROOT=/run/runc
		;;
	esac
}

verify()
{
	run "$HARDENCTL" verify "$@"
}

@test "hardenctl verify: containers of every engine, trusted and not, as text and as JSON" {
	local engine image
	trust_policy 'signed-by: release' 'unmatched: audit'
	import_signed "$SCRATCH/good" release
	for engine in $ENGINES; do
		left_running "$engine" good
		verify --root "$ROOT" "$CONTAINER"
		assert_equal "$engine $status" "$engine 0"
		assert_contains "$output" "by signer release"
		assert_contains "$output" "under the container's root"
		verify --json --root "$ROOT" "$CONTAINER"
		assert_equal "$engine $(jq -c '[.trusted, .matched, .signers, .reasons, .config]' <<<"$output")" \
			"$engine [true,true,[\"release\"],[],\"$(config_of good)\"]"
		# as hardenctl(1) describes it
		assert_equal "$engine $(jq -c keys <<<"$output")" "$engine $(jq -nc '["trusted", "denied", "matched", "signers",
			"named-by", "one-hand", "config", "manifest", "index", "bind", "empty-upper", "diff-ids", "reasons", "proof",
			"rejections", "expires"] | sort')"
		teardown_containers
		left_running "$engine" evil
		verify --root "$ROOT" "$CONTAINER"
		assert_equal "$engine $status" "$engine 2"
		assert_contains "$output" "$UNSIGNED"
		teardown_containers
	done
	verify --root "$SCRATCH/none" nothing-like-it
	assert_equal "$status" 3
}

teardown_containers()
{
	"$DOCKER" ps -aq | xargs -r "$DOCKER" rm -f >/dev/null 2>&1
	pod_man rm -f -t 0 -a >/dev/null 2>&1
	client tasks rm -f app >/dev/null 2>&1 || true
	client containers rm app >/dev/null 2>&1 || true
	for sandbox in $(call ListPodSandbox '{}' | jq -r '.items[].id'); do
		remove_pod
	done
}

@test "hardenctl verify: a name in Docker's store and in the local one, a manifest's digest, a configuration's" {
	local word
	trust_policy 'signed-by: release' 'unmatched: audit'
	import_signed "$SCRATCH/good" release
	verify --data-root "$SCRATCH/docker" registry.example/good:1
	assert_equal "$status" 0
	for word in "$(cat "$SCRATCH/digest")" "$(config_of good)"; do
		verify --json --name registry.example/good:1 "$word"
		assert_equal "$status" 0
		assert_equal "$(jq -c '[.trusted, .matched, .config]' <<<"$output")" "[true,true,\"$(config_of good)\"]"
	done
	verify registry.example/good
	assert_equal "$status" 0
	verify --json --data-root "$SCRATCH/docker" registry.example/evil:1
	assert_equal "$status" 2
	assert_equal "$(jq -c '[.trusted, .signers]' <<<"$output")" '[false,[]]'
	assert_contains "$(jq -r '.reasons[]' <<<"$output")" "$UNSIGNED"
	verify --data-root "$SCRATCH/docker" registry.example/absent:1
	assert_equal "$status" 3
	verify "sha256:$(printf %064d 0)" --name registry.example/good:1
	assert_equal "$status" 2
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
			'{"trusted":false,"matched":true,"signers":[],"cached":false}'

		# the way out that hardenctl prints
		trust_policy 'signed-by: release' 'unmatched: audit' "$("$HARDENCTL" exception "$decision")"
		runs "$engine" evil
		refuses "$engine" plain "$UNSIGNED"
		trust_policy 'signed-by: release' 'unmatched: audit'
	done
}
