#include "shim/exec_options.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "policy/base/cleanup.h"
#include "policy/base/number.h"
#include "policy/document/document.h"

static int set_number(json_t *process, const char *pointer, const char *text, struct error **error)
{
	int64_t number = 0;
	if (number_parse_int64(text, &number) < 0)
		return error_set(error, EINVAL, "%s is not a number", pointer);
	cleanup_json json_t *value = json_integer(number);
	return value ? document_set(process, pointer, value, error) : error_out_of_memory(error);
}

static int set_text(json_t *process, const char *pointer, const char *text, struct error **error)
{
	cleanup_json json_t *value = json_string(text);
	if (!value)
		return error_set(error, EINVAL, "%s is not valid UTF-8", pointer);
	return document_set(process, pointer, value, error);
}

static int set_flag(json_t *process, const char *pointer, const char *text, struct error **error)
{
	return document_set(process, pointer, strcmp(text, "true") == 0 ? json_true() : json_false(), error);
}

/* UID or UID:GID; without a group the container's stays. */
static int set_user(json_t *process, const char *pointer, const char *text, struct error **error)
{
	(void)pointer;
	const char *colon = strchr(text, ':');
	cleanup_free char *uid = colon ? strndup(text, (size_t)(colon - text)) : strdup(text);
	if (!uid)
		return error_out_of_memory(error);
	int result = set_number(process, "/user/uid", uid, error);
	return result == 0 && colon ? set_number(process, "/user/gid", colon + 1, error) : result;
}

static int make_member(json_t *parent, const char *key, json_type type, struct error **error)
{
	const json_t *member = json_object_get(parent, key);
	if (member && json_typeof(member) == type)
		return 0;
	json_t *made = type == JSON_ARRAY ? json_array() : json_object();
	return json_object_set_new(parent, key, made) < 0 ? error_out_of_memory(error) : 0;
}

/* In all five sets, as crun has it; runc leaves the inheritable one out. */
static int add_capability(json_t *process, const char *pointer, const char *text, struct error **error)
{
	static const char *const sets[] = {"bounding", "effective", "inheritable", "permitted", "ambient"};
	(void)pointer;
	int result = make_member(process, "capabilities", JSON_OBJECT, error);
	for (size_t i = 0; result == 0 && i < ARRAY_SIZE(sets); i++) {
		char place[64];
		(void)snprintf(place, sizeof(place), "/capabilities/%s/-", sets[i]);
		result = make_member(json_object_get(process, "capabilities"), sets[i], JSON_ARRAY, error);
		if (result == 0)
			result = set_text(process, place, text, error);
	}
	return result;
}

/* A pointer that ends in "-" appends: the document library needs the array. Without
 * `apply` nothing of it stands in a process. */
static const struct row {
	const char *name;
	int (*apply)(json_t *process, const char *pointer, const char *text, struct error **error);
	const char *pointer;
} rows[] = {
	{.name = "process"},
	{.name = "cwd", .apply = set_text, .pointer = "/cwd"},
	{.name = "env", .apply = set_text, .pointer = "/env/-"},
	{.name = "tty", .apply = set_flag, .pointer = "/terminal"},
	{.name = "user", .apply = set_user},
	{.name = "additional-gids", .apply = set_number, .pointer = "/user/additionalGids/-"},
	{.name = "process-label", .apply = set_text, .pointer = "/selinuxLabel"},
	{.name = "apparmor", .apply = set_text, .pointer = "/apparmorProfile"},
	{.name = "no-new-privs", .apply = set_flag, .pointer = "/noNewPrivileges"},
	{.name = "cap", .apply = add_capability},
};

static const struct row *row_of(const struct given_option *given)
{
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		if (strcmp(rows[i].name, given->option->name) == 0)
			return &rows[i];
	return NULL;
}

/* The command, and no terminal unless it is asked for: as both backends start. */
static int set_command(const struct invocation *invocation, json_t *process, struct error **error)
{
	if (invocation->rest_count == 0)
		return error_set(error, EINVAL, "exec needs a command behind the container ID, or --process");
	if (json_object_set_new(process, "terminal", json_false()) < 0 ||
	    json_object_set_new(process, "args", json_array()) < 0)
		return error_out_of_memory(error);
	int result = make_member(process, "env", JSON_ARRAY, error);
	for (size_t i = 0; result == 0 && i < invocation->rest_count; i++)
		result = set_text(process, "/args/-", invocation->rest[i], error);
	return result;
}

int exec_options_apply(const struct invocation *invocation, json_t *process, struct error **error)
{
	const struct given_options *options = &invocation->options;
	json_t *user = json_object_get(process, "user");
	int result = set_command(invocation, process, error);
	if (result == 0 && json_is_object(user))
		result = make_member(user, "additionalGids", JSON_ARRAY, error);
	for (size_t i = 0; result == 0 && i < options->count; i++) {
		const struct given_option *given = &options->items[i];
		const struct row *row = row_of(given);
		if (!row || !row->apply || !*given->value)
			continue;
		result = row->apply(process, row->pointer, given->value, error);
		if (result < 0)
			return error_prefix(error, "option --%s of exec", row->name);
	}
	return result;
}

void exec_options_drop(struct invocation *invocation)
{
	struct given_options *options = &invocation->options;
	size_t kept = 0;
	for (size_t i = 0; i < options->count; i++)
		if (!row_of(&options->items[i]))
			options->items[kept++] = options->items[i];
	options->count = kept;
	invocation->rest_count = 0;
}
