#!/usr/bin/env bats
# The process itself, the backend that starts it, and devices by CDI. What Docker
# publishes is in integration/docker/exposure.bats.

load attacks.bash

# apply_policy YAML…: lines of a policy, active until the test ends.
apply_policy() {
	printf '%s\n' 'version: 1' "$@" > "$WORK/policy.yaml"
	CLEANUP="rm -rf /var/lib/oci-harden/policy /run/oci-harden/backend; ${CLEANUP:-true}"
	"$HARDENCTL" policy apply "$WORK/policy.yaml"
}

# The container starts in a folder of /proc; how its path is spelled.
starts_in_proc() {
	edit --arg cwd "$1" '.process.cwd = $cwd'
	script 'pwd -P'
	bare; succeeded; shows /proc
}

@test "G01 process: a working directory in /proc" {
	starts_in_proc /proc/self
	hardened; refused_by process; shows CVE-2024-21626
	edit '.process.cwd = "/proc/self/fd/7"'
	hardened; refused_by process
}

@test "G02 process: a working directory in /proc, spelled with .. and //" {
	starts_in_proc '/tmp/..//proc/./self/'
	hardened; refused_by process
}

@test "G03 process: a working directory that is a symbolic link of the image" {
	ln -s ../proc/self "$BUNDLE/rootfs/data/link"
	ln -s link "$BUNDLE/rootfs/data/again"
	starts_in_proc /data/again/fd
	hardened; refused_by process; shows 'leads to "/proc/self/fd"'
}

@test "G04 process: a working directory that is a symbolic link in a mounted folder" {
	mkdir "$WORK/volume"
	ln -s /proc/self "$WORK/volume/link"
	mount_entry "{\"destination\": \"/data\", \"type\": \"bind\", \"source\": \"$WORK/volume\", \"options\": [\"rbind\"]}"
	starts_in_proc /data/link
	apply_policy "controls: {mount-sources: {allow: [{source: $WORK/volume}]}}"
	hardened; refused_by process; shows 'leads to "/proc/self"'
}

@test "G05 process: a working directory behind a link that the backend makes in /dev" {
	starts_in_proc /dev/fd
	hardened; refused_by process
}

@test "Q03 process: an exec's working directory behind a link that the running container made" {
	edit '.mounts += [{destination: "/tmp", type: "tmpfs", source: "tmpfs", options: ["mode=1777"]}]'
	start_detached "$RUNC" "$WORK/runc"
	"$RUNC" --root "$WORK/runc" exec "$ID" ln -s /proc/self /tmp/link
	run "$RUNC" --root "$WORK/runc" exec --cwd /tmp/link "$ID" pwd -P
	succeeded; shows /proc/
	"$RUNC" --root "$WORK/runc" delete --force "$ID"
	start_detached "$OCI_HARDEN" "$WORK/shim"
	"$OCI_HARDEN" --root "$WORK/shim" exec "$ID" sh -c 'ln -s /proc/self /tmp/link; ln -s /proc/1/root /tmp/top; mkdir /tmp/plain'
	local link
	for link in /tmp/link /tmp/link/fd /tmp/top /tmp/top/tmp; do
		run "$OCI_HARDEN" --root "$WORK/shim" exec --cwd "$link" "$ID" pwd -P
		[ "$status" -eq 255 ]; shows "(process"; shows "in its /proc"
	done
	run "$OCI_HARDEN" --root "$WORK/shim" exec --cwd /tmp/plain "$ID" pwd -P
	succeeded; [ "$output" = /tmp/plain ]
}

@test "G06 process: a relative working directory, which crun takes" {
	needs crun
	edit '.process.cwd = "proc/self"'
	script 'pwd -P'
	# crun leaves cgroup v1 alone only where no cgroup v2 is mounted beside it
	cat > "$WORK/bare-crun" <<'SCRIPT'
umount /sys/fs/cgroup/unified 2>/dev/null
exec crun --root "$1" run --bundle "$2" "$3"
SCRIPT
	run unshare -m sh "$WORK/bare-crun" "$WORK/runc" "$BUNDLE" "$ID"
	shows /proc
	hardened; refused_by process; shows relative
}

@test "G07 process: secrets in the environment, of which a policy lets none in" {
	edit '.process.env += ["DB_PASSWORD=CANARY1", "X=ghp_CANARY2abcdefghijklmnopqrstuvwxyz012345"]'
	script 'env'
	bare; shows DB_PASSWORD=CANARY1
	# noted by name where nothing else is said
	hardened; succeeded; shows DB_PASSWORD=CANARY1
	cp "$WORK/config.json.before" "$BUNDLE/config.json"
	run "$HARDENCTL" why "$ID"
	shows DB_PASSWORD; shows 'sets X, '; shows_not CANARY
	apply_policy 'controls: {process: {secrets: refuse}}'
	hardened; refused_by process; shows DB_PASSWORD; shows_not CANARY
	for command in check diff 'diff --json'; do
		# shellcheck disable=SC2086
		run "$HARDENCTL" $command "$BUNDLE"
		[ "$status" -eq 2 ]; shows DB_PASSWORD; shows_not CANARY
	done
	for command in why 'why --json' exception; do
		# shellcheck disable=SC2086
		run "$HARDENCTL" $command "$ID"
		shows DB_PASSWORD; shows_not CANARY
	done
	run cat /var/log/oci-harden/decisions.jsonl
	shows DB_PASSWORD; shows_not CANARY
	# the way out that is offered is one
	apply_policy 'controls: {process: {secrets: refuse, allow: [DB_PASSWORD, X]}}'
	hardened; succeeded
}

@test "G08 process: LD_PRELOAD, where a policy lets it not in" {
	edit '.process.env += ["LD_PRELOAD=/data/evil.so"]'
	script 'env'
	bare; shows LD_PRELOAD=/data/evil.so
	apply_policy 'controls: {process: {loader-variables: refuse}}'
	hardened; refused_by process; shows LD_PRELOAD; shows_not evil
}

ssh_server() {
	mkdir -p "$BUNDLE/rootfs/usr/sbin"
	printf '#!/bin/sh\necho LISTENING\n' > "$BUNDLE/rootfs/usr/sbin/sshd"
	chmod +x "$BUNDLE/rootfs/usr/sbin/sshd"
}

@test "G09 process: an SSH server as the program" {
	ssh_server
	edit '.process.args = ["/usr/sbin/sshd", "-D"]'
	bare; shows LISTENING
	hardened; refused_by process; shows 'CIS 5.7'
}

@test "G10 process: an SSH server as a shell's command" {
	ssh_server
	edit '.process.args = ["/bin/sh", "-c", "exec /usr/sbin/sshd -D"]'
	bare; shows LISTENING
	hardened; refused_by process; shows 'CIS 5.7'
}

# A backend that puts back what was taken away, then becomes runc.
wrapper() {
	cat > "$WORK/wrapper" <<SCRIPT
#!/bin/sh
if [ "\$1" = --version ]; then
	echo 'NVIDIA Container Runtime version 1.13.1'
	exec "$RUNC" --version
fi
jq -c '.process.user = {"uid": 0, "gid": 0} | .process.noNewPrivileges = false' "$BUNDLE/config.json" > "$WORK/rewritten"
cat "$WORK/rewritten" > "$BUNDLE/config.json"
exec "$RUNC" "\$@"
SCRIPT
	chmod 0755 "$WORK/wrapper"
}

# The same as a program, which execveat() would start.
compiled_wrapper() {
	wrapper
	mv "$WORK/wrapper" "$WORK/script"
	printf '#include <unistd.h>\nint main(int c, char **v) { v[0] = "%s"; execv(v[0], v); return 1; }\n' "$WORK/script" |
		gcc -static -O1 -w -x c -o "$WORK/wrapper" -
}

@test "G11 backend: a wrapper that rewrites config.json after it was judged" {
	script 'id -u; grep NoNewPrivs /proc/self/status'
	edit '.process.user = {"uid": 1000, "gid": 1000} | .process.noNewPrivileges = true'
	for make in wrapper compiled_wrapper; do
		cp "$BUNDLE/config.json" "$WORK/config.json.judged"
		$make
		run "$WORK/wrapper" --root "$WORK/runc" run --bundle "$BUNDLE" "$ID"
		succeeded; [ "${lines[0]}" = 0 ]
		cp "$WORK/config.json.judged" "$BUNDLE/config.json"
		# a policy that names it is not applied
		run apply_policy "backend: {path: $WORK/wrapper}"
		[ "$status" -ne 0 ]; shows 'belongs above'
		# one that took the place of the real one is not started
		mv "$WORK/wrapper" "$WORK/kept"
		cp "$RUNC" "$WORK/wrapper"
		apply_policy "backend: {path: $WORK/wrapper}"
		mv "$WORK/kept" "$WORK/wrapper"
		hardened
		[ "$status" -ne 0 ]; shows 'belongs above'
		cmp "$BUNDLE/config.json" "$WORK/config.json.judged"
	done
}

@test "G12 backend: one with known flaws, where a policy lets it not start" {
	script 'echo STARTED'
	bare; shows STARTED
	# answers as another version does, and is runc in all the rest
	printf '#include <string.h>\n#include <stdio.h>\n#include <unistd.h>
int main(int c, char **v) {
	if (c == 2 && !strcmp(v[1], "--version")) { puts("runc version %s"); return 0; }
	execv("%s", v); return 1; }\n' 1.1.11 "$RUNC" | gcc -static -O1 -w -x c -o "$WORK/old" -
	run apply_policy "backend: {path: $WORK/old}" 'controls: {backend: {action: refuse}}'
	succeeded; shows CVE-2024-21626; shows CVE-2025-31133; shows_not CVE-2023-28642
	run "$HARDENCTL" policy show
	shows CVE-2024-21626
	hardened; refused_by backend; shows CVE-2024-21626
	run "$HARDENCTL" exception "$ID"
	shows 'backend: {add: ['; shows CVE-2024-21626
	# told, and nothing else, where the policy does not say otherwise
	apply_policy "backend: {path: $WORK/old}"
	hardened; shows STARTED
	run grep -c CVE-2024-21626 /var/log/oci-harden/decisions.jsonl
	[ "$output" -ge 2 ]
}

@test "G13 backend: Debian's revision has a fix that its version lacks" {
	# runc answers so itself: "commit: 1.1.5+ds1-1+deb12u1"
	local flaws
	[[ $("$RUNC" --version) == *"commit: 1.1.5+ds1-1+deb12u"* ]]
	script 'echo STARTED'
	bare; shows STARTED
	apply_policy 'controls: {backend: {action: refuse}}'
	hardened; refused_by backend; shows CVE-2025-31133; shows_not CVE-2024-21626
	flaws=$(tail -n +2 /run/oci-harden/backend | jq -r '.flaws | join(", ")')
	apply_policy "controls: {backend: {action: refuse, allow: [$flaws]}}"
	hardened; shows STARTED
}

# A specification of root's for what is no GPU but looks like one to everybody.
specification() {
	CLEANUP='rm -f /run/cdi/oht.json; rmdir /run/cdi 2>/dev/null'
	mkdir -p /run/cdi "$WORK/library"
	echo DRIVER > "$WORK/library/driver"
	cat > /run/cdi/oht.json <<JSON
{"cdiVersion": "0.5.0", "kind": "oht.example/gpu", "devices": [{"name": "0", "containerEdits": {
	"deviceNodes": [{"path": "/dev/gpu0", "type": "c", "major": 1, "minor": 11}]}}],
 "containerEdits": {"mounts": [
	{"hostPath": "$WORK/library", "containerPath": "/data", "options": ["ro", "rbind"]}]}}
JSON
}

# What an engine makes of it, PATH and NUMBER being what an attacker varies.
gpu() {
	edit --arg path "$1" --argjson minor "$2" '
		.linux.devices = [{"path": $path, "type": "c", "major": 1, "minor": $minor, "fileMode": 438}]
		| .linux.resources.devices += [{"allow": true, "type": "c", "major": 1, "minor": $minor, "access": "rwm"}]'
}

@test "G14 devices: another device under the name that a CDI specification has" {
	specification
	script 'stat -c %t:%T /dev/gpu0; cat /data/driver; exit 0'
	apply_policy 'controls: {devices: {cdi: [oht.example/gpu]}, mount-sources: {cdi: [oht.example/gpu]}}'
	cp "$BUNDLE/config.json" "$WORK/plain"
	# /dev/mem, the host's memory
	gpu /dev/gpu0 1
	bare; shows 1:1
	hardened; refused_by devices
	# what the specification says word for word passes
	cp "$WORK/plain" "$BUNDLE/config.json"
	gpu /dev/gpu0 11
	mount_entry "{\"destination\": \"/data\", \"type\": \"bind\", \"source\": \"$WORK/library\", \"options\": [\"rbind\", \"ro\"]}"
	cp "$BUNDLE/config.json" "$WORK/plain"
	hardened; succeeded; shows 1:b; shows DRIVER
	# and not where others may write it
	cp "$WORK/plain" "$BUNDLE/config.json"
	chmod 0666 /run/cdi/oht.json
	hardened; refused_by devices; shows mount-sources
	chmod 0644 /run/cdi/oht.json
	# nor where the policy does not list the class
	apply_policy 'mode: enforce'
	hardened; refused_by devices; shows mount-sources
}

@test "G15 mount-sources: a folder beside the one that a CDI specification has, or writable" {
	specification
	echo SECRET > "$WORK/secret"
	script 'cat /data/secret; touch /data/planted && echo WROTE; exit 0'
	apply_policy 'controls: {mount-sources: {cdi: [oht.example/gpu]}}'
	cp "$BUNDLE/config.json" "$WORK/plain"
	mount_entry "{\"destination\": \"/data\", \"type\": \"bind\", \"source\": \"$WORK\", \"options\": [\"rbind\", \"ro\"]}"
	bare; shows SECRET
	hardened; refused_by mount-sources
	cp "$WORK/plain" "$BUNDLE/config.json"
	mount_entry "{\"destination\": \"/data\", \"type\": \"bind\", \"source\": \"$WORK/library\", \"options\": [\"rbind\"]}"
	bare; shows WROTE
	rm -f "$WORK/library/planted"
	hardened; refused_by mount-sources
}
