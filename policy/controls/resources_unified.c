/* unified: files of cgroup v2 by name. The backend writes them last, so each is a
 * second way to what the other sections say. */
#include <errno.h>
#include <string.h>

#include "policy/base/cleanup.h"
#include "policy/base/number.h"
#include "policy/base/text.h"
#include "policy/controls/resources.h"
#include "policy/document/document.h"

/* "max" or bytes. */
static bool read_amount(const char *text, int64_t *ret)
{
	if (strcmp(text, "max") == 0) {
		*ret = INT64_MAX;
		return true;
	}
	return number_parse_int64(text, ret) == 0 && *ret >= 0;
}

static bool amount_within(const struct limits *limits, const char *text, const char *key_default,
			  const char *key_maximum)
{
	int64_t amount = 0, bound = 0;
	if (!limits_default(limits, key_default, key_maximum, &bound))
		return true;
	if (!read_amount(text, &amount) || amount == INT64_MAX)
		return false;
	return !setting_number(limits->settings, key_maximum, &bound) || amount <= bound;
}

static bool memory_fits(const struct limits *limits, const char *text)
{
	return amount_within(limits, text, "memory.default", "memory.max");
}

static bool pids_fit(const struct limits *limits, const char *text)
{
	return amount_within(limits, text, "pids.default", "pids.max");
}

/* Swap comes on top of memory: what the policy bounds is the sum. */
static bool swap_fits(const struct limits *limits, const char *text)
{
	int64_t amount = 0, limit = 0, bound = 0;
	if (!limits_default(limits, "memory.default", "memory.max", &bound))
		return true;
	const json_t *memory = json_object_get(limits->view->resources, "memory");
	if (!read_amount(text, &amount) || amount == INT64_MAX)
		return false;
	if (document_read_int64(json_object_get(memory, "limit"), &limit) < 0 || limit <= 0 || limit > bound)
		limit = bound;
	return amount <= bound - limit;
}

/* Memory that the kernel takes from no one but this container last, or never. */
static bool protection_fits(const struct limits *limits, const char *text)
{
	int64_t amount = 0, bound = 0;
	if (!read_amount(text, &amount) || amount == INT64_MAX)
		return false;
	return !limits_default(limits, "memory.default", "memory.max", &bound) || amount <= bound;
}

/* "QUOTA", "QUOTA PERIOD", either quota "max". */
static bool cpu_fits(const struct limits *limits, const char *text)
{
	int64_t bound = 0, quota = 0, period = CPU_PERIOD;
	if (!limits_default(limits, "cpus.default", "cpus.max", &bound))
		return true;
	cleanup_free char *copy = strdup(text);
	char *space = copy ? strchr(copy, ' ') : NULL;
	if (space)
		*space = '\0';
	if (!copy || !read_amount(copy, &quota) || quota == INT64_MAX ||
	    (space && number_parse_int64(space + 1, &period) < 0))
		return false;
	if (period < CPU_PERIOD_SMALLEST || period > CPU_PERIOD_LARGEST || (!space && is_partial(limits)))
		return false;
	return !setting_number(limits->settings, "cpus.max", &bound) || quota <= quota_of(bound, period);
}

static bool never_fits(const struct limits *limits, const char *text)
{
	(void)limits, (void)text;
	return false;
}

static const struct {
	const char *file; /* with a final '.': every file that starts so */
	bool (*fits)(const struct limits *, const char *text);
	const char *why;
} files[] = {
	{"memory.max", memory_fits, "goes round the policy's bound for memory"},
	{"memory.swap.max", swap_fits, "lets memory go on in the host's swap beyond the policy's bound"},
	{"memory.low", protection_fits, "reserves more memory than the container may use"},
	{"memory.min", protection_fits, "reserves more memory than the container may use"},
	{"pids.max", pids_fit, "goes round the policy's bound for processes and threads"},
	{"cpu.max", cpu_fits, "goes round the policy's bound for processors"},
	{"cpuset.cpus.partition", never_fits, "takes processors away from the host"},
	{"cgroup.", never_fits, "changes the cgroup itself, and could move the host's processes into it"},
};

static bool concerns(const char *file, const char *key)
{
	return text_ends_with(file, ".") ? text_starts_with(key, file) : strcmp(key, file) == 0;
}

static int judge_file(struct limits *limits, const char *key, const json_t *value)
{
	cleanup_free char *place = document_pointer_below("unified", key);
	if (!place)
		return -ENOMEM;
	if (strchr(key, '/') || strcmp(key, "..") == 0 || strcmp(key, ".") == 0)
		return limits_refuse(limits, place, value, "is not the name of a file of the container's cgroup");
	if (!document_is_string(value))
		return limits_refuse(limits, place, value, "is not a string");
	for (size_t i = 0; i < ARRAY_SIZE(files); i++)
		if (concerns(files[i].file, key) && !files[i].fits(limits, json_string_value(value)))
			return limits_remove(limits, place, value, files[i].why);
	return 0;
}

int judge_unified(struct limits *limits)
{
	json_t *unified = NULL, *value;
	const char *key;
	int result = limits_section(limits, "unified", &unified);
	if (result <= 0)
		return result == -EINVAL ? 0 : result;
	json_object_foreach(unified, key, value)
	{
		result = judge_file(limits, key, value);
		if (result < 0)
			return result;
	}
	return 0;
}
