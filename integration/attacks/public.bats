#!/usr/bin/env bats
# Attacks on containers that are publicly known, as far as no other suite has them. Of an
# exec both ends are good: refused with a reason, or made no looser than the container.

load attacks.bash

ALL_CAPABILITIES='["CAP_CHOWN","CAP_DAC_OVERRIDE","CAP_SYS_ADMIN","CAP_SYS_PTRACE","CAP_NET_ADMIN","CAP_SYS_RAWIO","CAP_MKNOD"]'
# what an exec says of itself
FACTS='id -u; grep -E "^(Cap|NoNewPrivs|Seccomp:)" /proc/self/status'

# process_json JQ: an exec's process as an engine writes it, changed so.
process_json() {
	jq -c --argjson all "$ALL_CAPABILITIES" --arg facts "$FACTS" \
		".process | .args = [\"/bin/sh\", \"-c\", \$facts] | $1" "$WORK/config.json.engine" >"$WORK/process.json"
}

# exec_through RUNTIME ROOT [FILE]
exec_through() {
	run timeout 20 "$1" --root "$2" exec --process "${3:-$WORK/process.json}" "$ID"
}

# Refused, or as the container: whatever was asked for.
no_looser() {
	if [ "$status" -ne 0 ]; then
		[ "$status" -eq 255 ] || { echo "status $status: $output"; return 1; }
		shows 'oci-harden: exec of container'
		return
	fi
	[ "${lines[0]}" = 65532 ] || { echo "uid ${lines[0]}"; return 1; }
	shows 'CapEff:	0000000000000000'; shows 'CapPrm:	0000000000000000'; shows 'CapAmb:	0000000000000000'
	shows 'NoNewPrivs:	1'; shows 'Seccomp:	2'
}

# exec_attack JQ FACT: process.json so changed shows FACT in a container of bare runc; in
# one that was started through us it is no looser than that.
exec_attack() {
	cp "$BUNDLE/config.json" "$WORK/config.json.engine"
	process_json "$1"
	start_detached "$RUNC" "$WORK/runc"
	exec_through "$RUNC" "$WORK/runc"
	succeeded; shows "$2"
	"$RUNC" --root "$WORK/runc" delete --force "$ID"
	start_detached "$OCI_HARDEN" "$WORK/shim"
	exec_through "$OCI_HARDEN" "$WORK/shim"
	no_looser; shows_not "$2"
}

@test "P01 capabilities: exec with a wider process.json into a container that already runs" {
	exec_attack '.capabilities |= with_entries(.value = $all) | .noNewPrivileges = false' 'CapEff:	00000000082a1003'
}

@test "P02 capabilities: exec with ambient capabilities for a user that is not root" {
	exec_attack '.user = {uid: 65532, gid: 65532} | .capabilities = {bounding: $all, effective: $all, permitted: $all,
		inheritable: $all, ambient: $all}' 'CapAmb:	00000000082a1003'
}

@test "P03 capabilities: docker exec --privileged's process.json mounts a file system" {
	FACTS='mount -t tmpfs none /data && echo MOUNTED; '"$FACTS"
	cp "$BUNDLE/config.json" "$WORK/config.json.engine"
	process_json '.capabilities |= with_entries(.value = $all) | .noNewPrivileges = false'
	start_detached "$RUNC" "$WORK/runc"
	exec_through "$RUNC" "$WORK/runc"
	succeeded; shows MOUNTED
	"$RUNC" --root "$WORK/runc" delete --force "$ID"
	start_detached "$OCI_HARDEN" "$WORK/shim"
	exec_through "$OCI_HARDEN" "$WORK/shim"
	shows_not MOUNTED
}

@test "P04 capabilities: exec into a container that oci-harden did not start" {
	cp "$BUNDLE/config.json" "$WORK/config.json.engine"
	process_json '.capabilities |= with_entries(.value = $all) | .noNewPrivileges = false'
	start_detached "$RUNC" "$WORK/runc"
	exec_through "$RUNC" "$WORK/runc"
	succeeded; shows 'CapEff:	00000000082a1003'
	exec_through "$OCI_HARDEN" "$WORK/runc"
	# its filter is what runc gave it, which is none
	[ "$status" -eq 0 ] || { no_looser; return; }
	shows_not 'CapEff:	00000000082a1003'; shows 'CapEff:	0000000000000000'; shows 'NoNewPrivs:	1'
}

# A folder as /tmp is, a tight process.json of the engine in it and a wide one of a user.
world_writable() {
	cp "$BUNDLE/config.json" "$WORK/config.json.engine"
	mkdir "$WORK/tmp"; chmod 1777 "$WORK/tmp"
	process_json '.user = {uid: 65532, gid: 65532} | .noNewPrivileges = true | .capabilities |= with_entries(.value = [])'
	cp "$WORK/process.json" "$WORK/tmp/tight"
	process_json '.capabilities |= with_entries(.value = $all)'
	cp "$WORK/process.json" "$WORK/tmp/wide"; chown 1000 "$WORK/tmp/wide"
}

@test "P05 document: a process.json that is a link, a FIFO or a user's file in a world-writable folder" {
	local kind
	world_writable
	start_detached "$RUNC" "$WORK/runc"
	for kind in link fifo own; do
		case $kind in
		link) ln -s wide "$WORK/tmp/$kind" ;;
		fifo) mkfifo "$WORK/tmp/$kind"; timeout 20 sh -c 'cat "$1" >"$2"' - "$WORK/tmp/wide" "$WORK/tmp/fifo" 3>&- & ;;
		own) cp -p "$WORK/tmp/wide" "$WORK/tmp/$kind" ;;
		esac
		exec_through "$RUNC" "$WORK/runc" "$WORK/tmp/$kind"
		succeeded; shows 'CapEff:	00000000082a1003'
	done
	"$RUNC" --root "$WORK/runc" delete --force "$ID"
	start_detached "$OCI_HARDEN" "$WORK/shim"
	for kind in link fifo own; do
		exec_through "$OCI_HARDEN" "$WORK/shim" "$WORK/tmp/$kind"
		[ "$status" -eq 255 ] || { echo "$kind: $status $output"; return 1; }
		shows 'oci-harden: exec of container'; shows_not 'CapEff'
	done
}

@test "P06 document: a process.json exchanged between the look at it and its use" {
	local turn
	world_writable
	cp "$WORK/tmp/wide" "$WORK/tmp/process"
	start_detached "$RUNC" "$WORK/runc"
	exec_through "$RUNC" "$WORK/runc" "$WORK/tmp/process"
	succeeded; shows 'CapEff:	00000000082a1003'
	"$RUNC" --root "$WORK/runc" delete --force "$ID"
	start_detached "$OCI_HARDEN" "$WORK/shim"
	# root's tight file, root's wide one, a link and a FIFO, each for as long as a rename takes
	python3 - "$WORK/tmp" 3>&- <<'PY' &
import os, sys
os.chdir(sys.argv[1])
with open("wide", "rb") as stream:
    wide = stream.read()
with open("tight", "rb") as stream:
    tight = stream.read()
while not os.path.exists("enough"):
    for content in (tight, wide, None, False):
        if content is None:
            os.symlink("wide", "next")
        elif content is False:
            os.mkfifo("next")
        else:
            with open("next", "wb") as stream:
                stream.write(content)
        os.rename("next", "process")
PY
	CLEANUP="touch $WORK/tmp/enough; wait $!"
	for turn in {1..25}; do
		exec_through "$OCI_HARDEN" "$WORK/shim" "$WORK/tmp/process"
		no_looser; shows_not 'CapEff:	00000000082a1003'
	done
}

@test "P07 document: exec's process.json with a key that Go folds to another" {
	cp "$BUNDLE/config.json" "$WORK/config.json.engine"
	process_json '.user = {uid: 65532, gid: 65532} | .noNewPrivileges = true
		| .capabilities = {bounding: [], effective: [], permitted: []} | .["capabilitieſ"] = {bounding: $all, effective: $all,
		permitted: $all, inheritable: $all, ambient: $all}'
	start_detached "$RUNC" "$WORK/runc"
	exec_through "$RUNC" "$WORK/runc"
	succeeded; shows 'CapAmb:	00000000082a1003'
	"$RUNC" --root "$WORK/runc" delete --force "$ID"
	start_detached "$OCI_HARDEN" "$WORK/shim"
	exec_through "$OCI_HARDEN" "$WORK/shim"
	no_looser; shows_not 'CapAmb:	00000000082a1003'
}

@test "P08 annotations: bundle= has exec read another configuration" {
	mkdir "$WORK/evil"
	jq -c --argjson all "$ALL_CAPABILITIES" '.process.capabilities |= with_entries(.value = $all)' \
		"$BUNDLE/config.json" >"$WORK/evil/config.json"
	edit --arg evil "$WORK/evil" '.annotations = {bundle: $evil}'
	start_detached "$RUNC" "$WORK/runc"
	run "$RUNC" --root "$WORK/runc" exec "$ID" sh -c "$FACTS"
	succeeded; shows 'CapEff:	00000000082a1003'
	"$RUNC" --root "$WORK/runc" delete --force "$ID"
	start_detached "$OCI_HARDEN" "$WORK/shim"
	run "$OCI_HARDEN" --root "$WORK/shim" exec "$ID" sh -c "$FACTS"
	no_looser; shows_not 'CapEff:	00000000082a1003'
}

@test "P09 capabilities: a cgroup hierarchy of version 1 mounted for its release_agent" {
	edit --argjson all "$ALL_CAPABILITIES" '.process.capabilities |= with_entries(.value += $all)
		| .linux.namespaces |= map(select(.type != "cgroup"))'
	script 'mount -t cgroup -o pids cgroup /data && test -w /data/release_agent && echo REACHED'
	bare; shows REACHED
	hardened; shows_not REACHED
}

@test "P10 mount-types: core_pattern through a second proc" {
	mount_entry '{"destination": "/mnt", "type": "proc", "source": "proc", "options": []}'
	# what is there is written again
	script 'pattern=$(cat /mnt/sys/kernel/core_pattern); echo "$pattern" >/mnt/sys/kernel/core_pattern && echo WRITTEN'
	bare; shows WRITTEN
	hardened; refused_by mount-types
}

@test "P11 capabilities: mknod of a disk of the host" {
	script 'mknod /tmp/disk b 7 0 && echo MADE'
	bare; shows MADE
	hardened; shows_not MADE
}

@test "P12 seccomp: i386's socketcall goes round a filter on the family of socket" {
	# an engine's filter: all that is harmless, sockets but for one family, and i386's calls
	cp "$BUNDLE/config.json" "$WORK/plain.json"
	script true
	hardened
	jq -c '[.linux.seccomp.syscalls[] | select(.action == "SCMP_ACT_ALLOW" and (.args | not)) | .names[]]
		- ["socket"] + ["socketcall", "clone", "fork", "vfork"]' "$BUNDLE/config.json" >"$WORK/harmless.json"
	cp "$WORK/plain.json" "$BUNDLE/config.json"
	edit --slurpfile harmless "$WORK/harmless.json" '.linux.seccomp = {defaultAction: "SCMP_ACT_ERRNO",
		architectures: ["SCMP_ARCH_X86_64", "SCMP_ARCH_X86"], syscalls: [{names: $harmless[0], action: "SCMP_ACT_ALLOW"},
		{names: ["socket"], action: "SCMP_ACT_ALLOW", args: [{index: 0, value: 16, op: "SCMP_CMP_NE"}]}]}'
	gcc -static -no-pie -O1 -w -x c -o "$BUNDLE/rootfs/bin/probe" - <<'C'
#include <stdio.h>
#include <sys/socket.h>
static unsigned arguments[3] = {AF_NETLINK, SOCK_RAW, 0};
int main(void)
{
	long made;
	printf(socket(AF_NETLINK, SOCK_RAW, 0) < 0 ? "filtered\n" : "not filtered\n");
	fflush(stdout);
	/* SYS_SOCKET through int 0x80 */
	__asm__ volatile("int $0x80" : "=a"(made) : "a"(102L), "b"(1L), "c"(arguments) : "memory", "r8", "r9", "r10", "r11");
	printf((int)made >= 0 ? "OPEN\n" : "closed %d\n", (int)made);
	return 0;
}
C
	script 'probe || echo killed'
	bare; shows filtered; shows OPEN
	hardened; succeeded; shows killed; shows_not OPEN
}
