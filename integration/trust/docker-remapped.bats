#!/usr/bin/env bats
# Only trusted images run under a dockerd that maps the containers' root to a user.

load ../lib/engines.bash
load trust.bash

setup_file()
{
	scratch_begin trust-remapped || return 1
	make_rootfs "$SCRATCH/rootfs"
	local file
	for file in subuid subgid; do
		echo daemon:200000:65536 >"$SCRATCH/$file"
		[ -e "/etc/$file" ] || : >"/etc/$file"
		mount --bind "$SCRATCH/$file" "/etc/$file"
	done
	start_dockerd --userns-remap=daemon --add-runtime "oci-harden=$RUNTIME" || return 1
	tar -C "$SCRATCH/rootfs" -c . | "$DOCKER" import - registry.example/good >/dev/null
	make_key release || return 1
	"$DOCKER" save -o "$SCRATCH/good.tar" registry.example/good
}

teardown_file()
{
	stop_dockerd
	umount /etc/subuid /etc/subgid
	scratch_end
}

teardown()
{
	[ -n "${BATS_TEST_COMPLETED:-}" ] || dump_logs
	forget_all
}

start()
{
	run "$DOCKER" run --rm --runtime oci-harden --network none registry.example/good echo it runs
}

@test "a signed image runs by its layers, an unsigned one does not" {
	trust_policy 'signed-by: {at-least: 1, of: [release]}' 'empty-upper-directory: true'
	start
	assert_equal "$status" 125
	assert_contains "$output" "asks for a signature by 1 of release"
	import_signed "$SCRATCH/good.tar"
	start
	assert_equal "$output" "it runs"
}

@test "that its content cannot be compared is said so" {
	trust_policy 'signed-by: {at-least: 1, of: [release]}' 'bind: content'
	import_signed "$SCRATCH/good.tar"
	start
	assert_equal "$status" 125
	assert_contains "$output" "userns-remap"
	assert_contains "$output" "let the policy's bind be layers"
}
