#include "policy/tests/filter.h"

#include <linux/audit.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "policy/base/cleanup.h"
#include "policy/tests/support.h"

#if defined(__x86_64__)
#define NATIVE_TOKEN AUDIT_ARCH_X86_64
#else
#define NATIVE_TOKEN AUDIT_ARCH_AARCH64
#endif

struct filter compile_filter(const struct call_profile *profile)
{
	cleanup_error struct error *error = NULL;
	cleanup_close int descriptor = memfd_create("filter", MFD_CLOEXEC);
	struct stat status;
	assert_true(descriptor >= 0);
	if (call_profile_export(profile, descriptor, &error) < 0)
		fail_msg("%s", error_message(error));
	assert_int_equal(fstat(descriptor, &status), 0);
	struct filter filter = {.length = (size_t)status.st_size / sizeof(struct sock_filter)};
	filter.program = malloc((size_t)status.st_size + 1);
	assert_non_null(filter.program);
	assert_int_equal(pread(descriptor, filter.program, (size_t)status.st_size, 0), status.st_size);
	return filter;
}

void filter_release(struct filter *filter)
{
	free(filter->program);
	*filter = (struct filter){0};
}

static bool jumps(uint16_t code, uint32_t accumulator, uint32_t operand)
{
	switch (BPF_OP(code)) {
	case BPF_JEQ:
		return accumulator == operand;
	case BPF_JGT:
		return accumulator > operand;
	case BPF_JGE:
		return accumulator >= operand;
	case BPF_JSET:
		return accumulator & operand;
	default:
		fail_msg("jump %x is not one that libseccomp makes", code);
		return false;
	}
}

uint32_t run_filter(const struct filter *filter, const struct seccomp_data *data)
{
	uint32_t accumulator = 0;
	for (size_t at = 0; at < filter->length; at++) {
		const struct sock_filter *step = &filter->program[at];
		switch (BPF_CLASS(step->code)) {
		case BPF_LD:
			assert_int_equal(step->code, BPF_LD | BPF_W | BPF_ABS);
			assert_true(step->k + sizeof(accumulator) <= sizeof(*data));
			memcpy(&accumulator, (const char *)data + step->k, sizeof(accumulator));
			break;
		case BPF_ALU:
			assert_int_equal(step->code, BPF_ALU | BPF_AND | BPF_K);
			accumulator &= step->k;
			break;
		case BPF_JMP:
			if (BPF_OP(step->code) == BPF_JA)
				at += step->k;
			else
				at += jumps(step->code, accumulator, step->k) ? step->jt : step->jf;
			break;
		case BPF_RET:
			return step->k;
		default:
			fail_msg("instruction %x is not one that libseccomp makes", step->code);
		}
	}
	fail_msg("the filter ran past its end");
	return 0;
}

uint32_t ask_filter(const struct filter *filter, int number, const uint64_t *arguments)
{
	struct seccomp_data data = {.nr = number, .arch = NATIVE_TOKEN};
	if (arguments)
		memcpy(data.args, arguments, sizeof(data.args));
	return run_filter(filter, &data);
}

unsigned strictness(uint32_t answer)
{
	static const uint32_t order[] = {
		SECCOMP_RET_ALLOW, SECCOMP_RET_LOG,  SECCOMP_RET_TRACE,       SECCOMP_RET_USER_NOTIF,
		SECCOMP_RET_ERRNO, SECCOMP_RET_TRAP, SECCOMP_RET_KILL_THREAD, SECCOMP_RET_KILL_PROCESS,
	};
	for (unsigned i = 0; i < ARRAY_SIZE(order); i++)
		if ((answer & SECCOMP_RET_ACTION_FULL) == order[i])
			return i;
	fail_msg("answer %x is not known", answer);
	return 0;
}

struct call_profile read_profile(const json_t *source)
{
	struct call_profile profile = {0};
	cleanup_error struct error *error = NULL;
	if (call_profile_read_config(source, &profile, &error) < 0)
		fail_msg("%s", error_message(error));
	return profile;
}
