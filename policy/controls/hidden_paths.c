#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <string.h>

#include "policy/base/cleanup.h"
#include "policy/base/text.h"
#include "policy/controls/mount.h"
#include "policy/controls/table.h"
#include "policy/document/document.h"

#define SHOWN 6u /* paths named in a message */

static const struct {
	const char *field, *key, *why;
} lists[] = {
	{"maskedPaths", "masked", "leaves kernel data open that tells on the host and on other containers"},
	{"readonlyPaths", "read-only", "lets the container change settings of the host's kernel"},
};

static int check_list(const json_t *list, const char *pointer, struct error **error)
{
	size_t index;
	json_t *item;
	json_array_foreach(list, index, item) {
		if (!document_is_string(item))
			return error_set(error, EINVAL, "%s/%zu is not a string", pointer, index);
	}
	if (list && !json_is_null(list) && !json_is_array(list))
		return error_set(error, EINVAL, "%s is not an array", pointer);
	return 0;
}

/* Appends `path`, which need not be there yet, and remembers it. */
static int append_missing(json_t *result, json_t *known, json_t *missing, const char *path)
{
	if (json_object_get(known, path))
		return 0;
	cleanup_json json_t *text = json_string(path);
	if (!text || json_object_set(known, path, text) < 0 || json_array_append(result, text) < 0 ||
	    json_array_append(missing, text) < 0)
		return -ENOMEM;
	return 0;
}

/* What is not there needs no hiding; any other failure leaves open whether it is. */
static int is_there(const char *path, bool *ret)
{
	*ret = faccessat(AT_FDCWD, path, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
	return *ret || errno == ENOENT || errno == ENOTDIR ? 0 : -errno;
}

/* A pattern stands for what the host has of it now. (glob(3) asks the user data
 * base, which a static program cannot.) */
static int append_matches(json_t *result, json_t *known, json_t *missing, const char *pattern)
{
	size_t star = strcspn(pattern, "*"), start = star;
	while (start > 0 && pattern[start - 1] != '/')
		start--;
	size_t end = star + strcspn(pattern + star, "/");
	cleanup_free char *folder = strndup(pattern, start);
	cleanup_free char *name = strndup(pattern + start, end - start);
	if (!folder || !name)
		return -ENOMEM;
	cleanup_closedir DIR *directory = opendir(folder);
	if (!directory)
		return errno == ENOENT || errno == ENOTDIR ? 0 : -errno;
	for (;;) {
		errno = 0;
		struct dirent *entry = readdir(directory);
		if (!entry)
			return -errno;
		if (entry->d_name[0] == '.' || fnmatch(name, entry->d_name, FNM_NOESCAPE) != 0)
			continue;
		cleanup_free char *path = NULL;
		if (asprintf(&path, "%s%s%s", folder, entry->d_name, pattern + end) < 0) {
			path = NULL;
			return -ENOMEM;
		}
		bool there = false;
		int failed = is_there(path, &there);
		if (failed == 0 && there)
			failed = append_missing(result, known, missing, path);
		if (failed < 0)
			return failed;
	}
}

static int append_entry(json_t *result, json_t *known, json_t *missing, const char *entry)
{
	return strchr(entry, '*') ? append_matches(result, known, missing, entry)
				  : append_missing(result, known, missing, entry);
}

/* *ret_result: what is given, then what the policy demands besides. */
static int unite(const json_t *given, const json_t *demanded, json_t **ret_result, json_t **ret_missing,
		 struct error **error)
{
	cleanup_json json_t *known = json_object();
	cleanup_json json_t *result = json_array();
	cleanup_json json_t *missing = json_array();
	if (!known || !result || !missing)
		return -ENOMEM;
	size_t index;
	json_t *item;
	json_array_foreach(given, index, item) {
		if (json_array_append(result, item) < 0 ||
		    json_object_set_new(known, json_string_value(item), json_true()) < 0)
			return -ENOMEM;
	}
	json_array_foreach(demanded, index, item) {
		int failed = append_entry(result, known, missing, json_string_value(item));
		if (failed < 0)
			return error_set_errno(error, -failed, "looking for \"%s\", which is to be hidden",
					       json_string_value(item));
	}
	*ret_result = json_incref(result);
	*ret_missing = json_incref(missing);
	return 0;
}

static char *name_some(const json_t *missing)
{
	struct text names = {0};
	size_t index;
	json_t *item;
	json_array_foreach(missing, index, item) {
		if (index == SHOWN) {
			text_append_format(&names, " and %zu more", json_array_size(missing) - SHOWN);
			break;
		}
		text_append(&names, index ? ", " : "");
		text_append(&names, json_string_value(item));
	}
	return text_finish(&names);
}

/* True where `entry` of the policy, a path or a pattern, demands one of `missing`. */
static bool is_in_the_way(const char *entry, const json_t *missing)
{
	size_t index;
	json_t *item;
	json_array_foreach(missing, index, item) {
		if (fnmatch(entry, json_string_value(item), FNM_NOESCAPE | FNM_PATHNAME) == 0)
			return true;
	}
	return false;
}

/* What the policy must not demand for this to pass. */
static json_t *remedy(const char *key, const json_t *demanded, const json_t *missing)
{
	cleanup_json json_t *entries = json_array();
	size_t index;
	json_t *item;
	json_array_foreach(demanded, index, item) {
		if (is_in_the_way(json_string_value(item), missing) && json_array_append(entries, item) < 0)
			return NULL;
	}
	return json_pack("{s:{s:O}}", key, "remove", entries);
}

static int judge(const struct container_view *view, size_t which, const json_t *settings,
		 struct findings *findings, struct error **error)
{
	cleanup_free char *pointer = NULL;
	if (asprintf(&pointer, "/linux/%s", lists[which].field) < 0) {
		pointer = NULL;
		return -ENOMEM;
	}
	const json_t *given = json_object_get(view->linux_section, lists[which].field);
	const json_t *demanded = setting_list(settings, lists[which].key);
	int result = check_list(given, pointer, error);
	if (result < 0)
		return result;
	cleanup_json json_t *united = NULL;
	cleanup_json json_t *missing = NULL;
	result = unite(given, demanded, &united, &missing, error);
	if (result < 0)
		return result;
	if (json_array_size(missing) == 0)
		return 0;
	cleanup_free char *names = name_some(missing);
	if (!names)
		return -ENOMEM;
	return finding_add(findings,
			   (struct finding_spec){
				   .pointer = pointer,
				   .before = given,
				   .reference = "CIS 5.5",
				   .edit = EDIT_SET,
				   .after = json_incref(united),
				   .remedy = remedy(lists[which].key, demanded, missing),
			   },
			   "%s: %s", lists[which].why, names);
}

static int assess(const struct container_view *view, const struct facts *facts, const json_t *settings,
		  struct findings *findings, struct error **error)
{
	(void)facts;
	int result = 0;
	for (size_t i = 0; result == 0 && i < ARRAY_SIZE(lists); i++)
		result = judge(view, i, settings, findings, error);
	return result;
}

static int check_path(const json_t *value, struct error **error)
{
	const char *path = json_string_value(value), *star = path ? strchr(path, '*') : NULL;
	if (star && strchr(star + strcspn(star, "/"), '*'))
		return error_set(error, EINVAL, "expected * in one part of the path only");
	return mount_check_path(path, false, error);
}

/* What Docker and Podman hide, and what tells on neighbours (interrupts), on power
 * (CVE-2020-8694) and on heat. */
static const struct policy_key keys[] = {
	{
		.name = "masked",
		.type = KEY_LIST,
		.order = ORDER_MORE,
		.fallback = "[\"/proc/acpi\",\"/proc/asound\",\"/proc/interrupts\",\"/proc/kcore\",\"/proc/"
			    "keys\","
			    "\"/proc/latency_stats\",\"/proc/sched_debug\",\"/proc/scsi\",\"/proc/"
			    "timer_list\","
			    "\"/proc/timer_stats\",\"/sys/dev/block\",\"/sys/devices/virtual/powercap\","
			    "\"/sys/devices/system/cpu/cpu*/thermal_throttle\",\"/sys/firmware\",\"/sys/fs/"
			    "selinux\"]",
		.help = "Paths that are hidden in every container; * stands for any part of one name",
		.check = check_path,
	},
	{
		.name = "read-only",
		.type = KEY_LIST,
		.order = ORDER_MORE,
		.fallback = "[\"/proc/bus\",\"/proc/fs\",\"/proc/irq\",\"/proc/sys\",\"/proc/"
			    "sysrq-trigger\"]",
		.help = "Paths that are read-only in every container; * stands for any part of one name",
		.check = check_path,
	},
	{.type = KEY_END},
};

const struct control control_hidden_paths = {
	.name = "hidden-paths",
	.summary = "Hides the kernel's data in /proc and /sys that no container needs, and makes its "
		   "settings read-only",
	.risk = "Through /proc/sys and /proc/sysrq-trigger a container's root changes or stops the host; "
		"/proc/kcore, /proc/keys and the rest tell on the host and on other containers.",
	.cis = "5.5",
	.pss = "baseline",
	.verbs = VERB_CREATE,
	.action = ACTION_REWRITE,
	.owns = (const char *const[]){"/linux/maskedPaths", "/linux/readonlyPaths", NULL},
	.keys = keys,
	.assess = assess,
};
