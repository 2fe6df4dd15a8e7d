#include "shim/exec_hold.h"

#include <errno.h>
#include <string.h>

#include "policy/base/cleanup.h"
#include "policy/base/number.h"
#include "policy/base/text.h"
#include "policy/document/document.h"

struct comparison {
	struct interception *interception;
	const json_t *start; /* the field of the container's start; NULL: absent */
	const json_t *asked; /* never NULL nor null */
	const char *field;
	struct error **error;
};

#define LOOSER(comparison, ...) \
	interception_add_reason((comparison)->interception, (comparison)->error, __VA_ARGS__)

static int anything(const struct comparison *comparison)
{
	(void)comparison;
	return 0;
}

static bool has_element(const json_t *array, const json_t *wanted)
{
	size_t index;
	json_t *element;
	json_array_foreach(array, index, element)
		if (json_equal(element, wanted))
			return true;
	return false;
}

/* One sentence for all of one set. */
static int capability_set(const struct comparison *comparison, const char *set, const json_t *asked)
{
	const json_t *start = json_object_get(comparison->start, set);
	cleanup_text struct text added = {0};
	size_t index;
	json_t *name;
	if (!json_is_array(asked))
		return LOOSER(comparison, "/capabilities/%s is not an array", set);
	json_array_foreach(asked, index, name)
	{
		const char *text = json_string_value(name);
		if (!has_element(start, name))
			text_append_format(&added, "%s%.40s", added.length ? ", " : "", text ? text : "?");
	}
	if (added.failed)
		return error_out_of_memory(comparison->error);
	if (!added.length)
		return 0;
	return LOOSER(comparison,
		      "/capabilities/%s has %s, which the container was not started with (capabilities); exec "
		      "without --privileged, or start the container with --cap-drop for what it may not have",
		      set, added.data);
}

static int capabilities(const struct comparison *comparison)
{
	static const char *const sets[] = {"bounding", "effective", "inheritable", "permitted", "ambient"};
	size_t known = 0;
	int result = 0;
	for (size_t i = 0; result == 0 && i < ARRAY_SIZE(sets); i++) {
		const json_t *asked = json_object_get(comparison->asked, sets[i]);
		known += asked != NULL;
		if (asked && !json_is_null(asked))
			result = capability_set(comparison, sets[i], asked);
	}
	if (result == 0 && (!json_is_object(comparison->asked) || known != json_object_size(comparison->asked)))
		result = LOOSER(comparison, "/capabilities has a set that is not known");
	return result;
}

static int no_new_privileges(const struct comparison *comparison)
{
	if (json_is_true(comparison->asked) || !json_is_true(comparison->start))
		return 0;
	return LOOSER(comparison, "/noNewPrivileges is not true, as it was for the container (no-new-privileges); "
				  "start the container with --security-opt no-new-privileges, so that the engine asks "
				  "for it in exec too");
}

/* Absent counts as 0, which Go's decoder makes of it. */
static bool same_id(const json_t *start, const json_t *asked, const char *key)
{
	int64_t before = 0, now = 0;
	const json_t *old = json_object_get(start, key), *new = json_object_get(asked, key);
	return (!old || document_read_int64(old, &before) == 0) && (!new || document_read_int64(new, &now) == 0) &&
	       before == now;
}

static int user(const struct comparison *comparison)
{
	const json_t *start = comparison->start, *asked = comparison->asked;
	if (!same_id(start, asked, "uid") || !same_id(start, asked, "gid"))
		return LOOSER(comparison, "/user is not the user and group of the container's own process (user); exec "
					  "with --user and the numbers that `hardenctl why` shows for the container");
	size_t index;
	json_t *group;
	json_array_foreach(json_object_get(asked, "additionalGids"), index, group)
	{
		if (has_element(json_object_get(start, "additionalGids"), group) ||
		    json_equal(group, json_object_get(start, "gid")))
			continue;
		return LOOSER(comparison, "/user/additionalGids/%zu is not a group of the container's own process (user)",
			      index);
	}
	return 0;
}

static int same_text(const struct comparison *comparison)
{
	const char *asked = json_string_value(comparison->asked), *start = json_string_value(comparison->start);
	if (asked && (!*asked || text_equal(asked, start)))
		return 0;
	return LOOSER(comparison, "/%s is not that of the container's own process", comparison->field);
}

static int same_value(const struct comparison *comparison)
{
	if (json_equal(comparison->asked, comparison->start))
		return 0;
	return LOOSER(comparison, "/%s is not that of the container's own process", comparison->field);
}

static const json_t *limit_of(const json_t *limits, const json_t *type)
{
	size_t index;
	json_t *limit;
	json_array_foreach(limits, index, limit)
		if (json_equal(json_object_get(limit, "type"), type))
			return limit;
	return NULL;
}

/* A number beyond int64 reads as the largest, which keeps the order: unlimited is
 * not above unlimited. */
static bool is_higher(const json_t *asked, const json_t *start, const char *key)
{
	int64_t now = 0, before = 0;
	int result = document_read_int64(json_object_get(asked, key), &now);
	int old = document_read_int64(json_object_get(start, key), &before);
	return (result < 0 && result != -ERANGE) || (old < 0 && old != -ERANGE) || now > before;
}

static int limits(const struct comparison *comparison)
{
	size_t index;
	json_t *limit;
	json_array_foreach(comparison->asked, index, limit)
	{
		const json_t *type = json_object_get(limit, "type");
		const json_t *start = limit_of(comparison->start, type);
		if (start && !is_higher(limit, start, "soft") && !is_higher(limit, start, "hard"))
			continue;
		int result = LOOSER(comparison,
				    "/rlimits/%zu %s is above that of the container's own process, or that has none "
				    "(resources)",
				    index, document_is_string(type) ? json_string_value(type) : "");
		if (result < 0)
			return result;
	}
	return 0;
}

static int oom_score(const struct comparison *comparison)
{
	int64_t asked = 0, start = 0;
	if (document_read_int64(comparison->asked, &asked) == 0 &&
	    (!comparison->start || document_read_int64(comparison->start, &start) == 0) && asked >= start)
		return 0;
	return LOOSER(comparison, "/oomScoreAdj is below that of the container's own process (resources)");
}

/* True at or below /proc, however it is spelled; also where the path is not
 * absolute or climbs with "..". */
static bool is_below_proc(const char *path)
{
	if (path[0] != '/')
		return true;
	for (size_t depth = 0; *path;) {
		path += strspn(path, "/");
		size_t length = strcspn(path, "/");
		if (length == 2 && strncmp(path, "..", 2) == 0)
			return true; /* nobody needs it: refused rather than resolved */
		bool here = length == 1 && *path == '.';
		if (depth == 0 && length == 4 && strncmp(path, "proc", 4) == 0)
			return true;
		depth += !here;
		path += length;
	}
	return false;
}

static int working_directory(const struct comparison *comparison)
{
	const char *path = json_string_value(comparison->asked);
	if (path && (!*path || !is_below_proc(path)))
		return 0;
	return LOOSER(comparison, "/cwd is not a plain path outside /proc (process, CVE-2024-21626)");
}

/* Every field of an OCI process. One that is not here is refused. */
static const struct {
	const char *name;
	int (*compare)(const struct comparison *comparison);
	bool absent_is_looser; /* compared as false where it is not there */
} fields[] = {
	{"args", anything, false},
	{"commandLine", anything, false},
	{"consoleSize", anything, false},
	{"cwd", working_directory, false},
	{"env", anything, false},
	{"terminal", anything, false},
	{"capabilities", capabilities, false},
	{"noNewPrivileges", no_new_privileges, true},
	{"user", user, true},
	{"apparmorProfile", same_text, false},
	{"selinuxLabel", same_text, false},
	{"rlimits", limits, false},
	{"oomScoreAdj", oom_score, false},
	{"scheduler", same_value, false},
	{"ioPriority", same_value, false},
	{"execCPUAffinity", same_value, false},
};

static int check_known(struct interception *interception, const json_t *asked, struct error **error)
{
	const char *key;
	json_t *value;
	json_object_foreach((json_t *)(uintptr_t)asked, key, value)
	{
		bool known = false;
		for (size_t i = 0; i < ARRAY_SIZE(fields); i++)
			known |= strcmp(fields[i].name, key) == 0;
		int result = known ? 0 : interception_add_reason(interception, error,
								 "/%.64s is not a field of a process that oci-harden knows", key);
		if (result < 0)
			return result;
	}
	return 0;
}

int exec_hold_process(struct interception *interception, const json_t *start, const json_t *asked,
		      struct error **error)
{
	int result = check_known(interception, asked, error);
	for (size_t i = 0; result == 0 && i < ARRAY_SIZE(fields); i++) {
		const json_t *value = json_object_get(asked, fields[i].name);
		if (!value || json_is_null(value)) {
			if (!fields[i].absent_is_looser)
				continue;
			value = json_false();
		}
		struct comparison comparison = {
			.interception = interception,
			.start = json_object_get(start, fields[i].name),
			.asked = value,
			.field = fields[i].name,
			.error = error,
		};
		result = fields[i].compare(&comparison);
	}
	return result;
}

int exec_hold_fill_limits(json_t *asked, const json_t *start, struct error **error)
{
	json_t *own = json_object_get(asked, "rlimits");
	const json_t *wanted = json_object_get(start, "rlimits");
	if (json_array_size(wanted) == 0)
		return 0;
	if (!json_is_array(own)) {
		own = json_array();
		if (json_object_set_new(asked, "rlimits", own) < 0)
			return error_out_of_memory(error);
	}
	size_t index;
	json_t *limit;
	json_array_foreach(wanted, index, limit)
		if (!limit_of(own, json_object_get(limit, "type")) && json_array_append(own, limit) < 0)
			return error_out_of_memory(error);
	return 0;
}
