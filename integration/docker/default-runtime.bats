#!/usr/bin/env bats
# `setup --default`: every container of a real dockerd is hardened, with what the
# user had in daemon.json kept; `remove` gives it back.

load ../lib/engines.bash

setup_file()
{
	scratch_begin docker-default || return 1
	make_rootfs "$SCRATCH/rootfs"
	printf '{"log-driver": "json-file", "default-runtime": "mine",\n"runtimes": {"mine": {"path": "%s"}}}\n' \
		"$BARE_RUNTIME" >"$SCRATCH/daemon.json"
	cp "$SCRATCH/daemon.json" "$SCRATCH/daemon.json.first"
	start_dockerd || return 1
	tar -C "$SCRATCH/rootfs" -c . | "$DOCKER" import - image >/dev/null
}

teardown_file()
{
	stop_dockerd
	scratch_end
}

teardown()
{
	[ -n "${BATS_TEST_COMPLETED:-}" ] || dump_logs
}

docker_script()
{
	"$REPOSITORY/integration/docker/$1" --config "$SCRATCH/daemon.json" --pidfile "$SCRATCH/docker.pid" "${@:2}"
}

default_runtime_is()
{
	[ "$("$DOCKER" info -f '{{.DefaultRuntime}}')" = "$1" ]
}

@test "--dry-run changes nothing and shows what would be" {
	run docker_script setup --default --runtime "$RUNTIME" --dry-run
	assert_equal "$status" 0
	assert_contains "$output" '"default-runtime": "oci-harden"'
	cmp "$SCRATCH/daemon.json" "$SCRATCH/daemon.json.first"
}

@test "before: docker run without --runtime is root" {
	run "$DOCKER" run --rm --network none image id -u
	assert_equal "$output" 0
}

@test "setup --default: docker run without --runtime is hardened, the rest of the file is kept" {
	docker_script setup --default --runtime "$RUNTIME"
	wait_until 10 default_runtime_is oci-harden
	assert_equal "$(jq -r '."log-driver"' "$SCRATCH/daemon.json")" json-file
	assert_equal "$(jq -r .runtimes.mine.path "$SCRATCH/daemon.json")" "$BARE_RUNTIME"
	run "$DOCKER" run --rm --network none image sh -c 'id -u; cat /proc/self/status'
	assert_equal "$status" 0
	assert_equal "${lines[0]}" 65532
	assert_hardened "$output"
	run "$DOCKER" run --rm --network none -v /etc:/x image true
	assert_equal "$status" 125
	assert_contains "$output" mount-sources
}

@test "setup again changes nothing" {
	cp "$SCRATCH/daemon.json" "$SCRATCH/daemon.json.second"
	docker_script setup --default --runtime "$RUNTIME"
	cmp "$SCRATCH/daemon.json" "$SCRATCH/daemon.json.second"
}

@test "runtimeArgs, for which dockerd puts a shell in between" {
	jq '.runtimes.wrapped = {path: $path, runtimeArgs: ["--debug=false"]}' --arg path "$RUNTIME" \
		"$SCRATCH/daemon.json" >"$SCRATCH/daemon.json.new"
	mv "$SCRATCH/daemon.json.new" "$SCRATCH/daemon.json"
	kill -HUP "$DOCKERD_PID"
	sleep 1
	# a volume counts as Docker's own only where the container is known as Docker's
	run "$DOCKER" run --rm --runtime wrapped --network none -v data:/data image id -u
	assert_equal "$output" 65532
}

@test "remove gives back what was there" {
	jq 'del(.runtimes.wrapped)' "$SCRATCH/daemon.json" >"$SCRATCH/daemon.json.new"
	mv "$SCRATCH/daemon.json.new" "$SCRATCH/daemon.json"
	docker_script remove
	wait_until 10 default_runtime_is mine
	assert_equal "$(jq -S . "$SCRATCH/daemon.json")" "$(jq -S . "$SCRATCH/daemon.json.first")"
	docker_script remove
	run "$DOCKER" run --rm --network none image id -u
	assert_equal "$output" 0
}

@test "a file that is not JSON, or whose runtimes are no object, is left alone" {
	local text
	for text in '{"runtimes": ' '[]' '{"runtimes": []}'; do
		printf '%s' "$text" >"$SCRATCH/broken.json"
		run "$REPOSITORY/integration/docker/setup" --config "$SCRATCH/broken.json" --runtime "$RUNTIME" \
			--no-reload
		[ "$status" -ne 0 ]
		assert_contains "$output" "$SCRATCH/broken.json"
		assert_equal "$(cat "$SCRATCH/broken.json")" "$text"
	done
}
