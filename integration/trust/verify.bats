#!/usr/bin/env bats
# hardenctl verify: containers of every engine by id and by name, images by the name that each
# engine's store has for them, and what stands for more than one.

load ../lib/engines.bash
load ../lib/cri.bash
load trust.bash
load everywhere.bash

setup_file()
{
	start_everywhere trust-verify || return 1
	# where Docker and Podman have these by themselves; the mounts end with this suite
	mkdir -p /run/docker /var/lib/containers/storage
	mount --bind "$SCRATCH/exec" /run/docker
	mount --bind "$SCRATCH/graph" /var/lib/containers/storage
}

teardown_file()
{
	stop_everywhere
}

setup()
{
	mkdir -p "$SCRATCH/logs"
	trust_policy 'signed-by: release' 'unmatched: audit'
	import_signed "$SCRATCH/good" release
}

teardown()
{
	[ -n "${BATS_TEST_COMPLETED:-}" ] || dump_logs
	remove_containers
	client --namespace other images ls -q | xargs -r ctr --address "$CONTAINERD_SOCKET" --namespace other images rm >/dev/null
	forget_all
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

@test "containers of every engine, trusted and not, as text and as JSON" {
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
			"rejections", "expires", "found-in"] | sort')"
		remove_containers
		left_running "$engine" evil
		verify --root "$ROOT" "$CONTAINER"
		assert_equal "$engine $status" "$engine 2"
		assert_contains "$output" "$UNSIGNED"
		remove_containers
	done
	verify --root "$SCRATCH/none" nothing-like-it
	assert_equal "$status" 3
}

@test "a name in Docker's store and in the local one, a manifest's digest, a configuration's" {
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

# by_name WORD…: verify that looks into this test's engines alone.
by_name()
{
	verify --containerd "$CONTAINERD_SOCKET" --data-root "$SCRATCH/docker" "$@"
}

# The engine and the namespace of containerd's that a store's containers are of.
where()
{
	case $1 in
	docker) echo --engine docker ;;
	containerd) echo --engine containerd --namespace default ;;
	cri) echo --engine cri ;;
	podman) echo --engine podman ;;
	esac
}

WHAT_COUNTS='[.trusted, .matched, .signers, ."named-by", .config, .manifest, .index, .bind, ."diff-ids", .reasons, .rejections]'

@test "an image by its name in every engine's store: what a container of it gets" {
	local engine image container
	for engine in $ENGINES; do
		for image in good evil; do
			left_running "$engine" "$image"
			verify --json "$CONTAINER"
			container=$(jq -c "$WHAT_COUNTS" <<<"$output")
			remove_containers
			# shellcheck disable=SC2046 # several words
			by_name --json $(where "$engine") "registry.example/$image:1"
			assert_equal "$engine $image $(jq -c "$WHAT_COUNTS" <<<"$output")" "$engine $image $container"
			assert_equal "$(jq '.["found-in"] | length' <<<"$output")" 1
			[ "$image" = good ] || status=$((status - 2))
			assert_equal "$engine $image $status" "$engine $image 0"
		done
	done
}

@test "one image in all stores is one" {
	by_name registry.example/good:1
	assert_equal "$status" 0
	assert_contains "$output" "found in   Docker's classic store"
	assert_contains "$output" "found in   containerd's namespace default"
	assert_contains "$output" "found in   containerd's namespace k8s.io"
	assert_contains "$output" "found in   containers/storage"
	assert_contains "$output" "by signer release"
}

@test "a name that stands for another image in one of containerd's namespaces is told, not picked" {
	client --namespace other images import "$SCRATCH/evil.tar" >/dev/null
	client --namespace other images tag registry.example/evil:1 registry.example/good:1 >/dev/null
	local evil
	evil=$(jq -r '.manifests[0].digest' "$SCRATCH/evil/index.json")
	for option in --json --engine=all; do
		[ "$option" = --json ] || option=
		# shellcheck disable=SC2086 # nothing, where there is none
		by_name $option registry.example/good:1
		assert_equal "$status" 3
		assert_contains "$output" "does not stand for one image here"
		assert_contains "$output" "$evil in containerd's namespace other"
		assert_contains "$output" "in Docker's classic store"
		assert_contains "$output" "Choose by --engine and --namespace"
	done
	by_name --namespace other registry.example/good:1
	assert_equal "$status" 2
	assert_contains "$output" "$UNSIGNED"
	by_name --namespace default registry.example/good:1
	assert_equal "$status" 0
	by_name --engine docker registry.example/good:1
	assert_equal "$status" 0
	by_name --engine containerd registry.example/good:1
	assert_equal "$status" 3
	verify --name registry.example/good:1 "$evil"
	assert_equal "$status" 2
}

@test "short names, as clients of containerd spell them out or leave them" {
	MATCH='docker.io/**' trust_policy 'signed-by: release' 'unmatched: audit'
	client --namespace other images import "$SCRATCH/good.tar" >/dev/null
	client --namespace other images tag registry.example/good:1 docker.io/library/spelled:1 >/dev/null
	client --namespace other images tag registry.example/good:1 docker.io/library/latest:latest >/dev/null
	client --namespace other images tag registry.example/good:1 typed:1 >/dev/null
	local name
	for name in spelled:1 library/spelled:1 docker.io/spelled:1 latest typed:1; do
		by_name --json "$name"
		assert_equal "$name $status" "$name 0"
		assert_equal "$(jq -c '.signers' <<<"$output")" '["release"]'
	done
	by_name spelled:2
	assert_equal "$status" 3
	assert_contains "$output" "no image of this name is in Docker's stores"
}

@test "one image that the policy's scopes judge otherwise from engine to engine" {
	trust_policy 'signed-by: release' 'unmatched: audit' \
		'scopes: [{for: {engine: docker}, trust: {images: [{match: "registry.example/**", signed-by: other}]}}]'
	by_name registry.example/good:1
	assert_equal "$status" 3
	assert_contains "$output" "the policy's scopes judge it in several ways"
	by_name --engine docker registry.example/good:1
	assert_equal "$status" 2
	by_name --engine cri registry.example/good:1
	assert_equal "$status" 0
}

@test "an index with two images of the same layers: neither is what a container would be of" {
	beside_good foreign '{"os": "linux", "architecture": "amd64"}' \
		'jq -c ".config.Cmd = [\"echo\", \"evil\"]" | sed s/amd64/arm64/'
	"$HARDENCTL" trust import "$SCRATCH/foreign"
	client --namespace other images import --all-platforms "$SCRATCH/foreign.tar" >/dev/null
	by_name registry.example/foreign:1
	assert_equal "$status" 2
	assert_contains "$output" "$UNSIGNED"
}

@test "what an index has for other machines or attests is no other image, a second one for this is" {
	local edit='jq -c ".rootfs.diff_ids += .rootfs.diff_ids"'
	beside_good attested '{"os": "unknown", "architecture": "unknown"}' "$edit" amd64
	client --namespace other images import --all-platforms "$SCRATCH/attested.tar" >/dev/null
	beside_good others '{"os": "linux", "architecture": "arm64"}' "$edit" amd64
	client --namespace other images import --all-platforms "$SCRATCH/others.tar" >/dev/null
	local name
	for name in attested others; do
		"$HARDENCTL" trust import "$SCRATCH/$name"
		by_name "registry.example/$name:1"
		assert_equal "$name $status" "$name 0"
	done

	cp -r "$SCRATCH/good" "$SCRATCH/several"
	cp "$SCRATCH"/evil/blobs/sha256/* "$SCRATCH/several/blobs/sha256/"
	jq -c --slurpfile evil "$SCRATCH/evil/index.json" '{schemaVersion: 2, mediaType: "application/vnd.oci.image.index.v1+json",
		manifests: [(.manifests[0] + {platform: {os: "linux", architecture: "amd64"}}),
		($evil[0].manifests[0] + {platform: {os: "LINUX", architecture: "x86_64"}}) | del(.annotations)]}' \
		"$SCRATCH/good/index.json" >"$SCRATCH/several/made"
	name_index several
	client --namespace other images import --all-platforms "$SCRATCH/several.tar" >/dev/null
	by_name registry.example/several:1
	assert_equal "$status" 3
	assert_contains "$output" "does not lead to one image that would run"
}

@test "containerd that is not there, is not root's, or does not answer" {
	verify --data-root "$SCRATCH/docker" --engine docker registry.example/good:1
	assert_equal "$status" 0
	verify --containerd "$SCRATCH/none.sock" registry.example/good:1
	assert_equal "$status" 3
	assert_contains "$output" "$SCRATCH/none.sock"
	make_socket "$SCRATCH/deaf.sock"
	verify --containerd "$SCRATCH/deaf.sock" --engine cri registry.example/good:1
	assert_equal "$status" 3
	chown 1000 "$SCRATCH/deaf.sock"
	verify --containerd "$SCRATCH/deaf.sock" registry.example/good:1
	assert_equal "$status" 3
	assert_contains "$output" "belongs to user 1000"
	rm "$SCRATCH/deaf.sock"
}

# id_of ENGINE: of the container that left_running has left.
id_of()
{
	case $1 in
	docker) "$DOCKER" ps -q --no-trunc ;;
	containerd) echo app ;;
	cri) echo "$id" ;;
	podman) echo "$CONTAINER" ;;
	esac
}

@test "a container by its id, the start of it, and the name that its engine has for it" {
	local engine whole word
	for engine in $ENGINES; do
		left_running "$engine" good
		whole=$(id_of "$engine")
		for word in "$whole" "${whole:0:12}" "${whole:0:2}" app; do
			verify "$word"
			assert_equal "$engine $word $status" "$engine $word 0"
			assert_contains "$output" "found in   container $whole of $engine"
		done
		verify --engine "$engine" app
		assert_equal "$status" 0
		verify --engine buildkit app
		assert_equal "$status" 3
		remove_containers
	done
}

@test "a name that several containers have is told with each of them; an id is exact before it is a start" {
	left_running docker good
	left_running containerd evil
	client run -d --runc-binary "$BARE_RUNTIME" registry.example/good:1 app2 sleep 100 >/dev/null 2>&1 3>&-
	client --namespace other images import "$SCRATCH/good.tar" >/dev/null
	client --namespace other run -d --runc-binary "$BARE_RUNTIME" registry.example/good:1 app sleep 100 >/dev/null 2>&1 3>&-
	verify app
	local ambiguous=$output several=$status
	verify --engine docker app
	local docker=$status
	verify --engine containerd --namespace default app
	local default=$status
	verify --namespace other app
	local other=$status
	verify app2
	local second=$status
	client tasks rm -f app2 >/dev/null && client containers rm app2
	client --namespace other tasks rm -f app >/dev/null && client --namespace other containers rm app
	assert_equal "$several $docker $default $other $second" '3 0 2 0 0'
	assert_contains "$ambiguous" "app of containerd in namespace default; app of containerd in namespace other"
	assert_contains "$ambiguous" "(app) of docker"
	assert_lacks "$ambiguous" app2
}

@test "a pod and the container in it that is called like it are one" {
	left_running cri evil
	run_container "$description" "$(container ".linux = {} | .metadata.name = \"pod-$BATS_TEST_NUMBER\"")"
	local first=$id
	call StopContainer "$(jq -nc --arg id "$CONTAINER" '{container_id: $id}')" >/dev/null
	call RemoveContainer "$(jq -nc --arg id "$CONTAINER" '{container_id: $id}')" >/dev/null
	verify "pod-$BATS_TEST_NUMBER"
	assert_equal "$status" 2
	assert_contains "$output" "found in   container $first of cri"
}

@test "a pod's name is that of what runs in it" {
	left_running cri evil
	verify "pod-$BATS_TEST_NUMBER"
	assert_equal "$status" 2
	assert_contains "$output" "found in   container $id of cri"
	verify "$sandbox"
	assert_equal "$status" 0
	local first=$id
	run_container "$description" "$(container '.linux = {} | .metadata.name = "second"')"
	verify "pod-$BATS_TEST_NUMBER"
	assert_equal "$status" 3
	assert_contains "$output" "$first (app) of cri in namespace tests"
	assert_contains "$output" "$id (second) of cri in namespace tests"
	assert_lacks "$output" "$sandbox"
	verify second
	assert_equal "$status" 2
}

@test "a container of no engine's, one that cannot be read, and one that has ended" {
	local bundle=$SCRATCH/bundle outcomes
	mkdir -p "$bundle"
	cp -r "$SCRATCH/rootfs" "$bundle/rootfs"
	(cd "$bundle" && "$BARE_RUNTIME" spec)
	jq '.process.terminal = false | .process.args = ["sleep", "100"] | del(.process.rlimits)' "$bundle/config.json" >"$bundle/new"
	mv "$bundle/new" "$bundle/config.json"
	"$BARE_RUNTIME" run -d --bundle "$bundle" by-hand-1 >/dev/null 2>&1 3>&-
	verify by-hand-1
	assert_equal "$status" 0
	assert_contains "$output" "found in   container by-hand-1 of none"
	assert_contains "$output" "allowed unverified"
	chmod 777 "$bundle"
	verify by-hand
	outcomes="$status $output"
	verify app
	"$BARE_RUNTIME" delete -f by-hand-1
	assert_contains "$outcomes" "3 hardenctl: container by-hand-1: "
	assert_contains "$outcomes" "writable by group or others"
	# it is not in the way of others
	assert_equal "$status" 3
	assert_contains "$output" 'no container runs here whose id or name is "app"'

	left_running docker good
	"$DOCKER" stop -t 0 app >/dev/null
	verify --containerd "$CONTAINERD_SOCKET" --data-root "$SCRATCH/docker" app
	assert_equal "$status" 3
	assert_contains "$output" 'no container runs here whose id or name is "app"'
}
