#!/usr/bin/env bats
# Who the container is to the kernel: capabilities, no_new_privs, user, namespaces,
# user namespace.

load attacks.bash

@test "A01 capabilities: SYS_ADMIN in the bounding, permitted and effective sets" {
	edit '.process.capabilities |= with_entries(.value += ["CAP_SYS_ADMIN"])'
	script 'grep CapEff /proc/self/status; mount -t tmpfs none /data && echo MOUNTED; true'
	bare; shows MOUNTED
	hardened; succeeded; shows 'CapEff:	0000000000000000'; shows_not MOUNTED
}

@test "A02 capabilities: ambient gives a non-root user SYS_ADMIN" {
	edit '.process.user = {"uid": 1000, "gid": 1000}
	      | .process.capabilities |= with_entries(.value += ["CAP_SYS_ADMIN"])
	      | .process.capabilities.inheritable = ["CAP_SYS_ADMIN"] | .process.capabilities.ambient = ["CAP_SYS_ADMIN"]'
	script 'id -u; grep CapAmb /proc/self/status; mount -t tmpfs none /data && echo MOUNTED; true'
	bare; shows 1000; shows MOUNTED
	hardened; succeeded; shows 1000; shows 'CapAmb:	0000000000000000'; shows_not MOUNTED
}

@test "A03 capabilities: exec --cap brings back what create took away" {
	start_detached "$RUNC" "$WORK/runc"
	run "$RUNC" --root "$WORK/runc" exec --cap CAP_SYS_ADMIN "$ID" grep CapBnd /proc/self/status
	succeeded; shows_not 'CapBnd:	0000000000000000'
	"$RUNC" --root "$WORK/runc" delete --force "$ID"
	start_detached "$OCI_HARDEN" "$WORK/shim"
	run "$OCI_HARDEN" --root "$WORK/shim" exec --cap CAP_SYS_ADMIN "$ID" grep Cap /proc/self/status
	succeeded; shows 'CapBnd:	0000000000000400'; shows 'CapEff:	0000000000000000'; shows 'CapAmb:	0000000000000000'
	run "$OCI_HARDEN" --root "$WORK/shim" exec --cap CAP_SYS_ADMIN "$ID" mount -t tmpfs none /data
	[ "$status" -ne 0 ]; shows "permission denied"
}

# exec's process.json as Docker writes it, from its own stored specification
process_json() {
	jq -c '.process | .args = ["/bin/sh", "-c", "id -u; grep -E \"CapEff|NoNewPrivs\" /proc/self/status"]' \
		"$WORK/config.json.docker" > "$WORK/process.json"
}

exec_attack() {
	cp "$BUNDLE/config.json" "$WORK/config.json.docker"
	start_detached "$RUNC" "$WORK/runc"
	process_json
	run "$RUNC" --root "$WORK/runc" exec --process "$WORK/process.json" "$ID"
	succeeded; shows "$1"
	"$RUNC" --root "$WORK/runc" delete --force "$ID"
	start_detached "$OCI_HARDEN" "$WORK/shim"
	run "$OCI_HARDEN" --root "$WORK/shim" exec --process "$WORK/process.json" "$ID"
	succeeded; shows_not "$1"; shows "$2"; shows 65532
}

@test "A04 capabilities: exec with the engine's own process.json" {
	exec_attack 'CapEff:	00000000a80425fb' 'CapEff:	0000000000000000'
}

@test "A05 no-new-privileges: exec resets it" {
	exec_attack 'NoNewPrivs:	0' 'NoNewPrivs:	1'
}

@test "A06 no-new-privileges: a setuid-root program raises its privileges" {
	printf '#include <stdio.h>\n#include <unistd.h>\nint main(void) { printf("euid %%u\\n", geteuid()); }\n' |
		gcc -static -x c -o "$BUNDLE/rootfs/bin/raise" -
	chmod 4755 "$BUNDLE/rootfs/bin/raise"
	edit '.process.user = {"uid": 1000, "gid": 1000}'
	script '/bin/raise; grep NoNewPrivs /proc/self/status'
	bare; shows 'euid 0'
	hardened; succeeded; shows 'NoNewPrivs:	1'; shows 'euid 1000'
}

@test "A07 user: uid 0 without a user namespace" {
	script 'id -u; id -g'
	bare; [ "${lines[0]}" = 0 ]
	hardened; succeeded; [ "${lines[0]}" = 65532 ]; [ "${lines[1]}" = 65532 ]
}

@test "A08 user: gid 0 among the additional groups" {
	edit '.process.user = {"uid": 1000, "gid": 1000, "additionalGids": [0]}'
	install -m 0640 -o root -g root /dev/null "$BUNDLE/rootfs/data/group-only"; echo SECRET > "$BUNDLE/rootfs/data/group-only"
	script 'id -u; cat /data/group-only'
	bare; shows SECRET
	hardened; shows 1000; shows_not SECRET
}

@test "A09 user: a group of the host (disk) among the additional groups" {
	edit '.process.user = {"uid": 1000, "gid": 1000, "additionalGids": [6]}'
	script 'grep Groups /proc/self/status'
	bare; shows 'Groups:	6'
	hardened; succeeded; shows_not 'Groups:	6'
}

@test "A10 user: exec --user 0" {
	edit '.process.user = {"uid": 1000, "gid": 1000}'
	start_detached "$RUNC" "$WORK/runc"
	run "$RUNC" --root "$WORK/runc" exec --user 0 "$ID" id -u
	succeeded; [ "$output" = 0 ]
	"$RUNC" --root "$WORK/runc" delete --force "$ID"
	start_detached "$OCI_HARDEN" "$WORK/shim"
	run "$OCI_HARDEN" --root "$WORK/shim" exec --user 0 --additional-gids 6 "$ID" id
	succeeded; shows "uid=1000 gid=1000"; shows_not "disk"; shows_not "=0"
}

@test "A26 exec: into a container that was started by bare runc" {
	start_detached "$RUNC" "$WORK/shim"
	run "$RUNC" --root "$WORK/shim" exec "$ID" sh -c 'id -u; grep -E "CapEff|NoNewPrivs" /proc/self/status'
	[ "${lines[0]}" = 0 ]; shows 'CapEff:	00000000a80425fb'
	run "$OCI_HARDEN" --root "$WORK/shim" exec "$ID" sh -c 'id -u; grep -E "CapEff|NoNewPrivs" /proc/self/status'
	succeeded; [ "${lines[0]}" = 65532 ]; shows 'CapEff:	0000000000000000'; shows 'NoNewPrivs:	1'
	[ "$(tail -n 1 /var/log/oci-harden/decisions.jsonl | jq .ungated)" = true ]
	printf 'version: 1\nexec: {unknown-containers: refuse}\n' > "$WORK/policy.yaml"
	"$HARDENCTL" policy apply "$WORK/policy.yaml"
	run "$OCI_HARDEN" --root "$WORK/shim" exec "$ID" id -u
	[ "$status" -eq 255 ]; shows "exec.unknown-containers"
}

@test "A27 exec: --cgroup puts the process under other limits" {
	start_detached "$RUNC" "$WORK/runc"
	run "$RUNC" --root "$WORK/runc" exec --cgroup pids:/../.. "$ID" grep pids: /proc/self/cgroup
	outside=$output; echo "bare: $status $output"
	"$RUNC" --root "$WORK/runc" delete --force "$ID"
	start_detached "$OCI_HARDEN" "$WORK/shim"
	run "$OCI_HARDEN" --root "$WORK/shim" exec --cgroup pids:/../.. "$ID" grep pids: /proc/self/cgroup
	[ "$status" -eq 255 ]; shows "--cgroup puts the new process under other limits"; shows "(command-line"
}

@test "A28 exec: limits above the container's own" {
	edit '.process.rlimits = [{"type": "RLIMIT_NOFILE", "soft": 100, "hard": 100}]'
	jq -c '.process | .args = ["sh", "-c", "ulimit -n"] | .rlimits[0].hard = 200 | .rlimits[0].soft = 200' \
		"$BUNDLE/config.json" > "$WORK/process.json"
	start_detached "$RUNC" "$WORK/runc"
	run "$RUNC" --root "$WORK/runc" exec --process "$WORK/process.json" "$ID"
	[ "$output" = 200 ]
	"$RUNC" --root "$WORK/runc" delete --force "$ID"
	start_detached "$OCI_HARDEN" "$WORK/shim"
	run "$OCI_HARDEN" --root "$WORK/shim" exec --process "$WORK/process.json" "$ID"
	succeeded; [ "$output" = 100 ]
}

@test "Q05 exec: runc's caller says what umask the process has" {
	script 'sleep 300'
	edit '.process.user.umask = 63'
	start_detached "$RUNC" "$WORK/runc"
	run sh -c 'umask 0; exec "$@"' - "$RUNC" --root "$WORK/runc" exec "$ID" sh -c umask
	succeeded; [ "$output" = 0000 ]
	"$RUNC" --root "$WORK/runc" delete --force "$ID"
	start_detached "$OCI_HARDEN" "$WORK/shim"
	run sh -c 'umask 0; exec "$@"' - "$OCI_HARDEN" --root "$WORK/shim" exec "$ID" sh -c umask
	succeeded; [ "$output" = 0077 ]
	echo '{"args": ["sh", "-c", "umask"], "cwd": "/", "env": ["PATH=/bin"], "user": {"uid": 65532, "gid": 65532, "umask": 0}}' >"$WORK/process.json"
	run sh -c 'umask 0; exec "$@"' - "$OCI_HARDEN" --root "$WORK/shim" exec --process "$WORK/process.json" "$ID"
	succeeded; [ "$output" = 0077 ]
}

@test "A29 exec: a mark of oci-harden's that came in from outside" {
	edit '.annotations["org.oci-harden.decision"] = "000000000000"'
	start_detached "$OCI_HARDEN" "$WORK/shim"
	[ "$(jq -r '.annotations["org.oci-harden.decision"]' "$BUNDLE/config.json")" != 000000000000 ]
	run "$OCI_HARDEN" --root "$WORK/shim" exec "$ID" id -u
	succeeded; [ "$output" = 65532 ]
}

@test "A30 exec: crun takes what is missing in process.json for root" {
	needs crun
	printf 'version: 1\nbackend: {name: crun}\n' > "$WORK/policy.yaml"
	CLEANUP='rm -rf /var/lib/oci-harden/policy'
	"$HARDENCTL" policy apply "$WORK/policy.yaml"
	script 'sleep 300'
	cp "$BUNDLE/config.json" "$WORK/config.json.docker"
	jq -nc '{cwd: "/", env: ["PATH=/bin"], capabilities: null, user: null,
		args: ["sh", "-c", "id -u; grep -E \"CapEff|NoNewPrivs\" /proc/self/status"]}' > "$WORK/process.json"
	cat > "$WORK/on-crun" <<'SCRIPT'
umount /sys/fs/cgroup/unified 2>/dev/null
"$1" --root "$2" run --detach --bundle "$3" "$4" </dev/null >"$6" 2>&1 || { cat "$6"; exit 9; }
"$1" --root "$2" exec --process "$5" "$4"
"$1" --root "$2" exec "$4" sh -c 'id -u'
crun --root "$2" delete --force "$4"
SCRIPT
	run unshare -m sh "$WORK/on-crun" crun "$WORK/runc" "$BUNDLE" "$ID" "$WORK/process.json" "$WORK/said"
	[ "${lines[0]}" = 0 ]; shows 'NoNewPrivs:	0'
	cp "$WORK/config.json.docker" "$BUNDLE/config.json"
	run unshare -m sh "$WORK/on-crun" "$OCI_HARDEN" "$WORK/shim" "$BUNDLE" "$ID" "$WORK/process.json" "$WORK/said"
	[ "${lines[0]}" = 65532 ]; shows 'CapEff:	0000000000000000'; shows 'NoNewPrivs:	1'; [ "${lines[3]}" = 65532 ]
}

@test "A11 user: no user at all means root" {
	edit 'del(.process.user)'
	script 'id -u'
	bare; [ "${lines[0]}" = 0 ]
	hardened; succeeded; [ "${lines[0]}" = 65532 ]
}

without_namespace() {
	edit --arg type "$1" '.linux.namespaces |= map(select(.type != $type))'
}

@test "A12 namespaces: the host's network, by leaving it out" {
	without_namespace network
	script 'readlink /proc/self/ns/net'
	bare; [ "$output" = "$(readlink /proc/self/ns/net)" ]
	hardened; refused_by namespaces
}

@test "A13 namespaces: the host's processes, by leaving pid out" {
	without_namespace pid
	script 'readlink /proc/self/ns/pid'
	bare; [ "$output" = "$(readlink /proc/self/ns/pid)" ]
	hardened; refused_by namespaces
}

@test "A14 namespaces: the host's ipc, by leaving it out" {
	without_namespace ipc
	edit '.mounts |= map(select(.destination != "/dev/mqueue"))'
	script 'readlink /proc/self/ns/ipc'
	bare; [ "$output" = "$(readlink /proc/self/ns/ipc)" ]
	hardened; refused_by namespaces
}

@test "A15 namespaces: the host's uts and cgroup, by leaving them out" {
	without_namespace uts; without_namespace cgroup
	edit 'del(.hostname)'
	script 'readlink /proc/self/ns/uts; readlink /proc/self/ns/cgroup'
	bare; [ "${lines[0]}" = "$(readlink /proc/self/ns/uts)" ]
	hardened; succeeded; [ "${lines[0]}" != "$(readlink /proc/self/ns/uts)" ]
	[ "${lines[1]}" != "$(readlink /proc/self/ns/cgroup)" ]
}

join_network() {
	edit --arg path "$1" '.linux.namespaces |= map(if .type == "network" then .path = $path else . end)'
	script 'readlink /proc/self/ns/net'
	bare; [ "$output" = "$(readlink /proc/self/ns/net)" ]
	hardened; refused_by namespaces
}

@test "A16 namespaces: the host's network as /proc/PID/ns/net of a host process" {
	join_network "/proc/$$/ns/net"
}

@test "A17 namespaces: the host's network as /proc/self/ns/net" {
	join_network /proc/self/ns/net
}

@test "A18 namespaces: the host's network behind a symbolic link" {
	ln -s /proc/self/ns/net "$WORK/harmless"
	join_network "$WORK/harmless"
}

@test "A19 namespaces: the host's network as a bind-mounted nsfs" {
	touch "$WORK/netns"; mount --bind /proc/self/ns/net "$WORK/netns"
	join_network "$WORK/netns"
}

@test "A20 namespaces: another container's pid namespace" {
	unshare --pid --fork --kill-child sleep 60 & local other=$!
	CLEANUP="kill $other 2>/dev/null || true"
	sleep 0.5
	local inside; inside=$(pgrep -P "$other")
	edit --arg path "/proc/$inside/ns/pid" '.linux.namespaces |= map(if .type == "pid" then .path = $path else . end)'
	script 'readlink /proc/self/ns/pid'
	local expected; expected=$(readlink "/proc/$inside/ns/pid")
	bare; shows "$expected"
	hardened; refused_by namespaces
}

@test "A21 user-namespace: a map that includes the host's root in a range" {
	chmod -R a+rX "$WORK"
	edit '.linux.namespaces += [{"type": "user"}]
	      | .linux.uidMappings = [{"containerID": 0, "hostID": 100000, "size": 1000}, {"containerID": 1000, "hostID": 0, "size": 10}]
	      | .linux.gidMappings = [{"containerID": 0, "hostID": 100000, "size": 65536}]
	      | .process.user = {"uid": 1000, "gid": 1000}
	      | .mounts |= map(select(.destination != "/sys/fs/cgroup"))'
	echo SECRET > "$BUNDLE/rootfs/data/root-only"; chmod 0600 "$BUNDLE/rootfs/data/root-only"
	script 'cat /data/root-only'
	bare; shows SECRET
	hardened; refused_by user-namespace
}

@test "A22 user-namespace: one joined by path whose real map is the host's, with another in config.json" {
	unshare --user --map-root-user sleep 60 & local other=$!
	CLEANUP="kill $other 2>/dev/null || true"
	sleep 0.5
	edit --arg path "/proc/$other/ns/user" '.linux.namespaces += [{"type": "user", "path": $path}]
	      | .linux.uidMappings = [{"containerID": 0, "hostID": 100000, "size": 65536}] | .linux.gidMappings = .linux.uidMappings
	      | .mounts |= map(select(.destination != "/sys/fs/cgroup" and .destination != "/dev/pts"))'
	echo SECRET > "$BUNDLE/rootfs/data/root-only"; chmod 0600 "$BUNDLE/rootfs/data/root-only"
	script 'cat /data/root-only'
	bare; shows SECRET
	hardened; refused_by user-namespace
}

# A policy with one looser scope, for this test alone.
apply_scope() {
	printf 'version: 1\nextends: restricted\nscopes:\n  - for: %s\n    controls: %s\n' "$1" "$2" >"$WORK/policy.yaml"
	CLEANUP='rm -rf /var/lib/oci-harden/policy'
	"$HARDENCTL" policy apply "$WORK/policy.yaml"
}

@test "A23 namespaces: half of an engine's signs, under a scope for what no engine started" {
	apply_scope '{engine: none}' '{namespaces: {allow-host: [network]}}'
	without_namespace network
	script 'readlink /proc/self/ns/net'
	hardened; succeeded; [ "$output" = "$(readlink /proc/self/ns/net)" ]
	local place
	for place in "io.containerd.runtime.v2.task/moby/$ID" "overlay-containers/$ID/userdata" "buildkit/executor/$ID"; do
		BUNDLE=$WORK/$place
		make_bundle "$BUNDLE"
		without_namespace network
		script 'readlink /proc/self/ns/net'
		bare; [ "$output" = "$(readlink /proc/self/ns/net)" ]
		hardened; refused_by namespaces
		# what the way out prints has to be a policy
		echo 'version: 1' >"$WORK/printed.yaml"
		"$HARDENCTL" exception "$ID" >>"$WORK/printed.yaml"
		"$HARDENCTL" policy lint "$WORK/printed.yaml"
	done
}

@test "A24 user: a bundle in folders like BuildKit's, under a scope for builds" {
	apply_scope '{engine: buildkit}' '{user: {action: off}}'
	BUNDLE=$WORK/docker/buildkit/executor/$ID
	make_bundle "$BUNDLE"
	touch "$WORK/docker/buildkit/metadata_v2.db"
	edit ".linux.cgroupsPath = \"/docker/buildkit/$ID\""
	script 'id -u'
	bare; [ "${lines[0]}" = 0 ]
	run timeout 30 "$OCI_HARDEN" --log "$WORK/docker/buildkit/executor/runc-log.json" --log-format json \
		run --bundle "$BUNDLE" "$ID"
	succeeded; [ "${lines[0]}" = 65532 ]
}

@test "A25 user: CRI-O's annotations, under a scope for a namespace of CRI-O's" {
	apply_scope '{engine: crio, namespace: kube-system}' '{user: {action: off}}'
	edit '.annotations = {"io.kubernetes.cri-o.Namespace": "kube-system", "io.container.manager": "cri-o",
	      "io.kubernetes.cri-o.ContainerType": "sandbox", "io.kubernetes.cri.container-type": "sandbox"}'
	script 'id -u'
	bare; [ "${lines[0]}" = 0 ]
	hardened; succeeded; [ "${lines[0]}" = 65532 ]
}
