#!/usr/bin/env bats
# What the container sees of the host's files: root, mounts, hidden paths.

load attacks.bash

# A block device with an ext4 of its own that holds a secret.
make_block_device() {
	needs mkfs.ext4
	truncate -s 8M "$WORK/disk"
	mkdir "$WORK/content"; echo SECRET > "$WORK/content/secret"
	mkfs.ext4 -q -d "$WORK/content" "$WORK/disk"
	DEVICE=$(losetup --find --show "$WORK/disk")
	CLEANUP="losetup --detach $DEVICE"
}

# A listening AF_UNIX socket at the path $1.
listen_at() {
	python3 -c 'import socket, sys, time
s = socket.socket(socket.AF_UNIX); s.bind(sys.argv[1]); s.listen(); time.sleep(60)' "$1" &
	CLEANUP="kill $! 2>/dev/null || true; ${CLEANUP:-}"
	local try
	for try in $(seq 50); do [ -S "$1" ] && return; sleep 0.1; done
	return 1
}

bind_of() {
	printf '{"destination": "%s", "type": "bind", "source": "%s", "options": ["rbind", "rprivate"]}' "${2:-/mnt}" "$1"
}

@test "B01 root-filesystem: a writable root" {
	script 'touch /bin/planted && echo WROTE; touch /tmp/fine && echo TMP; touch /run/fine && echo RUN'
	bare; shows WROTE
	rm -f "$BUNDLE/rootfs/bin/planted"
	edit '.process.user = {"uid": 65532, "gid": 65532}'
	chown 65532 "$BUNDLE/rootfs/bin"
	hardened; succeeded; shows_not WROTE; shows TMP; shows RUN
}

@test "B02 root-filesystem: the host's root as the container's" {
	mkdir "$WORK/host"; mount --bind / "$WORK/host"
	edit --arg root "$WORK/host" '.root.path = $root | .mounts = [.mounts[] | select(.destination == "/proc")]
	      | .process.env = ["PATH=/usr/bin:/bin"]'
	script 'cat /etc/debian_version'
	bare; shows "$(cat /etc/debian_version)"
	hardened; refused_by root-filesystem
}

@test "B03 root-filesystem: a root outside the bundle" {
	mkdir "$WORK/outside"; cp -a "$BUNDLE/rootfs/." "$WORK/outside/"; echo OUTSIDE > "$WORK/outside/data/mark"
	edit --arg root "$WORK/outside" '.root.path = $root'
	script 'cat /data/mark'
	bare; shows OUTSIDE
	hardened; refused_by root-filesystem
}

@test "B04 root-filesystem: /sys is a symbolic link in the image" {
	rm -r "$BUNDLE/rootfs/sys"; mkdir "$BUNDLE/rootfs/fake-sys"; ln -s fake-sys "$BUNDLE/rootfs/sys"
	edit '.mounts |= map(select(.destination | startswith("/sys") | not))'
	script 'readlink /sys'
	bare; shows fake-sys
	hardened; refused_by root-filesystem
}

@test "B05 mount-types: ext4 from a block device of the host" {
	make_block_device
	mount_entry "{\"destination\": \"/mnt\", \"type\": \"ext4\", \"source\": \"$DEVICE\", \"options\": [\"ro\"]}"
	script 'cat /mnt/secret'
	bare; shows SECRET
	hardened; refused_by mount-types
}

@test "B06 mount-types: an overlay over a folder of the host" {
	mkdir "$WORK/host" "$WORK/upper" "$WORK/workdir"; echo SECRET > "$WORK/host/secret"
	mount_entry "{\"destination\": \"/mnt\", \"type\": \"overlay\", \"source\": \"overlay\", \"options\": [\"lowerdir=$WORK/host,upperdir=$WORK/upper,workdir=$WORK/workdir\"]}"
	script 'cat /mnt/secret'
	bare; shows SECRET
	hardened; refused_by mount-types
}

@test "B07 mount-types: devtmpfs shows every device of the host" {
	mount_entry '{"destination": "/mnt", "type": "devtmpfs", "source": "devtmpfs", "options": []}'
	script 'ls /mnt'
	bare; shows kmsg
	hardened; refused_by mount-types
}

@test "B08 mount-types: bpf, tracefs, debugfs and binfmt_misc" {
	local type
	for type in tracefs debugfs bpf binfmt_misc securityfs; do
		grep -qw "$type" /proc/filesystems && break
	done
	mount_entry "{\"destination\": \"/mnt\", \"type\": \"$type\", \"source\": \"$type\", \"options\": []}"
	script 'grep /mnt /proc/mounts'
	bare; shows "/mnt $type"
	hardened; refused_by mount-types
}

@test "B09 mount-types: a second proc elsewhere is not masked" {
	mount_entry '{"destination": "/mnt", "type": "proc", "source": "proc", "options": []}'
	script 'grep -q . /mnt/timer_list && echo UNMASKED'
	bare; shows UNMASKED
	hardened; refused_by mount-types
}

@test "B10 mount-types: a writable sysfs" {
	edit '.mounts |= map(if .type == "sysfs" then .options -= ["ro"] else . end)'
	script 'grep " /sys sysfs" /proc/mounts'
	bare; shows '/sys sysfs rw'
	hardened; succeeded; shows '/sys sysfs ro'
}

@test "B11 mount-types: a writable cgroup file system" {
	edit '.mounts |= map(if .type == "cgroup" then .options -= ["ro"] else . end)'
	script 'grep -c "cgroup rw" /proc/mounts'
	bare; [ "$output" -gt 0 ]
	hardened; [ "${lines[0]}" = 0 ]
}

@test "B12 mount-sources: the Docker socket" {
	mkdir -p /run/oht; listen_at "$WORK/docker.sock"
	[ -e /run/docker.sock ] || { touch /run/docker.sock; CLEANUP="umount /run/docker.sock; rm -f /run/docker.sock; $CLEANUP"; }
	mount --bind "$WORK/docker.sock" /run/docker.sock
	mount_entry "$(bind_of /run/docker.sock /var/docker.sock)"
	mkdir -p "$BUNDLE/rootfs/var"; touch "$BUNDLE/rootfs/var/docker.sock"
	script 'test -S /var/docker.sock && echo SOCKET'
	bare; shows SOCKET
	hardened; refused_by mount-sources; shows '"/run/docker.sock" is the Docker socket'; shows 'CIS 5.32'
}

@test "B13 mount-sources: an engine's socket under another name" {
	listen_at "$WORK/docker.sock"; touch "$WORK/harmless.txt"
	mount --bind "$WORK/docker.sock" "$WORK/harmless.txt"
	touch "$BUNDLE/rootfs/mnt"
	mount_entry "$(bind_of "$WORK/harmless.txt")"
	script 'test -S /mnt && echo SOCKET'
	bare; shows SOCKET
	hardened; refused_by mount-sources
}

@test "B14 mount-sources: a bind whose type says tmpfs" {
	mkdir "$WORK/host"; echo SECRET > "$WORK/host/secret"
	mount_entry "{\"destination\": \"/mnt\", \"type\": \"tmpfs\", \"source\": \"$WORK/host\", \"options\": [\"bind\"]}"
	script 'cat /mnt/secret'
	bare; shows SECRET
	hardened; refused_by mount-sources
}

@test "B15 mount-sources: a relative source" {
	mkdir "$WORK/host"; echo SECRET > "$WORK/host/secret"
	mount_entry "$(bind_of ../host)"
	script 'cat /mnt/secret'
	bare; shows SECRET
	hardened; refused_by mount-sources
}

@test "B16 mount-sources: a symbolic link to a folder of the host" {
	ln -s /etc "$BUNDLE/innocent"
	mount_entry "$(bind_of "$BUNDLE/innocent")"
	script 'cat /mnt/debian_version'
	bare; shows "$(cat /etc/debian_version)"
	hardened; refused_by mount-sources
}

@test "B17 mount-sources: the host's root through /proc/self/root" {
	mount_entry "$(bind_of /proc/self/root/etc)"
	script 'cat /mnt/debian_version'
	bare; shows "$(cat /etc/debian_version)"
	hardened; refused_by mount-sources
}

@test "B18 mount-sources: a folder whose parent another user can write" {
	mkdir -m 0777 "$WORK/shared"; mkdir "$WORK/shared/data"; echo SECRET > "$WORK/shared/data/secret"
	mount_entry "$(bind_of "$WORK/shared/data")"
	script 'cat /mnt/secret'
	bare; shows SECRET
	hardened; refused_by mount-sources
}

@test "B19 mount-sources: the policy's own folders" {
	mkdir -p /etc/oci-harden
	mount_entry "$(bind_of /etc/oci-harden)"
	script 'touch /mnt/planted && echo WROTE'
	bare; shows WROTE
	rm -f /etc/oci-harden/planted
	hardened; refused_by mount-sources
}

@test "B20 mount-sources: a device node of the host" {
	touch "$BUNDLE/rootfs/mnt"
	mount_entry "$(bind_of /dev/kmsg)"
	script 'test -c /mnt && echo DEVICE'
	bare; shows DEVICE
	hardened; refused_by mount-sources
}

@test "B21 mount-destinations: a mount over / replaces the whole root" {
	mkdir "$WORK/other"; cp -a "$BUNDLE/rootfs/." "$WORK/other/"; echo REPLACED > "$WORK/other/data/mark"
	edit --argjson entry "$(bind_of "$WORK/other" /)" '.mounts = [$entry] + .mounts'
	script 'cat /data/mark'
	bare; shows REPLACED
	hardened; refused_by mount-destinations
}

@test "B22 mount-destinations: / spelled with .. and //" {
	mkdir "$WORK/other"; cp -a "$BUNDLE/rootfs/." "$WORK/other/"; echo REPLACED > "$WORK/other/data/mark"
	edit --argjson entry "$(bind_of "$WORK/other" /data/..//)" '.mounts = [$entry] + .mounts'
	script 'cat /data/mark'
	bare; shows REPLACED
	hardened; refused_by mount-destinations
}

@test "B23 mount-destinations: below /sys, over what the kernel shows" {
	mount_entry '{"destination": "/sys/fs/cgroup/planted", "type": "tmpfs", "source": "tmpfs", "options": []}'
	edit '.mounts |= map(if .destination == "/sys/fs/cgroup" then {"destination": "/sys/fs/cgroup", "type": "tmpfs", "source": "tmpfs", "options": []} else . end)'
	script 'grep -c " /sys/fs/cgroup/planted tmpfs" /proc/mounts'
	bare; [ "$output" = 1 ]
	hardened; refused_by mount-
}

@test "B24 mount-destinations: into /dev through a symbolic link in the image" {
	ln -s /dev "$BUNDLE/rootfs/harmless"
	mount_entry '{"destination": "/harmless/planted", "type": "tmpfs", "source": "tmpfs", "options": []}'
	script 'grep -c " /dev/planted tmpfs" /proc/mounts'
	bare; [ "$output" = 1 ]
	hardened; refused_by mount-destinations
}

@test "B25 mount-options: shared propagation carries mounts to the host" {
	edit '.linux.rootfsPropagation = "shared" | .mounts |= map(if .destination == "/dev/shm" then .options += ["rshared"] else . end)'
	script 'grep -c "/dev/shm.*shared:" /proc/self/mountinfo'
	bare; [ "$output" = 1 ]
	hardened; [ "${lines[0]}" = 0 ]
}

@test "B26 mount-options: setuid programs and devices on a mount" {
	script 'grep " /opt/cache " /proc/mounts'
	mount_entry '{"destination": "/opt/cache", "type": "tmpfs", "source": "tmpfs", "options": ["suid", "dev"]}'
	bare; shows_not nosuid
	hardened; succeeded; shows nosuid; shows nodev
}

@test "B27 mount-options: ro,rw, of which the last wins" {
	edit '.mounts |= map(if .type == "sysfs" then .options = ["nosuid", "ro", "rw"] else . end)'
	script 'grep " /sys sysfs" /proc/mounts'
	bare; shows '/sys sysfs rw'
	hardened; succeeded; shows '/sys sysfs ro'
}

@test "B28 mount-options: nosuid,suid, of which the last wins" {
	mount_entry '{"destination": "/opt/cache", "type": "tmpfs", "source": "tmpfs", "options": ["nosuid", "nodev", "suid", "dev"]}'
	script 'grep " /opt/cache " /proc/mounts'
	bare; shows_not nosuid
	hardened; succeeded; shows nosuid; shows nodev
}

@test "B29 mount-options: submounts of a read-only recursive bind stay writable" {
	mkdir -p "$WORK/volume/sub"; mount -t tmpfs none "$WORK/volume/sub"; chmod 0777 "$WORK/volume/sub"
	printf 'version: 1\ncontrols: {mount-sources: {allow: [{source: %s, read-only: true}]}}\n' "$WORK/volume" > "$WORK/policy.yaml"
	mount_entry "{\"destination\": \"/mnt\", \"type\": \"bind\", \"source\": \"$WORK/volume\", \"options\": [\"rbind\", \"ro\"]}"
	script 'touch /mnt/sub/planted && echo WROTE'
	bare; shows WROTE
	rm -f "$WORK/volume/sub/planted"
	"$HARDENCTL" policy apply "$WORK/policy.yaml"
	CLEANUP="rm -rf /var/lib/oci-harden/policy"
	hardened; shows_not WROTE
}

@test "B30 hidden-paths: an empty list unmasks the kernel's secrets" {
	edit '.linux.maskedPaths = [] | .linux.readonlyPaths = []'
	script 'grep -q . /proc/timer_list && echo READ; cat /proc/mounts'
	bare; shows READ; shows_not ' /proc/timer_list '
	hardened; shows_not READ; shows ' /proc/timer_list '; shows '/proc/sys proc ro'
}

@test "B31 hidden-paths: no list at all" {
	edit 'del(.linux.maskedPaths) | del(.linux.readonlyPaths)'
	script 'grep -q . /proc/timer_list && echo READ; cat /proc/mounts'
	bare; shows READ; shows_not ' /proc/timer_list '
	hardened; shows_not READ; shows ' /proc/timer_list '; shows '/proc/sys proc ro'
}

@test "B32 hidden-paths: a bind of /proc elsewhere" {
	mount_entry "$(bind_of /proc)"
	script 'test -e /mnt/1/status && echo PROC'
	bare; shows PROC
	hardened; refused_by mount-sources
}

@test "B33 user-namespace: an idmapped mount without a user namespace" {
	needs crun
	mkdir "$WORK/volume"; echo SECRET > "$WORK/volume/secret"; chmod 0600 "$WORK/volume/secret"
	edit '.process.user = {"uid": 1000, "gid": 1000}'
	mount_entry "{\"destination\": \"/mnt\", \"type\": \"bind\", \"source\": \"$WORK/volume\", \"options\": [\"rbind\", \"idmap=uids=0-1000-1;gids=0-1000-1\"]}"
	script 'cat /mnt/secret'
	cat > "$WORK/bare-crun" <<'SCRIPT'
umount /sys/fs/cgroup/unified 2>/dev/null
exec crun --root "$1" run --bundle "$2" "$3"
SCRIPT
	run unshare -m sh "$WORK/bare-crun" "$WORK/runc" "$BUNDLE" "$ID"
	shows SECRET
	hardened; refused_by user-namespace
}

@test "B34 mount-sources: a symbolic link in a folder of another container's user" {
	mkdir -p "$WORK/theirs" "$WORK/volume"; chown 65532 "$WORK/theirs"; echo SECRET > "$WORK/volume/secret"
	ln -s "$WORK/volume" "$WORK/theirs/link"
	printf 'version: 1\ncontrols: {mount-sources: {allow: [{source: %s, read-only: false}]}}\n' "$WORK/volume" > "$WORK/policy.yaml"
	mount_entry "$(bind_of "$WORK/theirs/link")"
	script 'cat /mnt/secret'
	bare; shows SECRET
	"$HARDENCTL" policy apply "$WORK/policy.yaml"
	CLEANUP="rm -rf /var/lib/oci-harden/policy"
	hardened; refused_by mount-sources
}

@test "B35 devices: a node of the host's disk" {
	make_block_device
	local numbers; numbers=$(stat -c '{"major": %Hr, "minor": %Lr}' "$DEVICE")
	edit --argjson numbers "$numbers" '.linux.devices = [{"path": "/dev/disk", "type": "b", "fileMode": 438} + $numbers]
	      | .linux.resources.devices += [{"allow": true, "type": "b", "access": "rwm"} + $numbers]'
	script 'grep -c SECRET /dev/disk'
	bare; succeeded; [ "$output" -gt 0 ]
	hardened; refused_by devices
}

@test "B36 devices: a rule that opens every device" {
	make_block_device
	edit '.linux.resources.devices = [{"allow": true, "access": "rwm"}]'
	script "mknod /data/disk b $(stat -c '%Hr %Lr' "$DEVICE"); grep -c SECRET /data/disk"
	bare; [ "${lines[0]}" -gt 0 ]
	rm -f "$BUNDLE/rootfs/data/disk"; mknod -m 0666 "$BUNDLE/rootfs/data/disk" b $(stat -c '%Hr %Lr' "$DEVICE")
	hardened; [ "$status" -ne 0 ]; shows 'not permitted'
}

@test "Q01 devices: a node of the host's console, which engines have a rule for" {
	edit '.linux.devices = [{"path": "/dev/other", "type": "c", "major": 5, "minor": 1, "fileMode": 438}]'
	script 'stat -c "%t:%T %a" /dev/other'
	bare; succeeded; shows '5:1 666'
	hardened; refused_by devices; shows /dev/other
	# its name in the container says nothing: the way out has the host's
	run "$HARDENCTL" exception "$ID"
	succeeded; shows 'devices: {add: ["/dev/console"]}'
}
