/* linux.devices, the nodes that the backend makes, and linux.resources.devices, the
 * rules of who may open one. Nodes that a container makes itself in a mount are
 * stopped by nodev and by the missing MKNOD; nodes that are bound by mount-sources. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "policy/base/cleanup.h"
#include "policy/base/file.h"
#include "policy/controls/table.h"
#include "policy/document/document.h"
#include "policy/host/cdi.h"

struct run {
	const struct container_view *view;
	const json_t *settings;
	struct findings *findings;
	json_t *cdi; /* NULL until something asks for it; owned */
};

/* What the policy's classes of CDI devices bring along; NULL without memory. */
static const json_t *cdi_of(struct run *run)
{
	if (!run->cdi)
		run->cdi = cdi_read(setting_list(run->settings, "cdi"));
	return run->cdi;
}

struct number_pair {
	int64_t major, minor; /* -1: any */
};

/* null, zero, full, random, urandom, tty, console, ptmx, and pseudo-terminals: what
 * the runtime specification gives to every container. */
static const struct number_pair standard[] = {
	{1, 3}, {1, 5}, {1, 7}, {1, 8}, {1, 9}, {5, 0}, {5, 1}, {5, 2}, {136, -1},
};

/* The kernel's console: engines write a rule for it, but a node of it is the host's,
 * while a container's own /dev/console is a pseudo-terminal. */
static const struct number_pair console = {5, 1};

static const char *text_of(const json_t *object, const char *key)
{
	const json_t *value = json_object_get(object, key);
	return document_is_string(value) ? json_string_value(value) : NULL;
}

/* -1 where it is missing, which means any; false where it is no number. */
static bool read_number(const json_t *object, const char *key, int64_t *ret)
{
	const json_t *value = json_object_get(object, key);
	*ret = -1;
	return !value || json_is_null(value) || document_read_int64(value, ret) == 0;
}

static bool read_pair(const json_t *object, struct number_pair *ret)
{
	return read_number(object, "major", &ret->major) && read_number(object, "minor", &ret->minor);
}

static bool is_standard(const json_t *device)
{
	const char *type = text_of(device, "type");
	struct number_pair pair;
	if (!type || (strcmp(type, "c") != 0 && strcmp(type, "u") != 0) || !read_pair(device, &pair))
		return false;
	for (size_t i = 0; i < ARRAY_SIZE(standard); i++)
		if (pair.major == standard[i].major && (standard[i].minor < 0 || pair.minor == standard[i].minor))
			return true;
	return false;
}

static bool is_at(const json_t *device, const char *path)
{
	const char *type = text_of(device, "type");
	struct number_pair pair;
	struct stat status;
	if (!type || !read_pair(device, &pair) || stat(path, &status) < 0)
		return false;
	const char *kind = S_ISCHR(status.st_mode) ? "c" : S_ISBLK(status.st_mode) ? "b" : "";
	return strcmp(type, kind) == 0 && pair.major == (int64_t)major(status.st_rdev) &&
	       pair.minor == (int64_t)minor(status.st_rdev);
}

/* The node is the host's device of a listed path. Its own path says nothing: the
 * container's user chooses it (docker run --device /dev/sda:/dev/fuse). */
static bool is_listed(const json_t *device, const json_t *settings)
{
	size_t index;
	json_t *path;
	json_array_foreach(setting_list(settings, "allow"), index, path)
		if (is_at(device, json_string_value(path)))
			return true;
	return false;
}

/* "/dev/NAME" as the kernel calls the device, or NULL; the caller frees it. */
static char *name_on_host(const json_t *device)
{
	static const char key[] = "\nDEVNAME=";
	cleanup_free char *place = NULL, *text = NULL;
	const char *type = text_of(device, "type");
	struct number_pair pair;
	size_t length = 0;
	char *name = NULL;
	if (!type || !read_pair(device, &pair) ||
	    asprintf(&place, "/sys/dev/%s/%lld:%lld/uevent", strcmp(type, "b") == 0 ? "block" : "char",
		     (long long)pair.major, (long long)pair.minor) < 0 ||
	    file_read(place, 4096, &text, &length, NULL) < 0)
		return NULL;
	const char *found = strstr(text, key);
	int count = found ? (int)strcspn(found + strlen(key), "\n") : 0;
	return count > 0 && asprintf(&name, "/dev/%.*s", count, found + strlen(key)) > 0 ? name : NULL;
}

/* The setting that lets the node pass. */
static json_t *remedy(const json_t *device)
{
	const char *path = text_of(device, "path");
	cleanup_free char *name = path && is_at(device, path) ? NULL : name_on_host(device);
	if (name && is_at(device, name))
		path = name;
	return path ? json_pack("{s:[s]}", "add", path) : NULL;
}

static bool is_standard_node(const json_t *device)
{
	struct number_pair pair;
	return is_standard(device) && read_pair(device, &pair) &&
	       !(pair.major == console.major && pair.minor == console.minor);
}

static int judge_nodes(struct run *run)
{
	size_t index;
	json_t *device;
	const json_t *devices = json_object_get(run->view->linux_section, "devices");
	if (devices && !json_is_array(devices) && !json_is_null(devices))
		return finding_add(run->findings, (struct finding_spec){.pointer = "/linux/devices"}, "is not an array");
	json_array_foreach(devices, index, device) {
		char pointer[64];
		if (is_standard_node(device) || is_listed(device, run->settings) || cdi_has_device(cdi_of(run), device))
			continue;
		(void)snprintf(pointer, sizeof(pointer), "/linux/devices/%zu/path", index);
		int result = finding_add(run->findings,
					 (struct finding_spec){
						 .pointer = pointer,
						 .before = json_object_get(device, "path"),
						 .reference = "CIS 5.18",
						 .remedy = remedy(device),
					 },
					 "is a device of the host that the policy does not list");
		if (result < 0)
			return result;
	}
	return 0;
}

/* A rule that only allows to make nodes: every engine gives it, and it opens none. */
static bool only_makes_nodes(const json_t *rule)
{
	const char *access = text_of(rule, "access");
	return access && strcmp(access, "m") == 0;
}

/* The rule speaks of one node that stands in linux.devices by leave of the policy. */
static bool is_for_listed_node(const json_t *rule, const struct container_view *view, const json_t *settings)
{
	size_t index;
	json_t *device;
	const char *type = text_of(rule, "type");
	struct number_pair wanted, pair;
	if (!type || !read_pair(rule, &wanted) || wanted.major < 0 || wanted.minor < 0)
		return false;
	json_array_foreach(json_object_get(view->linux_section, "devices"), index, device) {
		const char *own = text_of(device, "type");
		if (own && strcmp(own, type) == 0 && is_listed(device, settings) && read_pair(device, &pair) &&
		    pair.major == wanted.major && pair.minor == wanted.minor)
			return true;
	}
	return false;
}

static bool rule_may_stay(const json_t *rule, struct run *run)
{
	if (json_is_false(json_object_get(rule, "allow")))
		return true;
	if (!json_is_object(rule) || !json_is_true(json_object_get(rule, "allow")))
		return false;
	const char *type = text_of(rule, "type");
	bool one_kind = type && (strcmp(type, "c") == 0 || strcmp(type, "b") == 0);
	return (one_kind && only_makes_nodes(rule)) || is_standard(rule) ||
	       is_for_listed_node(rule, run->view, run->settings) || cdi_allows_rule(cdi_of(run), rule);
}

static bool denies_all(const json_t *rule)
{
	const char *type = text_of(rule, "type"), *access = text_of(rule, "access");
	struct number_pair pair;
	return json_is_false(json_object_get(rule, "allow")) && (!type || !*type || strcmp(type, "a") == 0) &&
	       read_pair(rule, &pair) && pair.major < 0 && pair.minor < 0 &&
	       (!access || !*access || strcmp(access, "rwm") == 0);
}

/* The rules that may stay, behind one that denies all the rest. */
static json_t *mended_rules(const json_t *rules, struct run *run)
{
	cleanup_json json_t *mended = json_array();
	size_t index;
	json_t *rule;
	if (!denies_all(json_array_get(rules, 0)) &&
	    json_array_append_new(mended, json_pack("{s:b, s:s}", "allow", 0, "access", "rwm")) < 0)
		return NULL;
	json_array_foreach(rules, index, rule)
		if (rule_may_stay(rule, run) && json_array_append(mended, rule) < 0)
			return NULL;
	return json_incref(mended);
}

static int judge_rules(struct run *run)
{
	const json_t *rules = json_object_get(run->view->resources, "devices");
	if (rules && !json_is_array(rules) && !json_is_null(rules))
		return finding_add(run->findings, (struct finding_spec){.pointer = "/linux/resources/devices"},
				   "is not an array");
	cleanup_json json_t *mended = mended_rules(rules, run);
	if (!mended)
		return -ENOMEM;
	if (json_equal(mended, rules))
		return 0;
	return finding_add(run->findings,
			   (struct finding_spec){
				   .pointer = "/linux/resources/devices",
				   .before = rules,
				   .reference = "CIS 5.18",
				   .edit = EDIT_SET,
				   .after = json_incref(mended),
			   },
			   "opens devices beyond the standard ones and those that the policy lists, or does not "
			   "begin with a rule that denies all");
}

static int assess(const struct container_view *view, const struct facts *facts, const json_t *settings,
		  struct findings *findings, struct error **error)
{
	(void)facts, (void)error;
	struct run run = {.view = view, .settings = settings, .findings = findings};
	int result = judge_nodes(&run);
	if (result == 0)
		result = judge_rules(&run);
	json_decref(run.cdi);
	return result;
}

static int check_path(const json_t *value, struct error **error)
{
	if (json_is_string(value) && json_string_value(value)[0] == '/')
		return 0;
	return error_set(error, EINVAL, "expected the device's absolute path on the host, such as /dev/fuse");
}

static const struct policy_key keys[] = {
	{
		.name = "allow",
		.type = KEY_LIST,
		.order = ORDER_FEWER,
		.help = "Paths, on the host, of devices that a container may have, under whatever name",
		.check = check_path,
	},
	{
		.name = "cdi",
		.type = KEY_LIST,
		.order = ORDER_FEWER,
		.help = "Classes of CDI devices (nvidia.com/gpu): nodes pass that stand so in a specification of root's, "
			"in JSON, in /etc/cdi or /run/cdi",
		.check = cdi_check_class,
	},
	{.type = KEY_END},
};

const struct control control_devices = {
	.name = "devices",
	.summary = "Refuses device nodes of the host that the policy does not list, and closes rules that open others",
	.risk = "A node of the host's disk is the host's files, a node of its memory its secrets. A rule with a "
		"wildcard opens devices that a process in the container can make a node for.",
	.cis = "5.18",
	.pss = "baseline",
	.verbs = VERB_CREATE,
	.action = ACTION_REWRITE,
	.owns = (const char *const[]){"/linux/resources/devices", NULL},
	.keys = keys,
	.assess = assess,
};
