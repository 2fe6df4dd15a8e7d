/* exec: the process that is asked for is held to the one the container was started
 * with, so that nothing an engine, an option or a forged process.json says gives it
 * more than what runs in the container already. The policy's section `exec` governs
 * it, which is why it is not a row of the table. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "policy/base/cleanup.h"
#include "policy/controls/decide.h"
#include "policy/controls/exec_limits.h"
#include "policy/controls/table.h"
#include "policy/document/document.h"

/* One field of the process. */
struct held {
	const char *name;
	json_t *asked;       /* NULL: absent or null */
	const json_t *start; /* of the container's start; NULL: absent or null */
	const struct container_view *view;
	struct findings *findings;
};

static json_t *member(const json_t *object, const char *key)
{
	json_t *value = json_object_get(object, key);
	return value && !json_is_null(value) ? value : NULL;
}

/* `after` takes the place of what was asked; NULL: nothing does. */
static int put(const struct held *held, const char *below, const json_t *before, json_t *after, const char *why)
{
	char pointer[128];
	(void)snprintf(pointer, sizeof(pointer), "/%s%.80s", held->name, below);
	return finding_add(held->findings,
			   (struct finding_spec){
				   .pointer = pointer,
				   .before = before,
				   .edit = after ? EDIT_SET : EDIT_REMOVE,
				   .after = after,
			   },
			   "%s", why);
}

static int put_start(const struct held *held, const char *why)
{
	return put(held, "", held->asked, json_incref((json_t *)(uintptr_t)held->start), why);
}

/* What of `asked` stands in `allowed` too, or equals `also` (may be NULL); NULL
 * without memory. */
static json_t *common_elements(const json_t *asked, const json_t *allowed, const json_t *also)
{
	json_t *common = json_array();
	size_t index;
	json_t *element;
	json_array_foreach(asked, index, element)
	{
		if (!document_has_element(allowed, element) && !json_equal(element, also))
			continue;
		if (json_array_append(common, element) < 0) {
			json_decref(common);
			return NULL;
		}
	}
	return common;
}

/* Cuts the array at `below` to what the container's start has. */
static int cut_list(const struct held *held, const char *below, const json_t *asked, const json_t *allowed,
		    const json_t *also, const char *why)
{
	cleanup_json json_t *common = common_elements(asked, allowed, also);
	if (!common)
		return -ENOMEM;
	if (json_is_array(asked) && json_array_size(common) == json_array_size(asked))
		return 0;
	return put(held, below, asked, json_incref(common), why);
}

static const char *const capability_sets[] = {"bounding", "effective", "inheritable", "permitted", "ambient"};

static bool has_other_sets(const json_t *capabilities)
{
	size_t known = 0;
	for (size_t i = 0; i < ARRAY_SIZE(capability_sets); i++)
		known += json_object_get(capabilities, capability_sets[i]) != NULL;
	return known != json_object_size(capabilities);
}

static int hold_capabilities(const struct held *held)
{
	if (!held->asked)
		return 0; /* filled in from the container's own before */
	if (!json_is_object(held->asked) || !held->start || has_other_sets(held->asked))
		return json_equal(held->asked, held->start)
			       ? 0
			       : put_start(held, "is not an object of the five sets that the container has");
	int result = 0;
	for (size_t i = 0; result == 0 && i < ARRAY_SIZE(capability_sets); i++) {
		const char *name = capability_sets[i];
		const json_t *asked = member(held->asked, name);
		char below[32];
		(void)snprintf(below, sizeof(below), "/%s", name);
		if (asked)
			result = cut_list(held, below, asked, json_object_get(held->start, name), NULL,
					  "has capabilities that the container was not started with");
	}
	return result;
}

static int hold_no_new_privileges(const struct held *held)
{
	if (json_is_true(held->asked) || !json_is_true(held->start))
		return 0;
	return put(held, "", held->asked, json_true(),
		   "would let the process gain privileges, which the container's own cannot");
}

/* Absent is 0, as Go's decoder has it. False: no id. */
static bool read_id(const json_t *user, const char *key, int64_t *ret)
{
	const json_t *value = member(user, key);
	*ret = 0;
	return !value || (document_read_int64(value, ret) == 0 && *ret >= 0 && *ret < (int64_t)UINT32_MAX);
}

/* The umask that the backend uses; 0022 is runc's and crun's own. */
static int64_t umask_of(const json_t *user)
{
	int64_t umask = 0022;
	const json_t *value = member(user, "umask");
	return !value || (document_read_int64(value, &umask) == 0 && umask >= 0) ? umask & 0777 : 0;
}

static int hold_umask(const struct held *held)
{
	int64_t asked = umask_of(held->asked), start = umask_of(held->start);
	if ((asked & start) == start)
		return 0;
	return put(held, "/umask", member(held->asked, "umask"), json_integer(asked | start),
		   "lets new files be open to more users than the container's own umask does");
}

/* Root that holds CAP_SETGID takes whatever group it likes. */
static bool start_may_set_groups(const struct container_view *view)
{
	cleanup_json json_t *setgid = json_string("CAP_SETGID");
	return document_has_element(json_object_get(json_object_get(view->start, "capabilities"), "effective"), setgid);
}

/* The container's own user and groups; any, where that runs as root by the policy. */
static int hold_user(const struct held *held)
{
	int64_t uid = 0, gid = 0, start_uid = 0, start_gid = 0;
	bool valid = (!held->asked || json_is_object(held->asked)) && read_id(held->asked, "uid", &uid) &&
		     read_id(held->asked, "gid", &gid);
	bool known = read_id(held->start, "uid", &start_uid) && read_id(held->start, "gid", &start_gid);
	bool root = known && start_uid == 0;
	bool same = known && uid == start_uid && gid == start_gid;
	if (!valid || !(root || same))
		return put_start(held, "is not the user and group of the container's own process");
	if (!held->asked && (umask_of(held->start) & ~umask_of(NULL)))
		return put_start(held, "is missing, and with it the umask of the container's own process");
	int result = held->asked ? hold_umask(held) : 0;
	const json_t *groups = member(held->asked, "additionalGids");
	if (result < 0 || !groups || (root && start_may_set_groups(held->view)))
		return result;
	/* Docker repeats the primary group among the others */
	cleanup_json json_t *primary = json_integer(gid);
	return cut_list(held, "/additionalGids", groups, json_object_get(held->start, "additionalGids"), primary,
			"has groups that the container's own process does not have");
}

/* Without one of its own the container is not confined, and any label is tighter. */
static int hold_label(const struct held *held)
{
	if (!held->asked || document_is_blank(held->start) || json_equal(held->asked, held->start))
		return 0;
	return put_start(held, "is not the one that the container's own process is confined by");
}

static int hold_value(const struct held *held)
{
	if (!held->asked || json_equal(held->asked, held->start))
		return 0;
	return put_start(held, "is not that of the container's own process");
}

static int hold_limits(const struct held *held)
{
	if (!held->asked)
		return 0; /* filled in from the container's own before */
	cleanup_json json_t *lowered = exec_limits_lower(held->asked, held->start);
	if (!lowered)
		return -ENOMEM;
	if (json_equal(lowered, held->asked))
		return 0;
	return put(held, "", held->asked, json_incref(lowered),
		   "has limits above the container's own, or lacks some of them");
}

static int hold_oom_score(const struct held *held)
{
	int64_t asked = 0, start = 0;
	bool known = held->start && document_read_int64(held->start, &start) == 0;
	if (!held->asked || (document_read_int64(held->asked, &asked) == 0 && asked >= (known ? start : 0)))
		return 0;
	return put_start(held, "is below that of the container's own process, which the kernel would kill first");
}

static int free_choice(const struct held *held)
{
	(void)held;
	return 0;
}

/* Every field of an OCI process. One that is not here is refused. */
static const struct {
	const char *name;
	int (*hold)(const struct held *held);
} fields[] = {
	{"args", free_choice},
	{"commandLine", free_choice},
	{"consoleSize", free_choice},
	{"cwd", free_choice}, /* the control process judges it */
	{"env", free_choice},
	{"terminal", free_choice},
	{"user", hold_user},
	{"capabilities", hold_capabilities},
	{"noNewPrivileges", hold_no_new_privileges},
	{"apparmorProfile", hold_label},
	{"selinuxLabel", hold_label},
	{"rlimits", hold_limits},
	{"oomScoreAdj", hold_oom_score},
	{"scheduler", hold_value},
	{"ioPriority", hold_value},
	{"execCPUAffinity", hold_value},
};

static int refuse_unknown(const struct container_view *view, struct findings *findings)
{
	const char *key;
	json_t *value;
	json_object_foreach(view->process, key, value)
	{
		bool known = false;
		for (size_t i = 0; i < ARRAY_SIZE(fields); i++)
			known |= strcmp(fields[i].name, key) == 0;
		if (known)
			continue;
		cleanup_free char *pointer = document_pointer_below("", key);
		if (!pointer)
			return -ENOMEM;
		/* no `before`: nobody knows what it says */
		int result = finding_add(findings, (struct finding_spec){.pointer = pointer},
					 "is not a field of a process that oci-harden knows, so what it does cannot be "
					 "judged; leave it out, or upgrade oci-harden");
		if (result < 0)
			return result;
	}
	return 0;
}

static int assess(const struct container_view *view, const struct facts *facts, const json_t *settings,
		  struct findings *findings, struct error **error)
{
	(void)facts, (void)settings, (void)error;
	int result = refuse_unknown(view, findings);
	for (size_t i = 0; result == 0 && i < ARRAY_SIZE(fields); i++) {
		const struct held held = {
			.name = fields[i].name,
			.asked = member(view->process, fields[i].name),
			.start = member(view->start, fields[i].name),
			.view = view,
			.findings = findings,
		};
		result = fields[i].hold(&held);
	}
	return result;
}

static const struct policy_key keys[] = {{.type = KEY_END}};

const struct control control_exec = {
	.name = "exec",
	.summary = "Holds the process of an exec to the one its container was started with",
	.risk = "Engines make an exec from what they were asked for, not from what the container became: without "
		"this a plain docker exec is root with fourteen capabilities in a container that has neither, and "
		"with --privileged it has them all.",
	.cis = "5.23, 5.24",
	.nist = "4.4.3",
	.verbs = VERB_EXEC,
	.action = ACTION_REWRITE,
	.owns = (const char *const[]){"/user", "/capabilities", "/noNewPrivileges", "/apparmorProfile", "/selinuxLabel",
				      "/rlimits", "/oomScoreAdj", "/scheduler", "/ioPriority", "/execCPUAffinity", NULL},
	.keys = keys,
	.assess = assess,
};
