#!/usr/bin/env bats
# Only trusted images run under a real dockerd with its classic store: signatures of a key,
# the layers that are mounted, names that are moved, files that are changed.

load ../lib/engines.bash
load trust.bash

setup_file()
{
	scratch_begin trust-docker || return 1
	make_rootfs "$SCRATCH/rootfs"
	start_dockerd --add-runtime "oci-harden=$RUNTIME" --add-runtime "bare=$BARE_RUNTIME" || return 1
	docker_image good && docker_image evil || return 1
	make_key release && make_key other || return 1
	"$DOCKER" save -o "$SCRATCH/good.tar" registry.example/good
}

teardown_file()
{
	stop_dockerd
	scratch_end
}

setup()
{
	trust_policy 'signed-by: {at-least: 1, of: [release]}'
}

teardown()
{
	local container
	[ -n "${BATS_TEST_COMPLETED:-}" ] || dump_logs
	for container in $("$DOCKER" ps -aq); do
		"$DOCKER" rm -f -v "$container" >/dev/null 2>&1 || true
	done
	rm -rf /var/lib/oci-harden/trust "$SCRATCH/signed"
}

# docker_image NAME: registry.example/NAME, an image of its own.
docker_image()
{
	echo "$1" >"$SCRATCH/rootfs/name"
	tar -C "$SCRATCH/rootfs" -c . | "$DOCKER" import - "registry.example/$1" >/dev/null
}

start()
{
	run "$DOCKER" run --rm --runtime oci-harden --network none "$@"
}

import_signed()
{
	"$REPOSITORY/integration/trust/sign" --reference registry.example/good --key "$SCRATCH/${1:-release}.key" \
		"$SCRATCH/good.tar" "$SCRATCH/signed" >"$SCRATCH/digest"
	"$HARDENCTL" trust import "$SCRATCH/signed"
}

@test "a signed image runs, an unsigned one does not" {
	start registry.example/good cat /name
	assert_equal "$status" 125
	assert_contains "$output" "asks for a signature by 1 of release"
	assert_contains "$output" "nothing is known of it in /var/lib/oci-harden/trust"

	import_signed
	start registry.example/good cat /name
	assert_equal "$status" 0
	assert_equal "$output" good

	run "$DOCKER" run --rm --runtime bare --network none registry.example/evil cat /name
	assert_equal "$output" evil
	start registry.example/evil cat /name
	assert_equal "$status" 125
	assert_contains "$output" "asks for a signature by 1 of release"
}
