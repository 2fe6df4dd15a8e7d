#!/usr/bin/env bats
# A real dockerd with oci-harden as one of its runtimes. Each way round is first
# shown to work under bare runc, so that a test cannot pass for want of an attack.

load ../lib/engines.bash

setup_file()
{
	scratch_begin docker || return 1
	make_rootfs "$SCRATCH/rootfs"
	start_dockerd --add-runtime "oci-harden=$RUNTIME" --add-runtime "bare=$BARE_RUNTIME" || return 1
	tar -C "$SCRATCH/rootfs" -c . | "$DOCKER" import - image >/dev/null
}

teardown_file()
{
	stop_dockerd
	scratch_end
}

teardown()
{
	local container
	[ -n "${BATS_TEST_COMPLETED:-}" ] || dump_logs
	for container in $("$DOCKER" ps -aq); do
		"$DOCKER" rm -f -v "$container" >/dev/null 2>&1 || true
	done
	"$DOCKER" volume ls -q | xargs -r "$DOCKER" volume rm >/dev/null
	mounts_below "$SCRATCH/attack" | xargs -r umount
	[ -z "${DISK:-}" ] || losetup -d "$DISK"
	rm -rf "$SCRATCH/attack" "$SCRATCH/disk"
}

bare()
{
	run "$DOCKER" run --rm --runtime bare "$@"
}

hardened()
{
	run "$DOCKER" run --rm --runtime oci-harden "$@"
}

# succeeds_bare ARGUMENT…: the attack does what it is meant to do.
succeeds_bare()
{
	bare "$@"
	[ "$status" -eq 0 ] || { echo "the attack itself fails: $output" >&2; return 1; }
}

# refused_by RULE ARGUMENT…: works under runc; under oci-harden it is refused in a
# sentence that names the rule, with Docker's own exit code for a failed start.
refused_by()
{
	local rule=$1
	shift
	succeeds_bare "$@" || return 1
	hardened "$@"
	assert_equal "$status" 125 || return 1
	assert_contains "$output" "$REFUSED" || return 1
	assert_contains "$output" "$rule"
}

@test "an ordinary container: not root, no capability, no way to gain one, a filter" {
	bare --network none image sh -c 'id -u; cat /proc/self/status'
	assert_equal "${lines[0]}" 0
	[ "$(status_of CapEff "$output")" != 0000000000000000 ]
	assert_equal "$(status_of NoNewPrivs "$output")" 0

	hardened --network none image sh -c 'id -u; cat /proc/self/status'
	assert_equal "$status" 0
	assert_equal "${lines[0]}" 65532
	assert_hardened "$output"
}

@test "the root file system is read-only, /tmp can be written" {
	succeeds_bare --network none image sh -c 'echo x >/written && echo x >/etc/passwd'
	hardened --network none image sh -c 'touch /tmp/x && echo tmp-ok; grep " / " /proc/self/mountinfo'
	assert_equal "$status" 0
	assert_equal "${lines[0]}" tmp-ok
	assert_equal "$(awk '$5 == "/" { print substr($6, 1, 3) }' <<<"$output")" ro,
	hardened --network none --user 0 image sh -c 'echo x >/written'
	[ "$status" -ne 0 ]
}

@test "--user is kept, and --user 0 is not root" {
	hardened --network none --user 1000:1000 image id -u
	assert_equal "$output" 1000
	bare --network none --user 0 --group-add disk image id -G
	assert_contains " $output " ' 6 '
	hardened --network none --user 0 --group-add disk image sh -c 'id -u; id -G'
	assert_equal "$status" 0
	assert_equal "${lines[0]}" 65532
	assert_lacks " ${lines[1]} " ' 6 '
	assert_lacks " ${lines[1]} " ' 0 '
}

@test "E05 mount-sources: the Docker socket is refused, and under every other name too" {
	local socket=$SCRATCH/docker.sock name
	mkdir -p "$SCRATCH/attack/folder"
	ln -s "$socket" "$SCRATCH/attack/link"
	ln "$socket" "$SCRATCH/attack/hardlink"
	touch "$SCRATCH/attack/bound"
	mount --bind "$socket" "$SCRATCH/attack/bound"
	refused_by mount-sources --network none -v "$socket:/x" image ls -l /x
	assert_contains "$output" socket
	for name in link hardlink bound; do
		refused_by mount-sources --network none -v "$SCRATCH/attack/$name:/x" image ls -l /x
	done
	# and through the folder it stands in
	refused_by mount-sources --network none -v "$SCRATCH:/x" image ls -l /x/docker.sock
}

@test "the host's namespaces are refused" {
	refused_by namespaces --network none --pid host image true
	refused_by namespaces --network host image true
	refused_by namespaces --network none --ipc host image true
	# both are told at once
	hardened --network host --pid host image true
	assert_contains "$output" 'CIS 5.10'
	assert_contains "$output" 'CIS 5.16'
}

@test "E04 namespaces: another container's namespaces are refused" {
	"$DOCKER" run -d --runtime bare --network none --name other image sleep 1000
	refused_by namespaces --network none --pid container:other image true
	refused_by namespaces --network container:other image true
}

@test "F17 cgroup: a parent that the container's user chose" {
	refused_by cgroup --network none --cgroup-parent "/oht-$$" image true
	find /sys/fs/cgroup -depth -type d -name "oht-$$" -exec rmdir {} +
}

@test "F18 sysctl: one that the container's user chose" {
	refused_by sysctl --network none --sysctl net.ipv4.conf.all.route_localnet=1 image true
	hardened --network none --sysctl net.ipv4.tcp_syncookies=0 image cat /proc/sys/net/ipv4/tcp_syncookies
	assert_equal "$output" 0
}

@test "Docker's own hook runs, with an environment of its own" {
	hardened --network none --name hooked image true
	assert_equal "$status" 0
	assert_equal "$(jq -c 'select(.name == "hooked") | .findings[] | select(.control == "hooks")
		| [.pointer, .outcome]' /var/log/oci-harden/decisions.jsonl)" '["/hooks/prestart/0/env","rewritten"]'
	# which takes nothing from the container: no exception lets other hooks run for it
	run "$HARDENCTL" exception --all hooked
	assert_contains "$output" user:
	assert_lacks "$output" hooks:
}

@test "the host's files are refused" {
	refused_by mount-sources --network none -v /:/host image ls /host/etc/shadow
	refused_by mount-sources --network none -v /etc/shadow:/x image cat /x
	refused_by mount-sources --network none --mount type=bind,source=/root,target=/x image ls /x
}

@test "E01 mount-sources: a named volume that is a host folder is refused" {
	"$DOCKER" volume create -o type=none -o o=bind -o device=/root folder
	refused_by mount-sources --network none -v folder:/x image ls /x
}

# A disk of the host, as a loop device; teardown detaches it.
make_disk()
{
	mkdir -p "$SCRATCH/attack/disk"
	truncate -s 8M "$SCRATCH/disk"
	mkfs.ext4 -q "$SCRATCH/disk"
	DISK=$(losetup --find --show "$SCRATCH/disk")
	mount "$DISK" "$SCRATCH/attack/disk"
	printf 'secret of the disk' >"$SCRATCH/attack/disk/file"
	"$DOCKER" volume create -o type=ext4 -o device="$DISK" disk
}

@test "E02 mount-sources: a named volume that is a mounted block device is refused" {
	make_disk
	refused_by mount-sources --network none -v disk:/x image cat /x/file
}

@test "E03 mount-sources: a named volume that is a block device which nothing else has mounted is refused" {
	make_disk
	umount "$SCRATCH/attack/disk"
	refused_by mount-sources --network none -v disk:/x image cat /x/file
}

@test "named and anonymous volumes, tmpfs, --init, --shm-size work" {
	"$DOCKER" volume create data
	"$DOCKER" run --rm --runtime bare --network none -v data:/data image sh -c 'echo kept >/data/x; chmod 777 /data'
	hardened --network none -v data:/data -v /anonymous --tmpfs /scratch --init --shm-size 10m image \
		sh -c 'cat /data/x && echo more >/data/y && ls -d /anonymous /scratch && cat /proc/mounts'
	assert_equal "$status" 0
	assert_equal "${lines[0]}" kept
	assert_contains "$(grep ' /data ' <<<"$output")" nosuid
	assert_contains "$(grep ' /data ' <<<"$output")" nodev
}

@test "--cap-add gives nothing" {
	bare --network none --cap-add SYS_ADMIN --cap-add NET_ADMIN image cat /proc/self/status
	assert_equal "$status" 0
	[ "$((16#$(status_of CapEff "$output") & 1 << 21))" -ne 0 ]
	hardened --network none --cap-add ALL image cat /proc/self/status
	assert_equal "$status" 0
	assert_hardened "$output"
}

@test "--security-opt seccomp=unconfined gives a filter all the same" {
	bare --network none --security-opt seccomp=unconfined image cat /proc/self/status
	assert_equal "$(status_of Seccomp "$output")" 0
	hardened --network none --security-opt seccomp=unconfined image cat /proc/self/status
	assert_equal "$status" 0
	assert_hardened "$output"
}

# shellcheck disable=SC2016 # the container's shell expands it
@test "--security-opt systempaths=unconfined leaves /proc covered" {
	succeeds_bare --network none --security-opt systempaths=unconfined image sh -c 'test "$(head -c 1 /proc/keys)"'
	hardened --network none --security-opt systempaths=unconfined image sh -c 'test "$(head -c 1 /proc/keys)"'
	[ "$status" -ne 0 ]
	hardened --network none --security-opt systempaths=unconfined image cat /proc/mounts
	assert_contains "$output" ' /proc/sys '
}

@test "E06 devices: a host's disk by --device is refused" {
	make_disk
	printf 'secret of the disk' >"$DISK"
	bare --network none --device "$DISK:/dev/disk" image head -c 18 /dev/disk
	assert_equal "$output" 'secret of the disk'
	refused_by devices --network none --device "$DISK:/dev/disk" image head -c 18 /dev/disk
}

@test "exec runs, and is no looser than the container" {
	"$DOCKER" run -d --runtime bare --network none --name loose image sleep 1000
	run "$DOCKER" exec loose sh -c 'id -u; cat /proc/self/status'
	assert_equal "${lines[0]}" 0
	assert_equal "$(status_of NoNewPrivs "$output")" 0
	"$DOCKER" run -d --runtime oci-harden --network none --name tight image sleep 1000
	local options
	for options in '' '--privileged' '--user 0' '--user 5:6' '-t'; do
		# shellcheck disable=SC2086
		run "$DOCKER" exec $options tight cat /proc/self/status
		assert_equal "$status" 0
		assert_hardened "${output//$'\r'/}" # -t: a terminal's line ends
	done
	assert_equal "$("$DOCKER" inspect -f '{{.State.Running}}' tight)" true
	run "$HARDENCTL" why "$(jq -r 'select(.verb == "exec") | .id' /var/log/oci-harden/decisions.jsonl | head -n 1)"
	assert_contains "$output" 'rewritten /user (exec'
	run "$HARDENCTL" exception "$(jq -r 'select(.verb == "exec") | .id' /var/log/oci-harden/decisions.jsonl | head -n 1)"
	assert_contains "$output" 'exec: {action: audit}'
	printf 'version: 1\n%s\n' "$output" >"$SCRATCH/policy.yaml"
	"$HARDENCTL" policy apply "$SCRATCH/policy.yaml"
	run "$DOCKER" exec --user 0 tight id -u
	assert_equal "$output" 0
	printf 'version: 1\nexec: {action: refuse}\n' >"$SCRATCH/policy.yaml"
	"$HARDENCTL" policy apply "$SCRATCH/policy.yaml"
	run "$DOCKER" exec tight id -u
	assert_equal "$status" 126
	assert_contains "$output" 'the policy refuses exec (exec.action)'
	printf 'version: 1\n' >"$SCRATCH/policy.yaml"
	"$HARDENCTL" policy apply "$SCRATCH/policy.yaml"
}

@test "a health check runs as the container does" {
	"$DOCKER" run -d --runtime oci-harden --network none --name checked --health-interval 1s \
		--health-cmd 'test $(id -u) = 65532' image sleep 1000
	wait_until 30 is_healthy checked
}

is_healthy()
{
	[ "$("$DOCKER" inspect -f '{{.State.Health.Status}}' "$1")" = healthy ]
}

@test "a running container can be listed, paused, signalled, stopped and removed" {
	"$DOCKER" run -d --runtime oci-harden --network none --name web image sleep 1000
	run "$DOCKER" top web
	assert_contains "$output" 'sleep 1000'
	"$DOCKER" pause web
	"$DOCKER" unpause web
	"$DOCKER" stats --no-stream web
	"$DOCKER" kill --signal HUP web
	"$DOCKER" stop -t 1 web
	"$DOCKER" start web
	assert_equal "$("$DOCKER" inspect -f '{{.State.Running}}' web)" true
	"$DOCKER" restart -t 1 web
	"$DOCKER" rm -f web
}

@test "a refusal leaves nothing, and the next start works" {
	local id
	run "$DOCKER" run -d --runtime oci-harden --network none --name web -v /etc:/x image sleep 1000
	assert_equal "$status" 125
	id=$("$DOCKER" inspect -f '{{.Id}}' web)
	assert_equal "$("$DOCKER" inspect -f '{{.State.Running}}' web)" false
	assert_contains "$("$DOCKER" inspect -f '{{.State.Error}}' web)" mount-sources
	assert_equal "$(cgroups_named "$id")" ''
	assert_equal "$(find "$SCRATCH/exec" -name "$id*")" ''
	assert_equal "$(mounts_below "$SCRATCH/docker/overlay2" | wc -l)" 0
	assert_equal "$(grep -l "$id" /proc/[0-9]*/cmdline 2>/dev/null || true)" ''
	run "$DOCKER" start web
	[ "$status" -ne 0 ]
	assert_contains "$output" mount-sources
	"$DOCKER" rm web
	hardened --network none --name web image echo fine
	assert_equal "$output" fine
}

@test "nothing of a container's environment, arguments or labels gets into a message or the log" {
	local canary=canary-$RANDOM$RANDOM
	hardened --network none -v /etc:/x -e "SECRET=$canary" --label "note=$canary" image echo "$canary"
	assert_equal "$status" 125
	assert_lacks "$output" "$canary"
	hardened --network none -e "SECRET=$canary" image true
	assert_equal "$status" 0
	run grep -r "$canary" /var/log/oci-harden
	assert_equal "$output" ''
}

@test "the decision log knows the container by Docker's own store" {
	local digest record
	digest=$("$DOCKER" image inspect -f '{{.Id}}' image)
	"$DOCKER" run -d --runtime oci-harden --network none --name logged image sleep 1000
	record=$(grep "$("$DOCKER" inspect -f '{{.Id}}' logged)" /var/log/oci-harden/decisions.jsonl | head -n 1)
	assert_equal "$(jq -r .engine <<<"$record")" docker
	assert_contains "$record" moby
	assert_contains "$record" "$digest"
}
