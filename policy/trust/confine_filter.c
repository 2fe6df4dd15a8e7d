/* Written out instead of made by libseccomp, whose compiler costs more than all that the
 * child computes. */
#include "policy/trust/confine_filter.h"

#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "policy/base/cleanup.h"

#if defined(__x86_64__)
#define AUDIT_ARCHITECTURE AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define AUDIT_ARCHITECTURE AUDIT_ARCH_AARCH64
#else
#error "the confined child's filter does not know this machine"
#endif

/* The low half of an argument, on machines whose low half comes first. */
_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "arguments are read by their low half");
#define FIELD(name) ((unsigned)offsetof(struct seccomp_data, name))
#define ARGUMENT(n) (FIELD(args) + (n) * 8u)

#define KILL BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS)
#define LET BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)
#define ALLOW(call) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (unsigned)(call), 0, 1), LET

int confine_filter_install(void)
{
	static const struct sock_filter filter[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, FIELD(arch)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, AUDIT_ARCHITECTURE, 1, 0),
		KILL,
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, FIELD(nr)),
		ALLOW(__NR_brk),
		ALLOW(__NR_munmap),
		ALLOW(__NR_mremap),
		ALLOW(__NR_madvise),
		ALLOW(__NR_write),
		ALLOW(__NR_futex),
		ALLOW(__NR_getrandom),
		ALLOW(__NR_clock_gettime),
		ALLOW(__NR_gettimeofday),
		ALLOW(__NR_getpid),
		ALLOW(__NR_gettid),
		ALLOW(__NR_rt_sigprocmask),
		ALLOW(__NR_rt_sigreturn),
		ALLOW(__NR_exit),
		ALLOW(__NR_exit_group),
		/* memory, but none to execute */
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, __NR_mmap, 1, 0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, __NR_mprotect, 0, 3),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, ARGUMENT(2)),
		BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, PROT_EXEC, 1, 0),
		LET,
		KILL,
	};
	/* the kernel only reads it */
	const struct sock_fprog program = {
		.len = ARRAY_SIZE(filter),
		.filter = (struct sock_filter *)(uintptr_t)filter,
	};
	return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) < 0 ? -errno : 0;
}
