/* The built-in profile, compiled by libseccomp and interpreted for every number
 * of x86-64, i386 and x32. */
#include <errno.h>
#include <linux/audit.h>
#include <seccomp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "policy/base/cleanup.h"
#include "policy/base/text.h"
#include "policy/controls/seccomp_families.h"
#include "policy/controls/seccomp_rule.h"
#include "policy/tests/filter.h"
#include "policy/tests/support.h"

#define NUMBERS 600
#define ERRNO(value) (SECCOMP_RET_ERRNO | (value))

static const char *const capability_sets[] = {
	"[]",
	"[\"CAP_NET_RAW\", \"CAP_SYS_CHROOT\", \"CAP_AUDIT_WRITE\"]",
	"[\"CAP_SYS_ADMIN\"]",
	"[\"CAP_SYS_PTRACE\", \"CAP_SYS_NICE\", \"CAP_SYSLOG\", \"CAP_BPF\", \"CAP_PERFMON\"]",
	"[\"CAP_SYS_TIME\", \"CAP_SYS_PACCT\", \"CAP_SYS_BOOT\", \"CAP_SYS_RAWIO\", \"CAP_SYS_TTY_CONFIG\","
	" \"CAP_DAC_READ_SEARCH\", \"CAP_SYS_MODULE\"]",
};

static struct circumstances circumstances_with(const json_t *bounding)
{
	return (struct circumstances){
		.bounding = bounding, .kernel = KERNEL(6, 1), .architectures = ARCHITECTURE_NATIVE};
}

static struct filter built_in_filter(const struct circumstances *circumstances)
{
	cleanup_call_profile struct call_profile profile = {0};
	assert_int_equal(call_profile_built_in(circumstances, &profile), 0);
	return compile_filter(&profile);
}

static bool has_call(const struct call_family *family, const char *name)
{
	for (const char *const *call = family->calls; *call; call++)
		if (strcmp(*call, name) == 0)
			return true;
	return false;
}

static bool open_to(const struct call_family *family, const struct circumstances *circumstances)
{
	bool held = !family->capabilities;
	for (const char *const *name = family->capabilities; name && *name; name++)
		held |= has_capability(circumstances, *name);
	return family->action == FAMILY_ALLOWS && held && circumstances->kernel >= family->kernel &&
	       (!family->architectures || family->architectures & ARCHITECTURE_NATIVE);
}

/* What the table says, without the code that makes a profile of it. */
static bool table_allows(const char *name, const uint64_t *arguments, const struct circumstances *circumstances)
{
	for (size_t i = 0; name && i < call_family_count; i++) {
		const struct call_family *family = &call_families[i];
		if (!has_call(family, name) || !open_to(family, circumstances))
			continue;
		bool fits = family->match_count == 0;
		for (size_t m = 0; m < family->match_count; m++) {
			bool all = true;
			for (size_t a = 0; a < CALL_ARGUMENTS; a++)
				all &= call_condition_holds(&family->matches[m].on[a], arguments[a]);
			fits |= all;
		}
		if (fits)
			return true;
	}
	return false;
}

static const uint64_t first_arguments[] = {
	0, 1, 2, 3, 8, 10, 15, 16, 17, 29, 38, 40, 0x20000, 0x20008, 0x40000, 0x80, 0x10000000, 0x7e020000,
	0x01200011, 0x003d0f00, 0xffffffff, 0x100000001, 0x100000028, UINT64_MAX,
};

static void every_native_number_gets_what_the_table_says(void **state)
{
	(void)state;
	for (size_t set = 0; set < ARRAY_SIZE(capability_sets); set++) {
		json_t *bounding = json_loads(capability_sets[set], 0, NULL);
		assert_non_null(bounding);
		struct circumstances circumstances = circumstances_with(bounding);
		struct filter filter = built_in_filter(&circumstances);
		for (int number = 0; number < NUMBERS; number++) {
			cleanup_free char *name = seccomp_syscall_resolve_num_arch(SCMP_ARCH_NATIVE, number);
			for (size_t i = 0; i < ARRAY_SIZE(first_arguments); i++) {
				uint64_t arguments[CALL_ARGUMENTS] = {first_arguments[i]};
				bool allowed = ask_filter(&filter, number, arguments) == SECCOMP_RET_ALLOW;
				if (allowed != table_allows(name, arguments, &circumstances))
					fail_msg("%s: call %d %s(%llx) is %s", capability_sets[set], number,
						 name ? name : "?", (unsigned long long)first_arguments[i],
						 allowed ? "allowed" : "refused");
			}
		}
		filter_release(&filter);
		json_decref(bounding);
	}
}

static int number_of(const char *name)
{
	int number = seccomp_syscall_resolve_name(name);
	assert_true(number >= 0);
	return number;
}

static uint32_t ask(const struct filter *filter, const char *name, uint64_t first)
{
	uint64_t arguments[CALL_ARGUMENTS] = {first};
	return ask_filter(filter, number_of(name), arguments);
}

static void foreign_calls_never_pass(void **state)
{
	(void)state;
	struct circumstances circumstances = circumstances_with(NULL);
	struct filter filter = built_in_filter(&circumstances);
	const uint32_t foreign[] = {AUDIT_ARCH_I386, AUDIT_ARCH_ARM, 0,
#if defined(__x86_64__)
				    AUDIT_ARCH_AARCH64,
#else
				    AUDIT_ARCH_X86_64,
#endif
	};
	for (int number = 0; number < NUMBERS; number++)
		for (size_t i = 0; i < ARRAY_SIZE(foreign); i++) {
			struct seccomp_data data = {.nr = number, .arch = foreign[i]};
			assert_true(strictness(run_filter(&filter, &data)) >= strictness(SECCOMP_RET_KILL_THREAD));
		}
	const int beyond[] = {-1, -2, INT32_MIN, INT32_MAX, 4096};
	for (size_t i = 0; i < ARRAY_SIZE(beyond); i++)
		assert_true(strictness(ask_filter(&filter, beyond[i], NULL)) >= strictness(SECCOMP_RET_ERRNO));
#if defined(__x86_64__)
	for (int number = 0; number < NUMBERS; number++)
		assert_true(strictness(ask_filter(&filter, 0x40000000 | number, NULL)) >=
			    strictness(SECCOMP_RET_KILL_THREAD));
#endif
	filter_release(&filter);
}

static void clone_makes_threads_but_no_namespaces(void **state)
{
	(void)state;
	static const uint64_t namespaces[] = {0x20000,	  0x2000000,  0x4000000, 0x8000000,
					      0x10000000, 0x20000000, 0x40000000};
	struct circumstances circumstances = circumstances_with(NULL);
	struct filter filter = built_in_filter(&circumstances);
	for (size_t i = 0; i < ARRAY_SIZE(namespaces); i++) {
		assert_true(strictness(ask(&filter, "clone", namespaces[i] | 17)) >= strictness(SECCOMP_RET_ERRNO));
		assert_true(strictness(ask(&filter, "clone", namespaces[i] | UINT64_C(1) << 40)) >=
			    strictness(SECCOMP_RET_ERRNO));
	}
	assert_int_equal(ask(&filter, "clone", 17), SECCOMP_RET_ALLOW);
	assert_int_equal(ask(&filter, "clone", 0x3d0f00), SECCOMP_RET_ALLOW);
	assert_int_equal(ask(&filter, "clone3", 0), ERRNO(ENOSYS));
	assert_int_equal(ask(&filter, "unshare", 0x10000000), ERRNO(EPERM));
	filter_release(&filter);
}

static void a_socket_is_local_internet_or_netlink(void **state)
{
	(void)state;
	struct circumstances circumstances = circumstances_with(NULL);
	struct filter filter = built_in_filter(&circumstances);
	for (uint64_t family = 0; family < 64; family++) {
		bool ordinary = family == AF_UNIX || family == AF_INET || family == AF_INET6 || family == AF_NETLINK;
		assert_int_equal(ask(&filter, "socket", family) == SECCOMP_RET_ALLOW, ordinary);
		/* the kernel reads 32 bits of it */
		assert_true(strictness(ask(&filter, "socket", family | UINT64_C(1) << 32)) >=
			    strictness(SECCOMP_RET_ERRNO));
	}
	assert_int_equal(ask(&filter, "socket", AF_VSOCK), ERRNO(EAFNOSUPPORT));
	assert_int_equal(ask(&filter, "socket", AF_ALG), ERRNO(EAFNOSUPPORT));
	assert_int_equal(ask(&filter, "socket", AF_PACKET), ERRNO(EPERM));
	filter_release(&filter);
}

static void unknown_calls_get_enosys_and_dangerous_ones_eperm(void **state)
{
	(void)state;
	static const char *const dangerous[] = {
		"kexec_load", "init_module", "finit_module", "mount", "move_mount", "umount2", "swapon", "reboot", "acct",
		"bpf", "perf_event_open", "userfaultfd", "io_uring_setup", "io_uring_enter", "keyctl", "add_key",
		"request_key", "setns", "open_by_handle_at", "process_vm_writev", "pidfd_getfd", "chroot", "syslog",
	};
	struct circumstances circumstances = circumstances_with(NULL);
	struct filter filter = built_in_filter(&circumstances);
	for (size_t i = 0; i < ARRAY_SIZE(dangerous); i++)
		assert_int_equal(ask(&filter, dangerous[i], 0), ERRNO(EPERM));
	assert_int_equal(ask_filter(&filter, NUMBERS, NULL), ERRNO(ENOSYS));
	circumstances.kernel = KERNEL(4, 4);
	struct filter old = built_in_filter(&circumstances);
	assert_int_equal(ask(&filter, "ptrace", 0), SECCOMP_RET_ALLOW);
	assert_int_equal(ask(&old, "ptrace", 0), ERRNO(EPERM));
	filter_release(&old);
	filter_release(&filter);
}

/* call_profile_compile() leaves calls without conditions out: each of them is
 * shown here to compile, alone and together, and to cost no more than it reckons. */
static void every_call_of_the_table_compiles(void **state)
{
	(void)state;
	cleanup_call_profile struct call_profile all = {
		.default_action = CALL_ERRNO, .default_errno = ENOSYS, .architectures = ARCHITECTURE_NATIVE};
	size_t native = 0;
	for (size_t i = 0; i < call_family_count; i++) {
		const struct call_family *family = &call_families[i];
		assert_non_null(family->why);
		for (const char *const *call = family->calls; *call; call++) {
			struct call_profile one = {.default_action = CALL_KILL_PROCESS,
						   .architectures = ARCHITECTURE_NATIVE};
			assert_int_equal(call_profile_add(&one, *call, CALL_ALLOW, 0, NULL), 0);
			struct filter filter = compile_filter(&one);
			int number = seccomp_syscall_resolve_name(*call);
			if (number >= 0)
				assert_int_equal(ask_filter(&filter, number, NULL), SECCOMP_RET_ALLOW);
			filter_release(&filter);
			call_profile_release(&one);
			assert_int_equal(call_profile_add(&all, *call, CALL_ALLOW, 0, NULL), 0);
			native += number >= 0 ? 1 : 0;
		}
	}
	struct filter filter = compile_filter(&all);
	assert_true(filter.length <= native * 2);
	filter_release(&filter);
}

static void a_profile_too_large_for_the_kernel_is_refused(void **state)
{
	(void)state;
	cleanup_error struct error *error = NULL;
	cleanup_call_profile struct call_profile profile = {
		.default_action = CALL_ERRNO, .default_errno = ENOSYS, .architectures = ARCHITECTURE_NATIVE};
	for (uint64_t i = 0; i < 1500; i++) {
		struct call_match match = {.on[0] = {COMPARE_EQ, i << 33 | i, 0}};
		assert_int_equal(call_profile_add(&profile, "socket", CALL_ALLOW, 0, &match), 0);
	}
	assert_true(call_profile_compile(&profile, &error) < 0);
	assert_non_null(strstr(error_message(error), "kernel"));
}

#if defined(__x86_64__)
/* Only where the policy lists them. */
static void listed_architectures_are_served(void **state)
{
	(void)state;
	cleanup_error struct error *error = NULL;
	struct circumstances circumstances = circumstances_with(NULL);
	circumstances.architectures = ARCHITECTURES_SERVED;
	cleanup_call_profile struct call_profile profile = {0};
	assert_int_equal(call_profile_built_in(&circumstances, &profile), 0);
	if (call_profile_compile(&profile, &error) < 0)
		fail_msg("%s", error_message(error));
	struct filter filter = compile_filter(&profile);
	struct seccomp_data i386 = {.nr = 3, .arch = AUDIT_ARCH_I386}; /* read */
	struct seccomp_data x32 = {.nr = 0x40000000, .arch = AUDIT_ARCH_X86_64};
	assert_int_equal(run_filter(&filter, &i386), SECCOMP_RET_ALLOW);
	assert_int_equal(run_filter(&filter, &x32), SECCOMP_RET_ALLOW);
	i386.nr = 310; /* unshare */
	assert_int_equal(run_filter(&filter, &i386), ERRNO(EPERM));
	filter_release(&filter);
}
#endif

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_native_number_gets_what_the_table_says),
		cmocka_unit_test(foreign_calls_never_pass),
		cmocka_unit_test(clone_makes_threads_but_no_namespaces),
		cmocka_unit_test(a_socket_is_local_internet_or_netlink),
		cmocka_unit_test(unknown_calls_get_enosys_and_dangerous_ones_eperm),
		cmocka_unit_test(every_call_of_the_table_compiles),
		cmocka_unit_test(a_profile_too_large_for_the_kernel_is_refused),
#if defined(__x86_64__)
		cmocka_unit_test(listed_architectures_are_served),
#endif
	};
	return cmocka_run_group_tests_name("seccomp filter", tests, NULL, NULL);
}
