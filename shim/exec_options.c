#include "shim/exec_options.h"

#include <errno.h>
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

static const char cap_refused[] = "adds a capability that the container was not started with (capabilities)";
static const char cgroup_refused[] = "puts the process under other limits than the container's (resources)";

/* A pointer that ends in "-" appends: the document library needs the array. */
static const struct row {
	const char *name;
	int (*apply)(json_t *process, const char *pointer, const char *text, struct error **error);
	const char *pointer;
	const char *refused;        /* in the place of `apply`: why nobody may ask for it */
	bool counts_beside_process; /* the backends obey it together with --process */
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
	{.name = "cap", .refused = cap_refused},
	{.name = "cgroup", .refused = cgroup_refused, .counts_beside_process = true},
};

static const struct row *row_of(const struct given_option *given)
{
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		if (strcmp(rows[i].name, given->option->name) == 0)
			return &rows[i];
	return NULL;
}

int exec_options_judge(struct interception *interception, bool beside_process, struct error **error)
{
	const struct given_options *options = &interception->invocation.options;
	int result = 0;
	for (size_t i = 0; result == 0 && i < options->count; i++) {
		const struct row *row = row_of(&options->items[i]);
		if (row && row->refused && (row->counts_beside_process || !beside_process))
			result = interception_add_reason(interception, error, "option --%s of exec %s", row->name,
							 row->refused);
	}
	return result;
}

static int make_array(json_t *parent, const char *key, struct error **error)
{
	if (json_is_array(json_object_get(parent, key)))
		return 0;
	return json_object_set_new(parent, key, json_array()) < 0 ? error_out_of_memory(error) : 0;
}

/* The command, and no terminal unless it is asked for: as both backends start. */
static int set_command(const struct invocation *invocation, json_t *process, struct error **error)
{
	if (invocation->rest_count == 0)
		return error_set(error, EINVAL, "exec needs a command behind the container ID, or --process");
	if (json_object_set_new(process, "terminal", json_false()) < 0 ||
	    json_object_set_new(process, "args", json_array()) < 0)
		return error_out_of_memory(error);
	int result = make_array(process, "env", error);
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
		result = make_array(user, "additionalGids", error);
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
