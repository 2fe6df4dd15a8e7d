#include "shim/hardenctl/registry/worker.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <seccomp.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "policy/base/cleanup.h"

enum {
	NOBODY = 65534,
	KEPT = 3,
	FILES = 64,
	SECONDS_OF_PROCESSOR = 120,
};

#define MEMORY ((rlim_t)512 << 20) /* on top of what the program has */

/* What a program that talks HTTP never calls. Everything else stays allowed: the C
 * library's resolver and its modules have needs of their own. */
static const char *const forbidden[] = {
	"execve", "execveat", "ptrace", "process_vm_readv", "process_vm_writev", "pidfd_getfd", "kcmp",
	"kill", "tkill", "bpf", "perf_event_open", "userfaultfd", "io_uring_setup", "keyctl", "add_key",
	"request_key", "unshare", "setns", "mount", "umount2", "pivot_root", "chroot", "move_mount", "fsopen",
	"open_tree", "mknod", "mknodat", "symlink", "symlinkat", "link", "linkat", "rename", "renameat",
	"renameat2", "unlink", "unlinkat", "mkdir", "mkdirat", "chmod", "fchmodat", "chown", "fchownat",
	"listen", "accept", "accept4", "personality", "open_by_handle_at", "name_to_handle_at", "reboot",
	"init_module", "finit_module", "delete_module", "kexec_load", "kexec_file_load",
};

static int limit(struct error **error)
{
	unsigned long pages = 0;
	FILE *statistics = fopen("/proc/self/statm", "re");
	int read = statistics ? fscanf(statistics, "%lu", &pages) : 0;
	if (statistics)
		(void)fclose(statistics);
	if (read != 1)
		return error_set(error, EIO, "/proc/self/statm cannot be read");
	const struct {
		__rlimit_resource_t resource;
		rlim_t value;
	} limits[] = {
		{RLIMIT_AS, (rlim_t)pages * (rlim_t)sysconf(_SC_PAGESIZE) + MEMORY},
		{RLIMIT_CPU, SECONDS_OF_PROCESSOR}, {RLIMIT_NOFILE, FILES}, {RLIMIT_FSIZE, 0}, {RLIMIT_CORE, 0},
	};
	for (size_t i = 0; i < ARRAY_SIZE(limits); i++) {
		const struct rlimit both = {.rlim_cur = limits[i].value, .rlim_max = limits[i].value};
		if (setrlimit(limits[i].resource, &both) < 0)
			return error_set_errno(error, errno, "limiting the process that talks to the registry");
	}
	return 0;
}

/* Standard input, output and error become /dev/null: nothing of it reaches a terminal. */
static int keep_only(int keep, struct error **error)
{
	int nothing = open("/dev/null", O_RDWR | O_CLOEXEC);
	int kept = keep == KEPT ? KEPT : dup3(keep, KEPT, O_CLOEXEC);
	if (nothing < 0 || kept < 0)
		return error_set_errno(error, errno, "preparing the process that talks to the registry");
	/* dup3() may have replaced it */
	if (nothing == KEPT)
		nothing = open("/dev/null", O_RDWR | O_CLOEXEC);
	for (int standard = 0; standard < KEPT; standard++)
		if (dup2(nothing, standard) < 0)
			return error_set_errno(error, errno, "preparing the process that talks to the registry");
	if (close_range(KEPT + 1, ~0u, 0) < 0)
		return error_set_errno(error, errno, "closing what is open");
	return 0;
}

static int forbid(struct error **error)
{
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);
	int result = filter ? 0 : -ENOMEM;
	for (size_t i = 0; i < ARRAY_SIZE(forbidden) && result == 0; i++) {
		int number = seccomp_syscall_resolve_name(forbidden[i]);
		if (number != __NR_SCMP_ERROR)
			result = seccomp_rule_add(filter, SCMP_ACT_ERRNO(EPERM), number, 0);
		/* what this architecture does not have */
		if (result == -EINVAL || result == -EFAULT)
			result = 0;
	}
	if (result == 0)
		result = seccomp_load(filter);
	if (filter)
		seccomp_release(filter);
	return result < 0 ? error_set_errno(error, -result, "the seccomp filter of the process that talks to the registry")
			  : 0;
}

int worker_give_up(int keep, int *ret_kept, struct error **error)
{
	int result = keep_only(keep, error);
	if (result < 0)
		return result;
	*ret_kept = KEPT;
	result = limit(error);
	if (result < 0)
		return result;
	if (setgroups(0, NULL) < 0 || setresgid(NOBODY, NOBODY, NOBODY) < 0 || setresuid(NOBODY, NOBODY, NOBODY) < 0)
		return error_set_errno(error, errno, "becoming an unprivileged user");
	if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) < 0 || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ||
	    prctl(PR_SET_DUMPABLE, 0) < 0 || prctl(PR_SET_PDEATHSIG, SIGKILL) < 0)
		return error_set_errno(error, errno, "giving up privileges");
	return forbid(error);
}
