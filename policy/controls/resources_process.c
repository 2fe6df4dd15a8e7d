/* process.rlimits and process.oomScoreAdj. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>

#include "policy/base/cleanup.h"
#include "policy/base/text.h"
#include "policy/controls/resources.h"
#include "policy/document/document.h"

/* Names of the specification; the numbers are the C library's. */
static const struct {
	const char *name;
	int number;
} types[] = {
	{"RLIMIT_AS", RLIMIT_AS},           {"RLIMIT_CORE", RLIMIT_CORE},
	{"RLIMIT_CPU", RLIMIT_CPU},         {"RLIMIT_DATA", RLIMIT_DATA},
	{"RLIMIT_FSIZE", RLIMIT_FSIZE},     {"RLIMIT_LOCKS", RLIMIT_LOCKS},
	{"RLIMIT_MEMLOCK", RLIMIT_MEMLOCK}, {"RLIMIT_MSGQUEUE", RLIMIT_MSGQUEUE},
	{"RLIMIT_NICE", RLIMIT_NICE},       {"RLIMIT_NOFILE", RLIMIT_NOFILE},
	{"RLIMIT_NPROC", RLIMIT_NPROC},     {"RLIMIT_RSS", RLIMIT_RSS},
	{"RLIMIT_RTPRIO", RLIMIT_RTPRIO},   {"RLIMIT_RTTIME", RLIMIT_RTTIME},
	{"RLIMIT_SIGPENDING", RLIMIT_SIGPENDING}, {"RLIMIT_STACK", RLIMIT_STACK},
};

/* INT64_MAX stands for RLIM_INFINITY and all else beyond int64. */
struct pair {
	int64_t soft, hard;
};

static int64_t smaller(int64_t left, int64_t right)
{
	return left < right ? left : right;
}

static int64_t bound_of(const json_t *record, const char *field)
{
	const json_t *value = json_object_get(record, field);
	return json_is_integer(value) ? json_integer_value(value) : INT64_MAX;
}

static const json_t *record_for(const struct limits *limits, const char *type)
{
	size_t index;
	json_t *record;
	json_array_foreach(setting_list(limits->settings, "rlimits"), index, record)
		if (text_equal(json_string_value(json_object_get(record, "name")), type))
			return record;
	return NULL;
}

/* By these two a process goes ahead of the host's own without any capability
 * (sched(7)). Where the policy does not name them they are what the kernel gives: 0. */
static const char *const priorities[] = {"RLIMIT_NICE", "RLIMIT_RTPRIO"};

static struct pair largest(const struct limits *limits, const char *type)
{
	const json_t *record = record_for(limits, type);
	for (size_t i = 0; !record && i < ARRAY_SIZE(priorities); i++)
		if (strcmp(priorities[i], type) == 0)
			return (struct pair){0, 0};
	return (struct pair){.soft = bound_of(record, "soft"), .hard = bound_of(record, "hard")};
}

static struct pair bounded(const struct limits *limits, const char *type, struct pair given)
{
	struct pair most = largest(limits, type);
	struct pair pair = {.hard = smaller(given.hard, most.hard)};
	pair.soft = smaller(smaller(given.soft, most.soft), pair.hard);
	return pair;
}

static bool read_pair(const json_t *entry, struct pair *ret)
{
	const struct {
		const char *key;
		int64_t *place;
	} fields[] = {{"soft", &ret->soft}, {"hard", &ret->hard}};
	for (size_t i = 0; i < ARRAY_SIZE(fields); i++) {
		const json_t *value = json_object_get(entry, fields[i].key);
		*fields[i].place = 0;
		if (value && !json_is_null(value) && document_read_int64(value, fields[i].place) == -EINVAL)
			return false;
		if (*fields[i].place < 0)
			return false;
	}
	return true;
}

/* The number as it stood where it is unchanged, so that what is beyond int64 stays. */
static json_t *write_number(const json_t *entry, const char *key, int64_t before, int64_t after)
{
	json_t *value = json_object_get(entry, key);
	return before == after && value && !json_is_null(value) ? json_incref(value) : json_integer(after);
}

struct rebuilt {
	json_t *list;
	size_t lowered, twice, added;
};

static json_t *entry_of(const json_t *list, const char *type)
{
	size_t index;
	json_t *entry;
	json_array_foreach(list, index, entry)
		if (text_equal(json_string_value(json_object_get(entry, "type")), type))
			return entry;
	return NULL;
}

static int put_entry(struct rebuilt *rebuilt, const char *type, json_t *entry, struct pair before,
		     struct pair after)
{
	json_t *copy = json_copy(entry);
	json_t *earlier = entry_of(rebuilt->list, type);
	bool failed = !copy ||
		      json_object_set_new(copy, "soft", write_number(entry, "soft", before.soft, after.soft)) < 0 ||
		      json_object_set_new(copy, "hard", write_number(entry, "hard", before.hard, after.hard)) < 0;
	if (failed) {
		json_decref(copy);
		return -ENOMEM;
	}
	if (!earlier)
		return json_array_append_new(rebuilt->list, copy) < 0 ? -ENOMEM : 0;
	int result = json_object_update(earlier, copy);
	json_decref(copy);
	return result < 0 ? -ENOMEM : 0;
}

static int refuse(struct limits *limits, size_t index, const json_t *entry, const char *why)
{
	cleanup_free char *pointer = NULL;
	if (asprintf(&pointer, "%s/rlimits/%zu", limits->view->process_at, index) < 0)
		return -ENOMEM;
	int result = finding_add(limits->findings, (struct finding_spec){.pointer = pointer, .before = entry}, "%s", why);
	return result < 0 ? result : -EINVAL;
}

static bool is_known(const char *type)
{
	for (size_t i = 0; i < ARRAY_SIZE(types); i++)
		if (strcmp(types[i].name, type) == 0)
			return true;
	return false;
}

/* Of two entries for one type the backend applies the last; the tighter of each
 * number is kept. */
static int judge_entry(struct limits *limits, size_t index, json_t *entry, struct rebuilt *rebuilt)
{
	const json_t *value = json_object_get(entry, "type");
	const char *type = document_is_string(value) ? json_string_value(value) : NULL;
	struct pair given, after;
	if (!json_is_object(entry) || !type || !read_pair(entry, &given))
		return refuse(limits, index, entry, "is not a limit (type, soft, hard)");
	if (!is_known(type))
		return refuse(limits, index, entry, "is of a type that the kernel does not have");
	after = bounded(limits, type, given);
	rebuilt->lowered += after.soft != given.soft || after.hard != given.hard ? 1 : 0;
	struct pair earlier;
	const json_t *other = entry_of(rebuilt->list, type);
	if (other && read_pair(other, &earlier)) {
		rebuilt->twice++;
		after.hard = smaller(after.hard, earlier.hard);
		after.soft = smaller(smaller(after.soft, earlier.soft), after.hard);
	}
	return put_entry(rebuilt, type, entry, given, after);
}

static int64_t as_signed(rlim_t value)
{
	return value > (rlim_t)INT64_MAX ? INT64_MAX : (int64_t)value;
}

/* A type that config.json does not name comes from the engine through this very
 * process; it is written only to lower it. */
static int add_missing(struct limits *limits, const char *type, struct rebuilt *rebuilt)
{
	struct rlimit inherited;
	size_t i = 0;
	while (i < ARRAY_SIZE(types) && !text_equal(types[i].name, type))
		i++;
	if (i == ARRAY_SIZE(types) || entry_of(rebuilt->list, type) ||
	    getrlimit((__rlimit_resource_t)types[i].number, &inherited) < 0)
		return 0;
	struct pair given = {as_signed(inherited.rlim_cur), as_signed(inherited.rlim_max)};
	struct pair after = bounded(limits, type, given);
	if (after.soft == given.soft && after.hard == given.hard)
		return 0;
	uint64_t hard = after.hard == INT64_MAX ? UINT64_MAX : (uint64_t)after.hard;
	uint64_t soft = after.soft == INT64_MAX ? UINT64_MAX : (uint64_t)after.soft;
	rebuilt->added++;
	json_t *entry = json_pack("{s:s, s:o, s:o}", "type", type, "hard", document_new_uint64(hard), "soft",
				  document_new_uint64(soft));
	return json_array_append_new(rebuilt->list, entry) < 0 ? -ENOMEM : 0;
}

static int rebuild(struct limits *limits, const json_t *list, struct rebuilt *rebuilt)
{
	size_t index;
	json_t *entry, *record;
	json_array_foreach(list, index, entry)
	{
		int result = judge_entry(limits, index, entry, rebuilt);
		if (result < 0)
			return result;
	}
	json_array_foreach(setting_list(limits->settings, "rlimits"), index, record)
	{
		int result = add_missing(limits, json_string_value(json_object_get(record, "name")), rebuilt);
		if (result < 0)
			return result;
	}
	for (size_t i = 0; i < ARRAY_SIZE(priorities); i++) {
		int result = add_missing(limits, priorities[i], rebuilt);
		if (result < 0)
			return result;
	}
	return 0;
}

int judge_rlimits(struct limits *limits)
{
	const json_t *list = json_object_get(limits->view->process, "rlimits");
	cleanup_free char *pointer = NULL;
	if (asprintf(&pointer, "%s/rlimits", limits->view->process_at) < 0) {
		pointer = NULL;
		return -ENOMEM;
	}
	if (list && !json_is_null(list) && !json_is_array(list))
		return finding_add(limits->findings, (struct finding_spec){.pointer = pointer}, "is not an array");
	cleanup_json json_t *made = json_array();
	struct rebuilt rebuilt = {.list = made};
	int result = made ? rebuild(limits, list, &rebuilt) : -ENOMEM;
	if (result < 0)
		return result == -EINVAL ? 0 : result;
	if (rebuilt.lowered + rebuilt.twice + rebuilt.added == 0)
		return 0;
	return finding_add(limits->findings,
			   (struct finding_spec){
				   .pointer = pointer,
				   .before = list,
				   .reference = "CIS 5.19",
				   .edit = EDIT_SET,
				   .after = json_incref(made),
			   },
			   "are looser than the policy's (%zu too high, %zu given twice, %zu missing)",
			   rebuilt.lowered, rebuilt.twice, rebuilt.added);
}

/* The kubelet sets a pod's value from its class of service, not from its text. */
static int64_t smallest_score(const struct limits *limits, int64_t minimum)
{
	const int64_t kubelet_smallest = -999;
	bool kubelet = limits->facts->engine == ENGINE_CRI || limits->facts->engine == ENGINE_CRIO;
	return kubelet ? smaller(minimum, kubelet_smallest) : minimum;
}

int judge_oom_score(struct limits *limits)
{
	const json_t *value = json_object_get(limits->view->process, "oomScoreAdj");
	cleanup_free char *pointer = NULL;
	int64_t score = 0, minimum = 0;
	if (!value || json_is_null(value))
		return 0;
	if (asprintf(&pointer, "%s/oomScoreAdj", limits->view->process_at) < 0) {
		pointer = NULL;
		return -ENOMEM;
	}
	if (document_read_int64(value, &score) == -EINVAL)
		return finding_add(limits->findings, (struct finding_spec){.pointer = pointer, .before = value},
				   "is not an integer");
	if (!setting_number(limits->settings, "oom-score-adj.min", &minimum) ||
	    score >= smallest_score(limits, minimum))
		return 0;
	return finding_add(limits->findings,
			   (struct finding_spec){
				   .pointer = pointer,
				   .before = value,
				   .edit = EDIT_SET,
				   .after = json_integer(minimum),
				   .remedy = json_pack("{s:I}", "oom-score-adj.min", (json_int_t)score),
			   },
			   "makes the kernel kill the host's processes before the container's when memory runs out");
}
