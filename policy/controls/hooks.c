/* hooks.*: programs that the backend runs, most of them as root on the host. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "policy/base/cleanup.h"
#include "policy/base/text.h"
#include "policy/controls/hook_variables.h"
#include "policy/controls/table.h"
#include "policy/document/document.h"
#include "policy/host/cdi.h"
#include "policy/host/program.h"

#define AT "/hooks"
#define PATH "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

/* The specification's kinds. startContainer's run inside the container, with what the
 * container's own process may do: their files are the image's. */
static const struct kind {
	const char *name;
	bool on_host;
} kinds[] = {
	{"prestart", true},	 {"createRuntime", true}, {"createContainer", true},
	{"startContainer", false}, {"poststart", true},	  {"poststop", true},
};

struct hook {
	const struct kind *kind;
	char at[64]; /* JSON pointer */
	json_t *entry;
	const json_t *path, *args, *env;
};

struct judgement {
	const struct facts *facts;
	const json_t *settings;
	struct findings *findings;
};

/* A finding at or below the hook; `before` is shown, so never an argument or variable. */
static int report(const struct judgement *judgement, const struct hook *hook, const char *member,
		  struct finding_spec spec, const char *why)
{
	char pointer[160];
	(void)snprintf(pointer, sizeof(pointer), "%s%s", hook->at, member);
	spec.pointer = pointer;
	return finding_add(judgement->findings, spec, "%s", why);
}

/* Docker's own, by which it gives the container's network namespace to its network
 * library: /proc/PID/exe libnetwork-setkey [-exec-root=FOLDER] ID CONTROLLER. */
static bool is_dockers(const struct hook *hook, const struct facts *facts)
{
	size_t count = json_array_size(hook->args);
	const char *path = document_text(hook->path), *name = document_text(json_array_get(hook->args, 0));
	const char *root = count == 4 ? document_text(json_array_get(hook->args, 1)) : NULL;
	const char *id = count >= 2 ? document_text(json_array_get(hook->args, count - 2)) : NULL;
	const char *controller = count >= 2 ? document_text(json_array_get(hook->args, count - 1)) : NULL;
	return facts->engine == ENGINE_DOCKER && path && text_equal(name, "libnetwork-setkey") &&
	       (count == 3 || (root && text_starts_with(root, "-exec-root=/"))) && text_equal(id, facts->id) &&
	       controller && *controller && controller[strspn(controller, "0123456789abcdef")] == '\0' &&
	       program_is_of_process(path, "dockerd");
}

/* nerdctl hands its own options on to its hook as --name=value. A word of another form
 * would be a command of its own, and two of them name the folders of programs that the
 * hook runs as root. */
static bool is_engines_option(const char *word)
{
	static const char *const of_programs[] = {"--cni-path=", "--cni-netconfpath="};
	for (size_t i = 0; word && i < ARRAY_SIZE(of_programs); i++)
		if (text_starts_with(word, of_programs[i]))
			return false;
	return word && text_starts_with(word, "--") && strchr(word, '=');
}

/* nerdctl's own, by which it sets up a container's network: NERDCTL OPTION… internal
 * oci-hook KIND, of the program that the engine's identity knows. */
static bool is_engines(const struct hook *hook, const struct facts *facts)
{
	const char *path = document_text(hook->path);
	size_t count = json_array_size(hook->args);
	bool own = false;
	for (size_t i = 0; path && i < facts->path_count; i++)
		own |= facts->paths[i].hook && strcmp(facts->paths[i].path, path) == 0;
	for (size_t i = 1; own && i + 3 < count; i++)
		own = is_engines_option(document_text(json_array_get(hook->args, i)));
	return own && count >= 4 && text_equal(document_text(json_array_get(hook->args, count - 3)), "internal") &&
	       text_equal(document_text(json_array_get(hook->args, count - 2)), "oci-hook") &&
	       text_equal(document_text(json_array_get(hook->args, count - 1)), hook->kind->name);
}

/* `record` is {path, args, more-args}: the hook begins with these arguments. */
static bool is_named(const struct hook *hook, const json_t *record)
{
	const json_t *listed = json_object_get(record, "args");
	size_t count = json_array_size(hook->args), index;
	json_t *argument;
	if (!text_equal(document_text(hook->path), json_string_value(json_object_get(record, "path"))))
		return false;
	json_array_foreach(listed, index, argument)
		if (!json_equal(argument, json_array_get(hook->args, index)))
			return false;
	return count == json_array_size(listed) || json_is_true(json_object_get(record, "more-args"));
}

static bool is_listed(const struct hook *hook, const json_t *settings)
{
	size_t index;
	json_t *record;
	json_array_foreach(setting_list(settings, "allow"), index, record)
		if (is_named(hook, record))
			return true;
	return false;
}

/* What root's specification of a listed device class says word for word. Where that
 * gives no environment, the one that is written below does not count. */
static bool stands_in_cdi(const struct judgement *judgement, const struct hook *hook)
{
	const json_t *classes = setting_list(judgement->settings, "cdi");
	if (json_array_size(classes) == 0)
		return false;
	cleanup_json json_t *edits = cdi_read(classes), *written = json_pack("[s]", PATH);
	if (cdi_has_hook(edits, hook->kind->name, hook->entry))
		return true;
	cleanup_json json_t *bare = json_copy(hook->entry);
	(void)json_object_del(bare, "env");
	return json_equal(hook->env, written) && cdi_has_hook(edits, hook->kind->name, bare);
}

/* The arguments may hold secrets: the remedy does not repeat them. */
static json_t *remedy(const struct hook *hook)
{
	return json_pack("{s:[{s:s, s:[], s:b}]}", "add", "path", document_text(hook->path), "args", "more-args",
			 json_array_size(hook->args) > 0);
}

static int judge_program(const struct judgement *judgement, const struct hook *hook)
{
	const char *path = document_text(hook->path);
	struct finding_spec spec = {.before = hook->path};
	if (!path || path[0] != '/')
		return report(judgement, hook, "/path", spec, "is not an absolute path");
	if (is_dockers(hook, judgement->facts))
		return 0;
	if (!is_engines(hook, judgement->facts) && !is_listed(hook, judgement->settings) &&
	    !stands_in_cdi(judgement, hook)) {
		spec.remedy = remedy(hook);
		return report(judgement, hook, "/path", spec,
			      hook->kind->on_host ? "is a program that would run as root on the host, and the policy does "
						    "not list it with these arguments"
						  : "is a hook that the policy does not list with these arguments");
	}
	cleanup_error struct error *error = NULL;
	int result = hook->kind->on_host ? program_check(path, &error) : 0;
	if (result == -ENOMEM)
		return result;
	return result < 0 ? report(judgement, hook, "/path", spec, error_message(error)) : 0;
}

/* The name is said, the value never. */
static int judge_variable(const struct judgement *judgement, const struct hook *hook, size_t index,
			  const json_t *entry)
{
	const char *variable = document_text(entry), *why = hook_variable_danger(variable);
	char member[32];
	if (!why)
		return 0;
	(void)snprintf(member, sizeof(member), "/env/%zu", index);
	json_t *name = variable && strchr(variable, '=') ? json_stringn(variable, strcspn(variable, "=")) : NULL;
	int result = report(judgement, hook, member, (struct finding_spec){.before = name}, why);
	json_decref(name);
	return result;
}

/* A hook without variables of its own gets the runtime's, and in some runtimes the
 * image's (CVE-2025-23266). */
static int judge_environment(const struct judgement *judgement, const struct hook *hook)
{
	size_t index;
	json_t *entry;
	if (!document_is_missing(hook->env) && !json_is_array(hook->env))
		return report(judgement, hook, "/env", (struct finding_spec){0}, "is not an array");
	if (json_array_size(hook->env) == 0)
		return report(judgement, hook, "/env",
			      (struct finding_spec){.edit = EDIT_SET,
					     .after = json_pack("[s]", PATH),
					     .remedy = json_object()},
			      "gives the hook no environment of its own, so that it would get that of whoever starts it, or "
			      "the image's");
	json_array_foreach(hook->env, index, entry) {
		int result = judge_variable(judgement, hook, index, entry);
		if (result < 0)
			return result;
	}
	return 0;
}

static bool are_texts(const json_t *args)
{
	size_t index;
	json_t *argument;
	json_array_foreach(args, index, argument)
		if (!document_text(argument))
			return false;
	return document_is_missing(args) || json_is_array(args);
}

static int judge_hook(const struct judgement *judgement, const struct kind *kind, size_t index, json_t *entry)
{
	static const char *const fields[] = {"path", "args", "env", "timeout"};
	struct hook hook = {.kind = kind, .entry = entry};
	size_t known = 0;
	(void)snprintf(hook.at, sizeof(hook.at), AT "/%s/%zu", kind->name, index);
	for (size_t i = 0; i < ARRAY_SIZE(fields); i++)
		known += json_object_get(entry, fields[i]) != NULL;
	if (!json_is_object(entry))
		return report(judgement, &hook, "", (struct finding_spec){0}, "is not an object");
	if (known != json_object_size(entry))
		return report(judgement, &hook, "", (struct finding_spec){0},
			      "has a field that no hook has (path, args, env, timeout)");
	hook.path = json_object_get(entry, "path");
	hook.args = json_object_get(entry, "args");
	hook.env = json_object_get(entry, "env");
	if (!are_texts(hook.args))
		return report(judgement, &hook, "/args", (struct finding_spec){0}, "is not an array of texts");
	int result = judge_program(judgement, &hook);
	return result < 0 ? result : judge_environment(judgement, &hook);
}

static const struct kind *kind_of(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++)
		if (strcmp(kinds[i].name, name) == 0)
			return &kinds[i];
	return NULL;
}

static int refuse_member(const char *name, struct findings *findings, const char *why)
{
	cleanup_free char *pointer = document_pointer_below(AT, name);
	return pointer ? finding_add(findings, (struct finding_spec){.pointer = pointer}, "%s", why) : -ENOMEM;
}

static int judge_kind(const struct judgement *judgement, const char *name, const json_t *list)
{
	const struct kind *kind = kind_of(name);
	size_t index;
	json_t *entry;
	int result = 0;
	if (!kind)
		return refuse_member(name, judgement->findings, "is no kind of hook that is known here");
	if (!document_is_missing(list) && !json_is_array(list))
		return refuse_member(name, judgement->findings, "is not an array");
	json_array_foreach(list, index, entry) {
		result = judge_hook(judgement, kind, index, entry);
		if (result < 0)
			break;
	}
	return result;
}

static int assess(const struct container_view *view, const struct facts *facts, const json_t *settings,
		  struct findings *findings, struct error **error)
{
	(void)error;
	const struct judgement judgement = {.facts = facts, .settings = settings, .findings = findings};
	const char *name;
	json_t *list;
	json_object_foreach(view->hooks, name, list) {
		int result = judge_kind(&judgement, name, list);
		if (result < 0)
			return result;
	}
	return 0;
}

static int check_record(const json_t *value, struct error **error)
{
	const char *path = json_string_value(json_object_get(value, "path"));
	if (path && path[0] == '/' && !strstr(path, "/../") && !strstr(path, "//") && !strstr(path, "/./"))
		return 0;
	return error_set(error, EINVAL, "expected path: the absolute path of the hook's program");
}

static const struct policy_key fields[] = {
	{.name = "path", .type = KEY_TEXT, .help = "The program, as the hook names it"},
	{.name = "args",
	 .type = KEY_LIST,
	 .help = "The hook's arguments in their order, the first of which is the program's own name"},
	{.name = "more-args",
	 .type = KEY_FLAG,
	 .order = ORDER_FALSE,
	 .fallback = "false",
	 .help = "Whether more arguments may follow"},
	{.type = KEY_END},
};

static const struct policy_key keys[] = {
	{
		.name = "allow",
		.type = KEY_RECORDS,
		.order = ORDER_FEWER,
		.help = "Hooks that may run, such as {path: /usr/bin/nvidia-ctk, args: [nvidia-ctk, hook], "
			"more-args: true}. Docker's own and nerdctl's need no entry; those of Podman's "
			"/usr/share/containers/oci/hooks.d do",
		.fields = fields,
		.check = check_record,
	},
	{
		.name = "cdi",
		.type = KEY_LIST,
		.order = ORDER_FEWER,
		.help = "Classes of devices (nvidia.com/gpu) whose hooks may run where they stand word for word in a "
			"specification of the Container Device Interface that only root can write, in JSON, in "
			"/etc/cdi or /run/cdi",
		.check = cdi_check_class,
	},
	{.type = KEY_END},
};

const struct control control_hooks = {
	.name = "hooks",
	.summary = "Refuses hooks that the policy does not list, and gives those that run an environment of their own",
	.risk = "A hook is a program that the backend starts as root, most of them outside the container. Whoever "
		"gets one into the configuration, exchanges its file or sets its variables is root on the host; a "
		"hook without an environment of its own has been made to load a library of the image "
		"(CVE-2025-23266).",
	.nist = "4.4.5",
	.verbs = VERB_CREATE,
	.action = ACTION_REWRITE,
	.owns = (const char *const[]){AT, NULL},
	.keys = keys,
	.assess = assess,
};
