#!/usr/bin/env bats
# What the container may ask of the kernel: system calls and limits. AppArmor's rows
# need a kernel that has it: integration/vm.

load attacks.bash

# A static program in the container's /bin/probe, from C on standard input.
probe() {
	gcc -static -O1 -w "$@" -x c -o "$BUNDLE/rootfs/bin/probe" -
}

# Says OPEN where unshare(CLONE_NEWUTS) gets past the filter. A filter answers before
# the kernel looks at capabilities: EFAULT-like probes tell the two apart.
probe_keyctl() {
	probe <<'C'
#include <errno.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <unistd.h>
int main(void)
{
	/* KEYCTL_GET_KEYRING_ID of the session keyring, made if missing */
	long result = syscall(SYS_keyctl, 0, -3, 1);
	printf(result >= 0 ? "OPEN\n" : "closed %d\n", errno);
	return 0;
}
C
	script 'probe'
}

filter() {
	edit --argjson seccomp "$1" '.linux.seccomp = $seccomp'
}

@test "C01 seccomp: no filter at all" {
	probe_keyctl
	bare; shows OPEN
	hardened; succeeded; shows closed
}

@test "C02 seccomp: an empty object" {
	filter '{"defaultAction": ""}'
	edit '.linux.seccomp = {}'
	probe_keyctl
	bare
	[ "$status" -eq 0 ] || edit 'del(.linux.seccomp)'
	bare; shows OPEN
	edit '.linux.seccomp = {}'
	hardened; succeeded; shows closed
}

@test "C03 seccomp: default ALLOW without a rule" {
	filter '{"defaultAction": "SCMP_ACT_ALLOW"}'
	probe_keyctl
	bare; shows OPEN
	hardened; succeeded; shows closed
}

@test "C04 seccomp: default LOG" {
	filter '{"defaultAction": "SCMP_ACT_LOG", "syscalls": [{"names": ["reboot"], "action": "SCMP_ACT_ERRNO"}]}'
	probe_keyctl
	bare; shows OPEN
	hardened; succeeded; shows closed
}

@test "C05 seccomp: default TRACE and rules that TRACE" {
	filter '{"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [{"names": ["add_key"], "action": "SCMP_ACT_TRACE"}]}'
	probe_keyctl
	bare; shows OPEN
	hardened; refused_by seccomp
}

@test "C06 seccomp: a listener outside the container decides about calls" {
	python3 - "$WORK/listener" <<'PY' &
import os, socket, sys
s = socket.socket(socket.AF_UNIX); s.bind(sys.argv[1]); s.listen()
c, _ = s.accept()
data, fds, _, _ = socket.recv_fds(c, 65536, 4)
open(sys.argv[1] + ".got", "w").write(str(len(fds)))
PY
	CLEANUP="kill $! 2>/dev/null || true"
	local try; for try in $(seq 50); do [ -S "$WORK/listener" ] && break; sleep 0.1; done
	filter "{\"defaultAction\": \"SCMP_ACT_ALLOW\", \"listenerPath\": \"$WORK/listener\", \"syscalls\": [{\"names\": [\"add_key\"], \"action\": \"SCMP_ACT_NOTIFY\"}]}"
	script 'echo RAN'
	bare
	[ "$(cat "$WORK/listener.got")" = 1 ]
	hardened; refused_by seccomp
}

@test "C07 seccomp: flags left out, which adds SPEC_ALLOW" {
	filter '{"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [{"names": ["reboot"], "action": "SCMP_ACT_ERRNO"}]}'
	script 'grep Speculation_Store_Bypass /proc/self/status; echo RAN'
	bare; shows RAN
	hardened; succeeded; shows RAN
	[ "$(jq -c .linux.seccomp.flags "$BUNDLE/config.json")" = '[]' ]
}

@test "C08 seccomp: an unconditional allow beside an argument rule for namespaces" {
	filter '{"defaultAction": "SCMP_ACT_ERRNO", "architectures": ["SCMP_ARCH_X86_64"], "syscalls": [
		{"names": ["keyctl"], "action": "SCMP_ACT_ERRNO"}]}'
	edit '.linux.seccomp.defaultAction = "SCMP_ACT_ALLOW"'
	probe <<'C'
#define _GNU_SOURCE
#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <unistd.h>
int main(void)
{
	long child = syscall(SYS_clone, CLONE_NEWUSER | 17, 0, 0, 0, 0);
	if (child == 0)
		_exit(0);
	printf(child > 0 ? "OPEN\n" : "closed %d\n", errno);
	return 0;
}
C
	script probe
	bare; shows OPEN
	hardened; succeeded; shows closed
}

@test "C09 seccomp: clone3 hides its flags from every filter" {
	probe <<'C'
#include <errno.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <unistd.h>
int main(void)
{
	unsigned long long arguments[11] = {0x10000000 /* CLONE_NEWUSER */, 0, 0, 0, 17};
	long child = syscall(SYS_clone3, arguments, sizeof(arguments));
	if (child == 0)
		_exit(0);
	printf(child > 0 ? "OPEN\n" : "closed %d\n", errno);
	return 0;
}
C
	script probe
	bare; shows OPEN
	hardened; succeeded; shows 'closed 38'
}

@test "C10 seccomp: i386 calls go round filters on arguments" {
	filter '{"defaultAction": "SCMP_ACT_ALLOW", "architectures": ["SCMP_ARCH_X86_64", "SCMP_ARCH_X86", "SCMP_ARCH_X32"],
		"syscalls": [{"names": ["reboot"], "action": "SCMP_ACT_ERRNO"}]}'
	probe <<'C'
#include <stdio.h>
#include <unistd.h>
int main(void)
{
	long pid;
	/* i386 getpid through int 0x80 */
	__asm__ volatile("int $0x80" : "=a"(pid) : "a"(20L) : "memory", "r8", "r9", "r10", "r11");
	printf(pid == getpid() ? "OPEN\n" : "closed %ld\n", pid);
	return 0;
}
C
	script 'probe || echo killed'
	bare; shows OPEN
	hardened; succeeded; shows killed; shows_not OPEN
}

@test "C11 seccomp: x32 calls" {
	probe <<'C'
#include <errno.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <unistd.h>
int main(void)
{
	long pid = syscall(0x40000000 + SYS_getpid);
	printf("%s %d\n", pid == getpid() ? "OPEN" : pid == -1 && errno == ENOSYS ? "no x32 in this kernel" : "closed", errno);
	return 0;
}
C
	script 'probe || echo killed'
	bare; succeeded; shows no\ x32 || shows OPEN
	hardened; succeeded; shows_not OPEN
}

@test "C12 seccomp: io_uring, userfaultfd and bpf" {
	probe <<'C'
#include <errno.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <unistd.h>
static void one(const char *name, long number, long a, long b, long c)
{
	long result = syscall(number, a, b, c);
	/* what the kernel itself answers to these arguments is never EPERM or ENOSYS for root */
	printf("%s %s\n", name, result < 0 && (errno == EPERM || errno == ENOSYS) ? "closed" : "OPEN");
}
int main(void)
{
	one("io_uring", SYS_io_uring_setup, 1, 0, 0);
	one("userfaultfd", SYS_userfaultfd, -1, 0, 0);
	return 0;
}
C
	script probe
	bare; shows 'io_uring OPEN'
	hardened; succeeded; shows 'io_uring closed'; shows 'userfaultfd closed'; shows_not OPEN
}

@test "C13 resources: no limit on processes" {
	script 'cat /sys/fs/cgroup/pids/pids.max 2>/dev/null || cat /sys/fs/cgroup/pids.max'
	bare; shows max
	hardened; succeeded; shows 256
}

@test "C14 resources: update lifts the limit through standard input" {
	local file=pids/oht-$ID/pids.max
	start_detached "$RUNC" "$WORK/runc"
	echo '{"pids": {"limit": -1}}' | "$RUNC" --root "$WORK/runc" update --resources - "$ID"
	[ "$(cat "/sys/fs/cgroup/$file")" = max ]
	"$RUNC" --root "$WORK/runc" delete --force "$ID"
	start_detached "$OCI_HARDEN" "$WORK/shim"
	echo '{"pids": {"limit": -1}}' | "$OCI_HARDEN" --root "$WORK/shim" update --resources - "$ID" || true
	[ "$(cat "/sys/fs/cgroup/$file")" = 256 ]
}

@test "C15 resources: update lifts the limit by an option" {
	local file=pids/oht-$ID/pids.max
	start_detached "$RUNC" "$WORK/runc"
	"$RUNC" --root "$WORK/runc" update --pids-limit -1 "$ID"
	[ "$(cat "/sys/fs/cgroup/$file")" = max ]
	"$RUNC" --root "$WORK/runc" delete --force "$ID"
	start_detached "$OCI_HARDEN" "$WORK/shim"
	"$OCI_HARDEN" --root "$WORK/shim" update --pids-limit -1 "$ID" || true
	[ "$(cat "/sys/fs/cgroup/$file")" = 256 ]
}

@test "C16 resources: limits above the policy's maximum" {
	edit '.linux.resources.pids = {"limit": 100000}'
	script 'cat /sys/fs/cgroup/pids/pids.max 2>/dev/null || cat /sys/fs/cgroup/pids.max'
	bare; shows 100000
	hardened; succeeded; shows_not 100000; shows 4096
}
