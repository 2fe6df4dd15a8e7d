/* What is left of an engine's profile and the policy's: never wider than either,
 * where the result is compiled by libseccomp and interpreted. */
#include <errno.h>
#include <seccomp.h>
#include <stdlib.h>
#include <string.h>

#include "policy/base/cleanup.h"
#include "policy/controls/seccomp_rule.h"
#include "policy/document/document.h"
#include "policy/tests/filter.h"
#include "policy/tests/support.h"

#define ROUNDS 60
#define NUMBERS 470

static uint64_t seed = 20240817;

static unsigned chance(unsigned below)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return (unsigned)(seed >> 11) % below;
}

static const char *const pool[] = {
	"clone", "socket", "socketpair", "personality", "read", "write", "openat", "ioctl", "clone3", "ptrace",
	"keyctl", "mount", "io_uring_setup", "prctl", "no_such_call", "kill", "execve", "unshare", "mmap", "bpf",
};
static const uint64_t values[] = {0, 1, 2, 3, 5, 10, 16, 17, 38, 40, 0x7e020000, 0xffffffff, UINT64_MAX};
static const char *const actions[] = {"SCMP_ACT_ALLOW", "SCMP_ACT_ALLOW", "SCMP_ACT_ALLOW", "SCMP_ACT_ERRNO",
				      "SCMP_ACT_ERRNO", "SCMP_ACT_LOG", "SCMP_ACT_TRAP", "SCMP_ACT_KILL",
				      "SCMP_ACT_KILL_PROCESS"};
static const char *const defaults[] = {"SCMP_ACT_ERRNO", "SCMP_ACT_ERRNO", "SCMP_ACT_ERRNO", "SCMP_ACT_KILL",
				       "SCMP_ACT_KILL_PROCESS", "SCMP_ACT_TRAP", "SCMP_ACT_ALLOW"};
static const char *const compares[] = {"SCMP_CMP_NE", "SCMP_CMP_LT", "SCMP_CMP_LE", "SCMP_CMP_EQ",
				       "SCMP_CMP_GE", "SCMP_CMP_GT", "SCMP_CMP_MASKED_EQ", "SCMP_CMP_EQ"};

static json_t *random_conditions(void)
{
	json_t *list = json_array();
	for (unsigned count = chance(3); count > 0; count--) {
		uint64_t value = values[chance(ARRAY_SIZE(values))];
		uint64_t second = values[chance(ARRAY_SIZE(values))] & value;
		assert_int_equal(json_array_append_new(list, json_pack("{s:i, s:o, s:o, s:s}", "index", (int)chance(3),
								       "value", document_new_uint64(value), "valueTwo",
								       document_new_uint64(second), "op",
								       compares[chance(ARRAY_SIZE(compares))])), 0);
	}
	return list;
}

static json_t *random_profile(bool refuses)
{
	json_t *calls = json_array();
	for (unsigned count = 5 + chance(40); count > 0; count--) {
		json_t *names = json_array();
		for (unsigned n = 1 + chance(3); n > 0; n--)
			assert_int_equal(json_array_append_new(names, json_string(pool[chance(ARRAY_SIZE(pool))])), 0);
		assert_int_equal(json_array_append_new(calls, json_pack("{s:o, s:s, s:i, s:o}", "names", names, "action",
									actions[chance(ARRAY_SIZE(actions))], "errnoRet",
									(int)chance(40), "args", random_conditions())), 0);
	}
	size_t last = ARRAY_SIZE(defaults) - (refuses ? 1 : 0);
	return json_pack("{s:s, s:o}", "defaultAction", defaults[chance((unsigned)last)], "syscalls", calls);
}

struct trio {
	const struct call_profile *own, *given;
	struct filter merged;
	const json_t *source;
};

static uint32_t answer_of(enum call_action action)
{
	static const uint32_t answers[] = {
		[CALL_KILL_PROCESS] = SECCOMP_RET_KILL_PROCESS, [CALL_KILL_THREAD] = SECCOMP_RET_KILL_THREAD,
		[CALL_TRAP] = SECCOMP_RET_TRAP,			[CALL_ERRNO] = SECCOMP_RET_ERRNO,
		[CALL_NOTIFY] = SECCOMP_RET_USER_NOTIF,		[CALL_TRACE] = SECCOMP_RET_TRACE,
		[CALL_LOG] = SECCOMP_RET_LOG,			[CALL_ALLOW] = SECCOMP_RET_ALLOW,
	};
	return answers[action];
}

/* What a profile means by its rules. libseccomp 2.5.4 cannot be asked: it compiles
 * some of these random profiles to something wider than any of their rules, or
 * never comes back. */
static uint32_t ask_profile(const struct call_profile *profile, const char *name, const uint64_t *arguments)
{
	bool passes = !call_action_refuses(profile->default_action), refused = false;
	enum call_action pass = profile->default_action, refusal = profile->default_action;
	for (size_t i = 0; i < profile->count; i++) {
		const struct call_rule *rule = &profile->rules[i];
		bool matches = strcmp(rule->name, name) == 0;
		for (size_t a = 0; matches && rule->match && a < CALL_ARGUMENTS; a++)
			matches = call_condition_holds(&rule->match->on[a], arguments[a]);
		if (!matches)
			continue;
		if (call_action_refuses(rule->action)) {
			refusal = !refused || rule->action < refusal ? rule->action : refusal;
			refused = true;
		} else {
			pass = !passes || rule->action < pass ? rule->action : pass;
			passes = true;
		}
	}
	return answer_of(refused ? refusal : passes ? pass : profile->default_action);
}

static void compare(const struct trio *trio, const char *name, int number, const uint64_t *arguments)
{
	uint32_t own = ask_profile(trio->own, name, arguments), given = ask_profile(trio->given, name, arguments);
	uint32_t merged = ask_filter(&trio->merged, number, arguments);
	if (strictness(merged) >= strictness(own) && strictness(merged) >= strictness(given))
		return;
	fail_msg("%s(%llx, %llx, %llx): own %x, given %x, merged %x\n%s", name,
		 (unsigned long long)arguments[0], (unsigned long long)arguments[1],
		 (unsigned long long)arguments[2], own, given, merged, json_dumps(trio->source, 0));
}

static void compare_all(const struct trio *trio)
{
	for (int number = 0; number < NUMBERS; number++) {
		uint64_t arguments[CALL_ARGUMENTS] = {values[chance(ARRAY_SIZE(values))]};
		cleanup_free char *name = seccomp_syscall_resolve_num_arch(SCMP_ARCH_NATIVE, number);
		compare(trio, name ? name : "", number, arguments);
	}
	for (size_t i = 0; i < ARRAY_SIZE(pool); i++) {
		int number = seccomp_syscall_resolve_name(pool[i]);
		for (int round = 0; number >= 0 && round < 60; round++) {
			uint64_t arguments[CALL_ARGUMENTS];
			for (size_t a = 0; a < CALL_ARGUMENTS; a++)
				arguments[a] = values[chance(ARRAY_SIZE(values))] + chance(3) - 1;
			compare(trio, pool[i], number, arguments);
		}
	}
}

/* Merged once more, nothing is found that would be wider. */
static void assert_settled(const struct call_profile *own, const struct call_profile *merged)
{
	cleanup_json json_t *written = call_profile_write(merged), *wider = NULL;
	assert_non_null(written);
	cleanup_call_profile struct call_profile again = read_profile(written), twice = {0};
	assert_int_equal(call_profile_merge(own, &again, &twice, &wider), 0);
	if (json_array_size(wider) > 0)
		fail_msg("still wider: %s", json_dumps(wider, 0));
	assert_int_equal(again.default_action, merged->default_action);
}

static void round_with(const struct call_profile *own, json_t *source)
{
	cleanup_error struct error *error = NULL;
	cleanup_call_profile struct call_profile given = read_profile(source), merged = {0};
	cleanup_json json_t *wider = NULL;
	assert_int_equal(call_profile_merge(own, &given, &merged, &wider), 0);
	if (call_profile_compile(&merged, &error) < 0)
		fail_msg("merged: %s", error_message(error));
	struct trio trio = {own, &given, compile_filter(&merged), source};
	compare_all(&trio);
	assert_settled(own, &merged);
	filter_release(&trio.merged);
}

static void never_wider_than_the_built_in_or_the_engine(void **state)
{
	(void)state;
	static const char *const sets[] = {"[]", "[\"CAP_SYS_ADMIN\", \"CAP_NET_RAW\"]"};
	for (int i = 0; i < ROUNDS; i++) {
		cleanup_json json_t *bounding = json_loads(sets[i % 2], 0, NULL), *source = random_profile(false);
		struct circumstances circumstances = {
			.bounding = bounding, .kernel = KERNEL(6, 1), .architectures = ARCHITECTURE_NATIVE};
		cleanup_call_profile struct call_profile own = {0};
		assert_int_equal(call_profile_built_in(&circumstances, &own), 0);
		round_with(&own, source);
	}
}

static void never_wider_than_two_of_any_kind(void **state)
{
	(void)state;
	for (int i = 0; i < ROUNDS; i++) {
		cleanup_json json_t *own_source = random_profile(true), *source = random_profile(false), *wider = NULL;
		/* a policy's profile is one that says one thing of each call: made so
		 * by merging it with one that lets everything through */
		struct call_profile any = {.default_action = CALL_ALLOW, .architectures = ARCHITECTURE_NATIVE};
		cleanup_call_profile struct call_profile raw = read_profile(own_source), own = {0};
		assert_int_equal(call_profile_merge(&raw, &any, &own, &wider), 0);
		round_with(&own, source);
	}
}

/* What ordinary programs need: C libraries, Go, the JVM, node, Python, databases,
 * web servers and shells. */
static const char *const ordinary[] = {
	"accept4", "access", "arch_prctl", "bind", "brk", "chdir", "chmod", "chown", "clock_gettime",
	"clock_nanosleep", "close", "connect", "copy_file_range", "dup", "dup2", "dup3", "epoll_create1",
	"epoll_ctl", "epoll_pwait", "epoll_wait", "eventfd2", "execve", "exit", "exit_group", "faccessat2",
	"fadvise64", "fallocate", "fchmod", "fchown", "fcntl", "fdatasync", "flock", "fork", "fstat", "fsync",
	"ftruncate", "futex", "getcwd", "getdents64", "getegid", "geteuid", "getgid", "getgroups", "getpeername",
	"getpgrp", "getpid", "getppid", "getrandom", "getrlimit", "getrusage", "getsockname", "getsockopt", "gettid",
	"gettimeofday", "getuid", "getxattr", "inotify_add_watch", "inotify_init1", "io_getevents", "io_setup",
	"io_submit", "ioctl", "kill", "linkat", "listen", "lseek", "lstat", "madvise", "membarrier", "memfd_create",
	"mincore", "mkdir", "mkdirat", "mlock", "mmap", "mprotect", "mremap", "msync", "munmap", "nanosleep",
	"newfstatat", "openat", "pause", "pipe2", "poll", "ppoll", "prctl", "pread64", "preadv", "prlimit64",
	"pselect6", "pwrite64", "pwritev", "read", "readlink", "readlinkat", "readv", "recvfrom", "recvmsg", "rename",
	"renameat2", "restart_syscall", "rseq", "rt_sigaction", "rt_sigprocmask", "rt_sigreturn",
	"rt_sigtimedwait", "sched_getaffinity", "sched_setaffinity", "sched_yield", "seccomp", "select", "semctl",
	"semget", "semop", "sendfile", "sendmmsg", "sendmsg", "sendto", "set_robust_list", "set_tid_address",
	"setgid", "setgroups", "setitimer", "setpgid", "setpriority", "setresgid", "setresuid", "setsid",
	"setsockopt", "setuid", "shmat", "shmctl", "shmdt", "shmget", "shutdown", "sigaltstack", "splice", "stat",
	"statfs", "statx", "symlink", "sync_file_range", "sysinfo", "tgkill", "timer_create", "timerfd_create",
	"timerfd_settime", "times", "umask", "uname", "unlink", "unlinkat", "utimensat", "vfork", "wait4", "waitid",
	"write", "writev",
};

static json_t *load_debians_profile(void)
{
	static const char path[] = "/usr/share/containers/seccomp.json";
	json_error_t where;
	json_t *source = json_load_file(path, JSON_REJECT_DUPLICATES, &where);
	if (!source)
		fail_msg("%s (package golang-github-containers-common): %s", path, where.text);
	return source;
}

/* What an engine that starts with Docker's capabilities makes of Debian's profile. */
static void ordinary_programs_run_under_an_engines_profile(void **state)
{
	(void)state;
	cleanup_error struct error *error = NULL;
	cleanup_json json_t *source = load_debians_profile(), *wider = NULL;
	cleanup_json json_t *docker = json_loads("[\"CAP_CHOWN\", \"CAP_NET_RAW\", \"CAP_SYS_CHROOT\","
						 " \"CAP_AUDIT_WRITE\", \"CAP_MKNOD\"]", 0, NULL);
	struct circumstances engines = {docker, KERNEL(6, 1), ARCHITECTURES_SERVED};
	struct circumstances ours = {NULL, KERNEL(6, 1), ARCHITECTURE_NATIVE};
	cleanup_call_profile struct call_profile given = {0}, own = {0}, merged = {0};
	if (call_profile_read_portable(source, &engines, &given, &error) < 0)
		fail_msg("%s", error_message(error));
	assert_true(given.count > 380);
	assert_int_equal(given.default_errno, ENOSYS);
	assert_true(given.architectures & ~(unsigned)ARCHITECTURE_NATIVE);
	assert_int_equal(call_profile_built_in(&ours, &own), 0);
	assert_int_equal(call_profile_merge(&own, &given, &merged, &wider), 0);
	assert_int_equal(merged.architectures, ARCHITECTURE_NATIVE);
	assert_int_equal(call_profile_compile(&merged, &error), 0);
	struct trio trio = {&own, &given, compile_filter(&merged), source};
	compare_all(&trio);
	for (size_t i = 0; i < ARRAY_SIZE(ordinary); i++) {
		int number = seccomp_syscall_resolve_name(ordinary[i]);
		if (number >= 0 && ask_filter(&trio.merged, number, NULL) != SECCOMP_RET_ALLOW)
			fail_msg("%s is refused", ordinary[i]);
	}
	const uint64_t internet[CALL_ARGUMENTS] = {2, 1}, thread[CALL_ARGUMENTS] = {0x3d0f00};
	assert_int_equal(ask_filter(&trio.merged, seccomp_syscall_resolve_name("socket"), internet), SECCOMP_RET_ALLOW);
	assert_int_equal(ask_filter(&trio.merged, seccomp_syscall_resolve_name("clone"), thread), SECCOMP_RET_ALLOW);
	filter_release(&trio.merged);
}

static json_t *profile_text(const char *text)
{
	json_error_t where;
	json_t *source = json_loads(text, 0, &where);
	if (!source)
		fail_msg("%s", where.text);
	return source;
}

/* runc and crun make two rules of two conditions on one argument: 40 is not
 * refused by either of "not 38" and "not 40". */
static void two_conditions_on_one_argument_are_read_as_the_backends_read_them(void **state)
{
	(void)state;
	cleanup_json json_t *source = profile_text(
		"{\"defaultAction\": \"SCMP_ACT_ERRNO\", \"syscalls\": [{\"names\": [\"socket\"],"
		" \"action\": \"SCMP_ACT_ALLOW\", \"args\": [{\"index\": 0, \"value\": 38, \"op\": \"SCMP_CMP_NE\"},"
		" {\"index\": 0, \"value\": 40, \"op\": \"SCMP_CMP_NE\"}]}]}");
	cleanup_call_profile struct call_profile given = read_profile(source);
	assert_int_equal(given.count, 2);
	struct filter filter = compile_filter(&given);
	const uint64_t vsock[CALL_ARGUMENTS] = {40};
	assert_int_equal(ask_filter(&filter, seccomp_syscall_resolve_name("socket"), vsock), SECCOMP_RET_ALLOW);
	filter_release(&filter);
}

/* In libseccomp a call that is let through whole stays so, whatever refusals with
 * conditions say of it. */
static void a_conditional_refusal_beats_a_whole_allowance(void **state)
{
	(void)state;
	cleanup_json json_t *source = profile_text(
		"{\"defaultAction\": \"SCMP_ACT_ERRNO\", \"syscalls\": ["
		"{\"names\": [\"prctl\"], \"action\": \"SCMP_ACT_ALLOW\"},"
		"{\"names\": [\"prctl\"], \"action\": \"SCMP_ACT_KILL_PROCESS\","
		" \"args\": [{\"index\": 0, \"value\": 4, \"op\": \"SCMP_CMP_EQ\"}]}]}"), *wider = NULL;
	struct circumstances ours = {NULL, KERNEL(6, 1), ARCHITECTURE_NATIVE};
	cleanup_call_profile struct call_profile given = read_profile(source), own = {0}, merged = {0};
	assert_int_equal(call_profile_built_in(&ours, &own), 0);
	assert_int_equal(call_profile_merge(&own, &given, &merged, &wider), 0);
	assert_int_equal(json_array_size(wider), 1);
	struct filter filter = compile_filter(&merged);
	const uint64_t four[CALL_ARGUMENTS] = {4}, five[CALL_ARGUMENTS] = {5};
	int number = seccomp_syscall_resolve_name("prctl");
	assert_int_equal(ask_filter(&filter, number, four), SECCOMP_RET_KILL_PROCESS);
	assert_int_equal(ask_filter(&filter, number, five), SECCOMP_RET_ALLOW);
	filter_release(&filter);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(never_wider_than_the_built_in_or_the_engine),
		cmocka_unit_test(never_wider_than_two_of_any_kind),
		cmocka_unit_test(ordinary_programs_run_under_an_engines_profile),
		cmocka_unit_test(two_conditions_on_one_argument_are_read_as_the_backends_read_them),
		cmocka_unit_test(a_conditional_refusal_beats_a_whole_allowance),
	};
	return cmocka_run_group_tests_name("seccomp merge", tests, NULL, NULL);
}
