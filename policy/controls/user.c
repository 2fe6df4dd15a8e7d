/* process.user: whoever is root in a container without a user namespace of its
 * own is root to every file of the host that the container gets hold of. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "policy/base/cleanup.h"
#include "policy/base/number.h"
#include "policy/base/text.h"
#include "policy/controls/table.h"
#include "policy/document/document.h"

/* 4294967295 is no id: setuid(-1) changes nothing and would leave root (setresuid(2)). */
#define ID_MAX INT64_C(4294967294)

/* What the settings say, and what is asked of this container. */
struct wanted {
	const json_t *settings;
	bool has_uid, has_gid;
	int64_t uid, gid, minimum_uid, minimum_group;
	bool own_ids; /* a user namespace: ids below the minimum, 0 too, are not the host's */
};

static struct wanted wanted_of(const struct container_view *view, const json_t *settings)
{
	struct wanted wanted = {.settings = settings, .own_ids = container_has_user_namespace(view)};
	wanted.has_uid = setting_number(settings, "uid", &wanted.uid);
	wanted.has_gid = setting_number(settings, "gid", &wanted.gid);
	(void)setting_number(settings, "minimum-uid", &wanted.minimum_uid);
	(void)setting_number(settings, "minimum-group", &wanted.minimum_group);
	return wanted;
}

/* Absent counts as 0, as it does to the runtimes. */
static bool read_id(const json_t *value, int64_t *ret)
{
	if (document_is_missing(value)) {
		*ret = 0;
		return true;
	}
	int64_t id = 0;
	if (document_read_int64(value, &id) < 0 || id < 0 || id > ID_MAX)
		return false;
	*ret = id;
	return true;
}

static bool is_listed(const struct wanted *wanted, int64_t gid)
{
	char text[32];
	(void)snprintf(text, sizeof(text), "%lld", (long long)gid);
	return setting_list_has(wanted->settings, "groups", text);
}

static bool group_is_fine(const struct wanted *wanted, int64_t gid)
{
	if (wanted->own_ids || (wanted->has_gid && gid == wanted->gid) || is_listed(wanted, gid))
		return true;
	return gid != 0 && gid >= wanted->minimum_group;
}

/* The groups of the policy and those of `refused` (an array of ids), as the
 * setting that would let them pass. */
static json_t *groups_remedy(const struct wanted *wanted, const json_t *refused)
{
	json_t *groups = json_copy((json_t *)(uintptr_t)setting_list(wanted->settings, "groups"));
	size_t index;
	json_t *value;
	json_array_foreach(refused, index, value)
	{
		int64_t gid = 0;
		if (read_id(value, &gid))
			(void)json_array_append_new(groups, json_sprintf("%lld", (long long)gid));
	}
	return json_pack("{s:o}", "groups", groups);
}

static int report(const struct container_view *view, struct findings *findings, const char *field,
		  struct finding_spec spec, const char *why)
{
	char pointer[64];
	(void)snprintf(pointer, sizeof(pointer), "%s/user%s", view->process_at, field);
	spec.pointer = pointer;
	spec.reference = "CIS 4.1";
	return finding_add(findings, spec, "%s", why);
}

static int judge_uid(const struct container_view *view, const struct wanted *wanted, const json_t *value,
		     struct findings *findings, bool *ret_moved)
{
	int64_t uid = 0;
	const char *why = NULL;
	if (!read_id(value, &uid))
		why = "is not a user id (0 to 4294967294)";
	else if (wanted->own_ids || (wanted->has_uid && uid == wanted->uid))
		return 0;
	else if (uid == 0 && document_is_missing(value))
		why = "is absent, so that the process is root, the host's too (there is no user namespace)";
	else if (uid == 0)
		why = "is the host's root too (there is no user namespace)";
	else if (uid < wanted->minimum_uid)
		why = "is below the policy's minimum-uid";
	else
		return 0;
	*ret_moved = true;
	return report(view, findings, "/uid",
		      (struct finding_spec){
			      .before = value,
			      .edit = wanted->has_uid ? EDIT_SET : EDIT_NONE,
			      .after = wanted->has_uid ? json_integer(wanted->uid) : NULL,
		      },
		      why);
}

static int judge_gid(const struct container_view *view, const struct wanted *wanted, const json_t *value,
		     bool moved, struct findings *findings)
{
	int64_t gid = 0;
	const char *why = NULL;
	json_t *remedy = NULL;
	bool valid = read_id(value, &gid);
	bool fine = valid && group_is_fine(wanted, gid);
	if (!valid) {
		why = "is not a group id (0 to 4294967294)";
	} else if (!fine) {
		why = gid == 0 ? "is the group of the host's root"
			       : "is a group of the host's system (below the policy's minimum-group)";
		cleanup_json json_t *refused = json_pack("[I]", (json_int_t)gid);
		remedy = moved ? NULL : groups_remedy(wanted, refused);
	} else if (moved && wanted->has_gid && gid != wanted->gid) {
		why = "goes with the user that was replaced";
	} else {
		return 0;
	}
	return report(view, findings, "/gid",
		      (struct finding_spec){
			      .before = value,
			      .edit = wanted->has_gid ? EDIT_SET : EDIT_NONE,
			      .after = wanted->has_gid ? json_integer(wanted->gid) : NULL,
			      .remedy = remedy,
		      },
		      why);
}

/* Sorts `groups` into what stays and what goes. */
static int split_groups(const struct wanted *wanted, const json_t *groups, json_t *kept, json_t *refused)
{
	size_t index;
	json_t *value;
	json_array_foreach(groups, index, value)
	{
		int64_t gid = 0;
		bool fine = document_is_number(value) && read_id(value, &gid) && group_is_fine(wanted, gid);
		if (json_array_append(fine ? kept : refused, value) < 0)
			return -ENOMEM;
	}
	return 0;
}

static char *refused_groups_reason(const json_t *refused)
{
	struct text why = {0};
	text_append(&why, "gives groups of the host's root or system:");
	size_t index;
	json_t *value;
	json_array_foreach(refused, index, value)
	{
		int64_t gid = 0;
		text_append(&why, index ? ", " : " ");
		if (document_is_number(value) && read_id(value, &gid))
			text_append_format(&why, "%lld", (long long)gid);
		else
			text_append(&why, "one that is not a group id");
	}
	return text_finish(&why);
}

static int judge_groups(const struct container_view *view, const struct wanted *wanted, json_t *groups,
			bool moved, struct findings *findings)
{
	if (document_is_missing(groups))
		return 0;
	if (!json_is_array(groups))
		return report(view, findings, "/additionalGids",
			      (struct finding_spec){
				      .before = groups, .edit = EDIT_SET, .after = json_array()},
			      "is not a list of group ids");
	cleanup_json json_t *kept = json_array(), *refused = json_array();
	if (!kept || !refused || split_groups(wanted, groups, kept, refused) < 0)
		return -ENOMEM;
	if (json_array_size(refused) == 0)
		return 0;
	cleanup_free char *why = refused_groups_reason(refused);
	if (!why)
		return -ENOMEM;
	return report(view, findings, "/additionalGids",
		      (struct finding_spec){
			      .before = groups,
			      .edit = EDIT_SET,
			      .after = json_incref(kept),
			      .remedy = moved ? NULL : groups_remedy(wanted, refused),
		      },
		      why);
}

static const char *const umask_words[] = {"0077", "0027", "0022", "any", NULL};
static const int64_t umask_bits[] = {0077, 0027, 0022, 0};

static int judge_umask(const struct container_view *view, const struct wanted *wanted, const json_t *value,
		       struct findings *findings)
{
	int64_t bits = 0, given = 0;
	for (size_t i = 0; umask_words[i]; i++)
		if (setting_word_is(wanted->settings, "umask", umask_words[i]))
			bits = umask_bits[i];
	bool valid = document_is_missing(value) ||
		     (document_read_int64(value, &given) == 0 && given >= 0 && given <= 0777);
	if (valid && (given & bits) == bits)
		return 0;
	return report(view, findings, "/umask",
		      (struct finding_spec){
			      .before = value,
			      .edit = EDIT_SET,
			      .after = json_integer(valid ? given | bits : bits | 0022),
		      },
		      valid ? "lets new files be open to more users than the policy's umask does"
			    : "is not a umask (0 to 511, octal 0777)");
}

static int assess(const struct container_view *view, const struct facts *facts, const json_t *settings,
		  struct findings *findings, struct error **error)
{
	(void)facts, (void)error;
	struct wanted wanted = wanted_of(view, settings);
	const json_t *user = json_object_get(view->process, "user");
	if (!document_is_missing(user) && !json_is_object(user)) {
		bool known = wanted.has_uid && wanted.has_gid;
		return report(view, findings, "",
			      (struct finding_spec){
				      .before = user,
				      .edit = known ? EDIT_SET : EDIT_NONE,
				      .after = known ? json_pack("{s:I,s:I}", "uid", (json_int_t)wanted.uid, "gid",
								 (json_int_t)wanted.gid)
						     : NULL,
			      },
			      "is not an object, so that no user is given");
	}
	bool moved = false;
	int result = judge_uid(view, &wanted, json_object_get(user, "uid"), findings, &moved);
	if (result == 0)
		result = judge_gid(view, &wanted, json_object_get(user, "gid"), moved, findings);
	if (result == 0)
		result = judge_groups(view, &wanted, json_object_get(user, "additionalGids"), moved, findings);
	if (result == 0)
		result = judge_umask(view, &wanted, json_object_get(user, "umask"), findings);
	return result;
}

static int check_id(const json_t *value, struct error **error)
{
	if (json_is_null(value) || (json_integer_value(value) >= 1 && json_integer_value(value) <= ID_MAX))
		return 0;
	return error_set(error, EINVAL, "expected an id other than root's, 1 to 4294967294");
}

static int check_minimum(const json_t *value, struct error **error)
{
	if (json_is_null(value) || (json_integer_value(value) >= 0 && json_integer_value(value) <= ID_MAX))
		return 0;
	return error_set(error, EINVAL, "expected an id, 0 to 4294967294");
}

static int check_group(const json_t *value, struct error **error)
{
	int64_t gid = 0;
	const char *text = json_string_value(value);
	char canonical[32];
	if (text && number_parse_int64(text, &gid) == 0 && gid >= 0 && gid <= ID_MAX) {
		(void)snprintf(canonical, sizeof(canonical), "%lld", (long long)gid);
		if (strcmp(canonical, text) == 0)
			return 0;
	}
	return error_set(error, EINVAL, "expected a group id, 0 to 4294967294, without leading zeros");
}

static const struct policy_key keys[] = {
	{
		.name = "uid",
		.type = KEY_INTEGER,
		.fallback = "65532",
		.help = "The user id written where the container would run as root; not set: refused instead",
		.check = check_id,
	},
	{
		.name = "gid",
		.type = KEY_INTEGER,
		.fallback = "65532",
		.help = "The group id written with uid, and in the place of a primary group that may not be",
		.check = check_id,
	},
	{
		.name = "minimum-uid",
		.type = KEY_INTEGER,
		.order = ORDER_HIGHER,
		.help = "User ids below it are replaced too, such as those of the host's system users",
		.check = check_minimum,
	},
	{
		.name = "minimum-group",
		.type = KEY_INTEGER,
		.order = ORDER_HIGHER,
		.fallback = "1000",
		.help = "Groups below it (on the host: disk, kmem, shadow, docker …) are taken away, the "
			"primary one replaced by gid; group 0 always is",
		.check = check_minimum,
	},
	{
		.name = "groups",
		.type = KEY_LIST,
		.order = ORDER_FEWER,
		.help = "Group ids that a container may have though they are below minimum-group, 0 too",
		.check = check_group,
	},
	{
		.name = "umask",
		.type = KEY_WORD,
		.order = ORDER_WORDS,
		.fallback = "\"any\"",
		.help = "The umask that the process has at least, in octal",
		.words = umask_words,
	},
	{.type = KEY_END},
};

const struct control control_user = {
	.name = "user",
	.summary = "Makes the process a user other than root, without root's and the host system's groups",
	.risk = "Without a user namespace root in the container is root on the host: whatever reaches a file, "
		"a socket or a kernel flaw acts as uid 0. Groups such as disk, kmem, shadow or docker, "
		"primary or additional, open the host's devices and sockets to any user. exec --user sets "
		"both anew.",
	.cis = "4.1, 5.24",
	.pss = "restricted",
	.nist = "4.4.3",
	.verbs = VERB_CREATE,
	.action = ACTION_REWRITE,
	.owns = (const char *const[]){"/process/user", NULL},
	.keys = keys,
	.assess = assess,
};
