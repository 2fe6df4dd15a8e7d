#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>

#include "policy/base/cleanup.h"
#include "policy/controls/seccomp_profile.h"

struct word {
	const char *text;
	unsigned value;
};

/* Of two words for one value the first is the one that is written. */
static const struct word actions[] = {
	{"SCMP_ACT_ALLOW", CALL_ALLOW},
	{"SCMP_ACT_ERRNO", CALL_ERRNO},
	{"SCMP_ACT_KILL_PROCESS", CALL_KILL_PROCESS},
	{"SCMP_ACT_KILL_THREAD", CALL_KILL_THREAD},
	{"SCMP_ACT_KILL", CALL_KILL_THREAD},
	{"SCMP_ACT_TRAP", CALL_TRAP},
	{"SCMP_ACT_NOTIFY", CALL_NOTIFY},
	{"SCMP_ACT_TRACE", CALL_TRACE},
	{"SCMP_ACT_LOG", CALL_LOG},
};

static const struct word compares[] = {
	{"SCMP_CMP_NE", COMPARE_NE}, {"SCMP_CMP_LT", COMPARE_LT}, {"SCMP_CMP_LE", COMPARE_LE},
	{"SCMP_CMP_EQ", COMPARE_EQ}, {"SCMP_CMP_GE", COMPARE_GE}, {"SCMP_CMP_GT", COMPARE_GT},
	{"SCMP_CMP_MASKED_EQ", COMPARE_MASKED_EQ},
};

static const struct word architectures[] = {
	{"SCMP_ARCH_X86_64", ARCHITECTURE_X86_64}, {"SCMP_ARCH_X86", ARCHITECTURE_X86},
	{"SCMP_ARCH_X32", ARCHITECTURE_X32},       {"SCMP_ARCH_AARCH64", ARCHITECTURE_AARCH64},
	{"SCMP_ARCH_ARM", ARCHITECTURE_ARM},
};

static const struct word flags[] = {
	{"SECCOMP_FILTER_FLAG_TSYNC", FLAG_TSYNC},
	{"SECCOMP_FILTER_FLAG_LOG", FLAG_LOG},
};

static const struct word *by_text(const struct word *words, size_t count, const char *text)
{
	for (size_t i = 0; text && i < count; i++)
		if (strcmp(words[i].text, text) == 0)
			return &words[i];
	return NULL;
}

static const char *by_value(const struct word *words, size_t count, unsigned value)
{
	for (size_t i = 0; i < count; i++)
		if (words[i].value == value)
			return words[i].text;
	return NULL;
}

const char *call_action_word(enum call_action action)
{
	return by_value(actions, ARRAY_SIZE(actions), (unsigned)action);
}

bool call_action_from_word(const char *text, enum call_action *ret)
{
	const struct word *word = by_text(actions, ARRAY_SIZE(actions), text);
	if (word)
		*ret = (enum call_action)word->value;
	return word;
}

const char *call_compare_word(enum call_compare compare)
{
	return by_value(compares, ARRAY_SIZE(compares), (unsigned)compare);
}

bool call_compare_from_word(const char *text, enum call_compare *ret)
{
	const struct word *word = by_text(compares, ARRAY_SIZE(compares), text);
	if (word)
		*ret = (enum call_compare)word->value;
	return word;
}

const char *call_architecture_word(unsigned architecture)
{
	return by_value(architectures, ARRAY_SIZE(architectures), architecture);
}

unsigned call_architecture_from_word(const char *text)
{
	const struct word *word = by_text(architectures, ARRAY_SIZE(architectures), text);
	return word && (word->value & ARCHITECTURES_SERVED) ? word->value : ARCHITECTURE_OTHER;
}

const char *call_flag_word(unsigned flag)
{
	return by_value(flags, ARRAY_SIZE(flags), flag);
}

unsigned call_flag_from_word(const char *text)
{
	const struct word *word = by_text(flags, ARRAY_SIZE(flags), text);
	return word ? word->value : FLAG_OTHER;
}

unsigned running_kernel(void)
{
	struct utsname names;
	unsigned major = 0, minor = 0;
	if (uname(&names) < 0 || sscanf(names.release, "%5u.%5u", &major, &minor) != 2)
		return 0;
	return KERNEL(major, minor);
}

bool has_capability(const struct circumstances *circumstances, const char *capability)
{
	size_t index;
	json_t *item;
	json_array_foreach(circumstances->bounding, index, item)
	{
		const char *text = json_string_value(item);
		if (text && strcmp(text, capability) == 0)
			return true;
	}
	return false;
}
