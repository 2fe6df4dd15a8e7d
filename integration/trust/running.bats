#!/usr/bin/env bats
# A container that runs, while what its image is judged by changes or cannot be read: exec and
# update under a real dockerd.

load ../lib/engines.bash
load trust.bash

STORE=/var/lib/oci-harden/trust
SIGNED='signed-by: release'

setup_file()
{
	scratch_begin trust-running || return 1
	make_rootfs "$SCRATCH/rootfs"
	# one without its verifier beside it
	mkdir "$SCRATCH/bin" && cp "$RUNTIME" "$SCRATCH/bin/oci-harden"
	start_dockerd --add-runtime "oci-harden=$RUNTIME" --add-runtime "alone=$SCRATCH/bin/oci-harden" || return 1
	echo good >"$SCRATCH/rootfs/name"
	tar -C "$SCRATCH/rootfs" -c . | "$DOCKER" import - registry.example/good >/dev/null
	"$DOCKER" save -o "$SCRATCH/good.tar" registry.example/good
	make_key release
}

teardown_file()
{
	stop_dockerd
	scratch_end
}

setup()
{
	trust_policy "$SIGNED"
	import_signed "$SCRATCH/good.tar"
	# a verdict that the one which cannot make any may recall
	"$DOCKER" run --rm --runtime oci-harden --network none registry.example/good true
	"$DOCKER" run -d --name app --memory 64m --memory-swap 64m --runtime oci-harden --network none registry.example/good \
		sleep 1000 >/dev/null
}

teardown()
{
	[ -n "${BATS_TEST_COMPLETED:-}" ] || dump_logs
	"$DOCKER" ps -aq | xargs -r "$DOCKER" rm -f >/dev/null 2>&1 || true
	forget_all
	rm -rf /run/oci-harden/verdicts
}

last()
{
	tail -n 1 /var/log/oci-harden/decisions.jsonl | jq -r "$1"
}

# lets_in NOTE: exec and update work, with a note in the log; nothing new starts.
lets_in()
{
	local verb
	rm -rf /run/oci-harden/verdicts
	assert_equal "$("$DOCKER" exec app cat /name)" good
	assert_contains "$(last '.notes[]')" 'the image was not judged anew, on which nothing here depends: '
	assert_contains "$(last '.verb, .verdict, .notes[]')" "$1"
	"$DOCKER" update --memory 60m --memory-swap 60m app >/dev/null
	assert_contains "$(last '.verb, .notes[]')" "$1"
	run "$DOCKER" run --rm --runtime oci-harden --network none registry.example/good true
	assert_equal "$status" 125
}

# keeps_out WHY…: neither exec nor update, with all of these words.
keeps_out()
{
	local word
	rm -rf /run/oci-harden/verdicts
	run "$DOCKER" exec app cat /name
	assert_equal "$status" 126
	for word in "$@"; do
		assert_contains "$output" "$word"
	done
	run "$DOCKER" update --memory 60m --memory-swap 60m app
	assert_equal "$status" 1
	for word in "$@"; do
		assert_contains "$output" "$word"
	done
}

damage_store()
{
	find "$STORE" -type f | while IFS= read -r file; do
		echo damaged >"$file"
	done
}

@test "a store that cannot be read refuses starts; exec into what runs goes on, and the log says why" {
	chown 1000 "$STORE"
	lets_in '"/var/lib/oci-harden/trust" belongs to uid 1000'
	chown 0 "$STORE"
	damage_store
	lets_in 'in the store of signatures is damaged; remove it, and import or fetch its image again'
	rm -rf "$STORE"
	echo >"$STORE"
	lets_in 'the store of signatures "/var/lib/oci-harden/trust": is no folder'
	rm "$STORE"
	assert_equal "$("$DOCKER" exec app cat /name)" good
	assert_equal "$(last '.trust | [.trusted, .signers] | tostring')" '[false,[]]'
}

@test "where an exception is bound to signers, they have to be known: exec is refused until then" {
	exceptions="exceptions:
  - {name: root, for: {signed-by: release}, exec: {action: refuse}, reason: a test, expires: 2099-12-31}"
	trust_policy "$SIGNED" '' "$exceptions"
	run "$DOCKER" exec app true
	assert_equal "$status" 126
	assert_contains "$output" 'the policy refuses exec'
	chown 1000 "$STORE"
	keeps_out 'belongs to uid 1000' 'chown root:root it' 'an exception bound to signers'
	chown 0 "$STORE"
	damage_store
	keeps_out 'is damaged; remove it, and import or fetch its image again' 'an exception bound to signers'

	# one for other images does not concern it
	trust_policy "$SIGNED" '' "${exceptions/signed-by: release/signed-by: release, image: registry.example/other}"
	lets_in 'is damaged'
}

@test "an exception bound to a digest that only the verdict proves: exec is refused until then" {
	# the manifest's, which Docker's own store does not have
	trust_policy "$SIGNED" '' "exceptions:
  - {name: one, for: {digest: \"$(cat "$SCRATCH/digest")\"}, exec: {action: refuse}, reason: a test, expires: 2099-12-31}"
	run "$DOCKER" exec app true
	assert_equal "$status" 126
	assert_contains "$output" 'the policy refuses exec'
	damage_store
	keeps_out 'is damaged; remove it, and import or fetch its image again' 'or to a digest'
}

@test "where it cannot be looked at whether the layers are the signed ones, nor who signed is known" {
	local noted
	noted=$(echo "$SCRATCH"/docker/image/overlay2/layerdb/sha256/*/cache-id)
	rm -rf /run/oci-harden/contents
	mv "$noted" "$SCRATCH/cache-id"
	lets_in "which layers are under the container's root cannot be told"
	trust_policy "$SIGNED" '' "exceptions:
  - {name: one, for: {signed-by: release}, exec: {action: refuse}, reason: a test, expires: 2099-12-31}"
	keeps_out "which layers are under the container's root cannot be told" 'an exception bound to signers'
	# nor is it started by rules that may be looser, though the policy asks for no signature
	MATCH='registry.example/other' trust_policy "$SIGNED" 'unmatched: allow' "exceptions:
  - {name: one, for: {signed-by: release}, exec: {action: refuse}, reason: a test, expires: 2099-12-31}"
	run "$DOCKER" run --rm --runtime oci-harden --network none registry.example/good true
	assert_equal "$status" 125
	assert_contains "$output" "which layers are under the container's root cannot be told"
	mv "$SCRATCH/cache-id" "$noted"
	run "$DOCKER" run --rm --runtime oci-harden --network none registry.example/good true
	assert_equal "$status" 0
}

@test "what deny names gets nothing new while it runs, and can be stopped; in doubt neither" {
	local digest
	digest=$(cat "$SCRATCH/digest")
	trust_policy "$SIGNED" "deny: [\"$digest\"]"
	keeps_out "trust/deny names $digest" 'what runs of it can only be stopped'
	run "$HARDENCTL" exception "$(last .id)"
	assert_contains "$output" 'No exception lets run what trust/deny names'
	# no exception either
	trust_policy "$SIGNED" "deny: [\"$digest\"]" "exceptions:
  - {name: one, for: {digest: \"$digest\"}, trust: {action: audit}, exec: {action: audit}, reason: a test, expires: 2099-12-31}"
	keeps_out "trust/deny names $digest"
	# whether this one is denied only the store can tell
	trust_policy "$SIGNED" "deny: [\"sha256:$(printf %064d 1)\"]"
	assert_equal "$("$DOCKER" exec app cat /name)" good
	damage_store
	keeps_out 'is damaged; remove it, and import or fetch its image again' 'whether trust/deny'

	trust_policy "$SIGNED" "deny: [\"$digest\"]"
	"$DOCKER" stop -t 0 app >/dev/null
	assert_equal "$("$DOCKER" inspect -f '{{.State.Running}}' app)" false
}

@test "in audit mode it is only logged" {
	local digest
	digest=$(cat "$SCRATCH/digest")
	trust_policy "$SIGNED" "deny: [\"$digest\"]" 'mode: audit'
	assert_equal "$("$DOCKER" exec app cat /name)" good
	assert_equal "$(last .verdict)" audited
}

@test "without the program that verifies" {
	"$DOCKER" rm -f app >/dev/null
	"$DOCKER" run --rm --runtime oci-harden --network none registry.example/good true
	"$DOCKER" run -d --name app --memory 64m --memory-swap 64m --runtime alone --network none registry.example/good \
		sleep 1000 >/dev/null
	# by a verdict that is there
	assert_equal "$("$DOCKER" exec app cat /name)" good
	assert_equal "$(last '.trust | [.trusted, .cached] | tostring')" '[true,true]'
	rm -rf /run/oci-harden/verdicts
	assert_equal "$("$DOCKER" exec app cat /name)" good
	assert_contains "$(last '.notes[]')" 'the program that verifies images (install it beside oci-harden)'
	trust_policy "$SIGNED" "deny: [\"sha256:$(printf %064d 1)\"]"
	keeps_out 'install it beside oci-harden' 'whether trust/deny'
	run "$DOCKER" run --rm --runtime alone --network none registry.example/good true
	assert_equal "$status" 125
}
