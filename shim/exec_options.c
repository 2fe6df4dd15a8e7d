/* exec's options, held to the process that the container was started with. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "policy/base/cleanup.h"
#include "policy/base/number.h"
#include "policy/base/text.h"
#include "policy/document/document.h"
#include "shim/exec_hold.h"

/* NULL: no looser; else why it is refused. */
typedef const char *option_check(const char *value, const json_t *start, enum backend_kind kind);

static bool is_number_of(const json_t *value, const char *text)
{
	int64_t number = 0, own = 0;
	return number_parse_int64(text, &number) == 0 && (!value || document_read_int64(value, &own) == 0) &&
	       number == own;
}

static const char *check_user(const char *value, const json_t *start, enum backend_kind kind)
{
	static const char why[] = "is not the user and group of the container's own process, as UID:GID (user)";
	const json_t *user = json_object_get(start, "user");
	const char *colon = strchr(value, ':');
	cleanup_free char *uid = colon ? strndup(value, (size_t)(colon - value)) : strdup(value);
	if (!uid || !is_number_of(json_object_get(user, "uid"), uid))
		return why;
	/* without a group crun takes 0, runc keeps the container's */
	if (!colon)
		return kind == BACKEND_RUNC ? NULL : why;
	return is_number_of(json_object_get(user, "gid"), colon + 1) ? NULL : why;
}

static const char *check_group(const char *value, const json_t *start, enum backend_kind kind)
{
	(void)kind;
	size_t index;
	json_t *group;
	json_array_foreach(json_object_get(json_object_get(start, "user"), "additionalGids"), index, group)
		if (is_number_of(group, value))
			return NULL;
	return "is not a group of the container's own process (user)";
}

static const char *check_label(const char *value, const json_t *start, const char *key)
{
	if (!*value || text_equal(value, json_string_value(json_object_get(start, key))))
		return NULL;
	return "is not that of the container's own process";
}

static const char *check_apparmor(const char *value, const json_t *start, enum backend_kind kind)
{
	(void)kind;
	return check_label(value, start, "apparmorProfile");
}

static const char *check_selinux(const char *value, const json_t *start, enum backend_kind kind)
{
	(void)kind;
	return check_label(value, start, "selinuxLabel");
}

static const char *check_no_new_privileges(const char *value, const json_t *start, enum backend_kind kind)
{
	(void)start, (void)kind;
	return text_equal(value, "true") ? NULL : "would let the process gain privileges (no-new-privileges)";
}

static const char *check_capability(const char *value, const json_t *start, enum backend_kind kind)
{
	(void)value, (void)start, (void)kind;
	return "adds a capability that the container was not started with (capabilities)";
}

static const char *check_cgroup(const char *value, const json_t *start, enum backend_kind kind)
{
	(void)value, (void)start, (void)kind;
	return "puts the process under other limits than the container's (resources)";
}

static const char *check_directory(const char *value, const json_t *start, enum backend_kind kind)
{
	(void)start, (void)kind;
	return !*value || !exec_directory_is_below_proc(value)
		       ? NULL
		       : "is not a plain path outside /proc (process, CVE-2024-21626)";
}

static const struct {
	const char *name;
	option_check *check;
} checks[] = {
	{"user", check_user},
	{"additional-gids", check_group},
	{"apparmor", check_apparmor},
	{"process-label", check_selinux},
	{"no-new-privs", check_no_new_privileges},
	{"cap", check_capability},
	{"cgroup", check_cgroup},
	{"cwd", check_directory},
};

int exec_hold_options(struct interception *interception, const json_t *start, struct error **error)
{
	const struct given_options *options = &interception->invocation.options;
	int result = 0;
	for (size_t i = 0; i < options->count; i++) {
		const char *name = options->items[i].option->name;
		for (size_t j = 0; result == 0 && j < ARRAY_SIZE(checks); j++) {
			if (strcmp(checks[j].name, name) != 0)
				continue;
			const char *why = checks[j].check(options->items[i].value, start, interception->backend.kind);
			if (why)
				result = interception_add_reason(interception, error, "option --%s of exec %s", name, why);
		}
	}
	return result;
}
