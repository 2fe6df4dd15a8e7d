#include <errno.h>
#include <seccomp.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "policy/base/cleanup.h"
#include "policy/controls/seccomp_profile.h"

/* linux/bpf_common.h BPF_MAXINSNS, and what a call without conditions costs at
 * most: its own comparison, its share of libseccomp's tree and a jump over what
 * a conditional jump of 8 bits does not reach. */
#define PROGRAM_LARGEST 4096u
#define PROGRAM_SHARE 2u
#define PROGRAM_INSTRUCTION 8u /* bytes, struct sock_filter */

static void release_context(void **context)
{
	if (*context)
		seccomp_release(*context);
}
#define cleanup_context __attribute__((cleanup(release_context)))

static uint32_t library_action(enum call_action action, uint16_t errno_value)
{
	static const uint32_t plain[] = {
		[CALL_KILL_PROCESS] = SCMP_ACT_KILL_PROCESS, [CALL_KILL_THREAD] = SCMP_ACT_KILL_THREAD,
		[CALL_TRAP] = SCMP_ACT_TRAP,                 [CALL_ERRNO] = SCMP_ACT_ERRNO(0),
		[CALL_NOTIFY] = SCMP_ACT_NOTIFY,             [CALL_TRACE] = SCMP_ACT_TRACE(0),
		[CALL_LOG] = SCMP_ACT_LOG,                   [CALL_ALLOW] = SCMP_ACT_ALLOW,
	};
	return action == CALL_ERRNO ? SCMP_ACT_ERRNO((uint32_t)errno_value) : plain[action];
}

static unsigned fill_conditions(const struct call_match *match, struct scmp_arg_cmp *ret)
{
	static const enum scmp_compare library_compare[] = {
		[COMPARE_NONE] = _SCMP_CMP_MIN, [COMPARE_NE] = SCMP_CMP_NE, [COMPARE_LT] = SCMP_CMP_LT,
		[COMPARE_LE] = SCMP_CMP_LE,     [COMPARE_EQ] = SCMP_CMP_EQ, [COMPARE_GE] = SCMP_CMP_GE,
		[COMPARE_GT] = SCMP_CMP_GT,     [COMPARE_MASKED_EQ] = SCMP_CMP_MASKED_EQ,
	};
	unsigned count = 0;
	for (unsigned i = 0; match && i < CALL_ARGUMENTS; i++) {
		const struct call_condition *condition = &match->on[i];
		if (condition->compare != COMPARE_NONE)
			ret[count++] = (struct scmp_arg_cmp){
				.arg = i,
				.op = library_compare[condition->compare],
				.datum_a = condition->value,
				.datum_b = condition->value_two,
			};
	}
	return count;
}

static int add_architectures(void *context, const struct call_profile *profile)
{
	static const struct {
		unsigned architecture;
		uint32_t token;
	} tokens[] = {
		{ARCHITECTURE_X86_64, SCMP_ARCH_X86_64}, {ARCHITECTURE_X86, SCMP_ARCH_X86},
		{ARCHITECTURE_X32, SCMP_ARCH_X32},       {ARCHITECTURE_AARCH64, SCMP_ARCH_AARCH64},
		{ARCHITECTURE_ARM, SCMP_ARCH_ARM},
	};
	for (size_t i = 0; i < ARRAY_SIZE(tokens); i++) {
		if (!(profile->architectures & tokens[i].architecture))
			continue;
		int result = seccomp_arch_add(context, tokens[i].token);
		if (result < 0 && result != -EEXIST)
			return result;
	}
	return 0;
}

static int add_rule(void *context, const struct call_profile *profile, const struct call_rule *rule)
{
	struct scmp_arg_cmp conditions[CALL_ARGUMENTS];
	uint32_t action = library_action(rule->action, rule->errno_value);
	/* as runc: a name that is not known is no call of this kernel, and a rule
	 * that says what the default says is left out */
	int number = seccomp_syscall_resolve_name(rule->name);
	if (number == __NR_SCMP_ERROR || action == library_action(profile->default_action, profile->default_errno))
		return 0;
	unsigned count = fill_conditions(rule->match, conditions);
	int result = seccomp_rule_add_array(context, action, number, count, conditions);
	return result == -EEXIST ? 0 : result;
}

static int build(const struct call_profile *profile, bool everything, void **ret_context, size_t *ret_left_out,
		 struct error **error)
{
	cleanup_context void *context =
		seccomp_init(library_action(profile->default_action, profile->default_errno));
	if (!context)
		return error_set(error, EINVAL, "libseccomp does not take the default action");
	int result = add_architectures(context, profile);
	if (result < 0)
		return error_set_errno(error, -result, "libseccomp does not take the architectures");
	if (seccomp_attr_set(context, SCMP_FLTATR_CTL_OPTIMIZE, 2) < 0)
		return error_set(error, EINVAL, "libseccomp cannot make a binary tree");
	size_t left_out = 0;
	for (size_t i = 0; i < profile->count; i++) {
		const struct call_rule *rule = &profile->rules[i];
		if (!everything && !rule->match) {
			left_out++;
			continue;
		}
		result = add_rule(context, profile, rule);
		if (result < 0)
			return error_set_errno(error, -result, "libseccomp does not take the rule for %s", rule->name);
	}
	*ret_context = take_pointer(context);
	*ret_left_out = left_out;
	return 0;
}

static int compile(const struct call_profile *profile, bool everything, struct error **error)
{
	cleanup_context void *context = NULL;
	size_t left_out = 0;
	int result = build(profile, everything, &context, &left_out, error);
	if (result < 0)
		return result;
	cleanup_close int program = memfd_create("seccomp", MFD_CLOEXEC);
	struct stat status;
	if (program < 0)
		return error_set_errno(error, errno, "memory for a seccomp program");
	result = seccomp_export_bpf(context, program);
	if (result < 0)
		return error_set_errno(error, -result, "libseccomp does not compile the profile");
	if (fstat(program, &status) < 0)
		return error_set_errno(error, errno, "memory for a seccomp program");
	unsigned architectures = (unsigned)__builtin_popcount(profile->architectures);
	if ((size_t)status.st_size / PROGRAM_INSTRUCTION + left_out * PROGRAM_SHARE * architectures > PROGRAM_LARGEST)
		return error_set(error, E2BIG, "the profile is larger than the kernel takes (%u instructions)",
				 PROGRAM_LARGEST);
	return 0;
}

int call_profile_compile(const struct call_profile *profile, struct error **error)
{
	return compile(profile, false, error);
}

int call_profile_compile_fully(const struct call_profile *profile, struct error **error)
{
	return compile(profile, true, error);
}

int call_profile_export(const struct call_profile *profile, int descriptor, struct error **error)
{
	cleanup_context void *context = NULL;
	size_t left_out = 0;
	int result = build(profile, true, &context, &left_out, error);
	if (result < 0)
		return result;
	result = seccomp_export_bpf(context, descriptor);
	return result < 0 ? error_set_errno(error, -result, "libseccomp does not compile the profile") : 0;
}
