#!/usr/bin/env bats
# What a real dockerd does for a container beside its configuration: ports, restarts.
# Its network is the host's own bridge of this test, without any rule of a firewall.

load ../lib/engines.bash

setup_file()
{
	scratch_begin exposure || return 1
	make_rootfs "$SCRATCH/rootfs"
	start_dockerd --add-runtime "oci-harden=$RUNTIME" --add-runtime "bare=$BARE_RUNTIME" || return 1
	tar -C "$SCRATCH/rootfs" -c . | "$DOCKER" import --change 'EXPOSE 7000' - image >/dev/null
	printf 'version: 1\nbackend: {name: runc}\ncontrols: {exposure: {action: refuse}}\n' >"$SCRATCH/policy.yaml"
}

teardown_file()
{
	stop_dockerd
	scratch_end
}

teardown()
{
	[ -n "${BATS_TEST_COMPLETED:-}" ] || dump_logs
	"$DOCKER" ps -aq | xargs -r "$DOCKER" rm -f -v >/dev/null 2>&1 || true
	rm -rf /var/lib/oci-harden/policy
}

# starts RUNTIME OPTION…: a container that ends by itself.
starts()
{
	run "$DOCKER" run --name web --runtime "$1" --network none "${@:2}" image true
	"$DOCKER" rm -f web >/dev/null 2>&1 || true
}

# told_and_refused POINTER REFERENCE OPTION…: runs bare; is told of under restricted; is
# refused where the policy says so, with a way out that is one.
told_and_refused()
{
	local pointer=$1 reference=$2 exception
	shift 2
	starts bare "$@"
	assert_equal "$status" 0 || return 1
	starts oci-harden "$@"
	assert_equal "$status" 0 || return 1
	assert_contains "$(tail -n 1 /var/log/oci-harden/decisions.jsonl | jq -c '.findings[] | select(.control == "exposure")
		| [.outcome, .pointer, .reference]')" "[\"audited\",\"$pointer\",\"$reference\"]" || return 1
	"$HARDENCTL" policy apply "$SCRATCH/policy.yaml" || return 1
	starts oci-harden "$@"
	assert_equal "$status" 125 || return 1
	assert_contains "$output" "$REFUSED" || return 1
	assert_contains "$output" "$pointer" || return 1
	assert_contains "$output" "exposure, $reference" || return 1
	exception=$("$HARDENCTL" exception "$(tail -n 1 /var/log/oci-harden/decisions.jsonl | jq -r .id)") || return 1
	{ cat "$SCRATCH/policy.yaml"; echo "$exception"; } >"$SCRATCH/with-exception.yaml"
	"$HARDENCTL" policy apply "$SCRATCH/with-exception.yaml" || return 1
	starts oci-harden "$@"
	assert_equal "$status" 0
}

@test "G16 exposure: a port on every address of the host" {
	told_and_refused /hostconfig.json/PortBindings/80~1tcp/0/HostIp 'CIS 5.14' -p 18080:80
	rm -rf /var/lib/oci-harden/policy
	told_and_refused /hostconfig.json/PortBindings/81~1udp/0/HostIp 'CIS 5.14' -p 0.0.0.0:18081:81/udp
}

@test "G17 exposure: a port below 1024" {
	told_and_refused /hostconfig.json/PortBindings/80~1tcp/0/HostPort 'CIS 5.8' -p 127.0.0.1:80:80
}

@test "G18 exposure: every port that the image names" {
	told_and_refused /hostconfig.json/PublishAllPorts 'CIS 5.14' -P
}

@test "G19 exposure: restarts without end" {
	told_and_refused /hostconfig.json/RestartPolicy 'CIS 5.15' --restart on-failure
	rm -rf /var/lib/oci-harden/policy
	told_and_refused /hostconfig.json/RestartPolicy 'CIS 5.15' --restart unless-stopped
}

@test "ports on one address and bounded restarts are no finding" {
	"$HARDENCTL" policy apply "$SCRATCH/policy.yaml"
	starts oci-harden -p 127.0.0.1:18080:80 --restart on-failure:5
	assert_equal "$status" 0
	assert_equal "$(tail -n 1 /var/log/oci-harden/decisions.jsonl | jq '[.findings[] | select(.control == "exposure")] | length')" 0
}
