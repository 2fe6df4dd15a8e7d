/* What runs in a container, where it starts and what its environment gives away. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "policy/base/cleanup.h"
#include "policy/base/text.h"
#include "policy/controls/process_directory.h"
#include "policy/controls/process_environment.h"
#include "policy/controls/table.h"
#include "policy/document/document.h"

enum { LONGEST_NAME = 128 }; /* bytes of a variable's name in a message */

struct run {
	const struct container_view *view;
	const struct facts *facts;
	const json_t *settings;
	struct findings *findings;
};

static const char *const note_words[] = {"refuse", "note", "allow", NULL};

/* `field` of the process as a pointer; `index` below 0 for none. */
static char *pointer_of(const struct run *run, const char *field, int index)
{
	char *pointer = NULL;
	int length = index < 0 ? asprintf(&pointer, "%s/%s", run->view->process_at, field)
			       : asprintf(&pointer, "%s/%s/%d", run->view->process_at, field, index);
	return length < 0 ? NULL : pointer;
}

/* What is there and has a shape that cannot be judged. */
static int report_shape(const struct run *run, const char *field, int index, const char *why)
{
	cleanup_free char *pointer = pointer_of(run, field, index);
	if (!pointer)
		return -ENOMEM;
	return finding_add(run->findings, (struct finding_spec){.pointer = pointer}, "%s", why);
}

static int judge_directory(const struct run *run)
{
	const json_t *value = json_object_get(run->view->process, "cwd");
	if (!value)
		return 0;
	const char *path = document_text(value), *why = NULL;
	if (!path)
		return report_shape(run, "cwd", -1, "is not a text without NUL");
	cleanup_free char *pointer = pointer_of(run, "cwd", -1), *leads_to = NULL;
	if (!pointer)
		return -ENOMEM;
	if (*path && *path != '/')
		why = "is a relative working directory, which counts from wherever the backend stands; give an "
		      "absolute one";
	int result = why || !*path ? 0 : process_directory_judge(run->view, run->facts, path, &why, &leads_to);
	if (result < 0 || !why)
		return result;
	struct finding_spec spec = {.pointer = pointer, .before = value};
	if (leads_to)
		return finding_add(run->findings, spec, "leads to \"%s\", which %s", leads_to, why);
	return finding_add(run->findings, spec, "%s", why);
}

static const struct {
	enum variable_kind kind;
	const char *key, *reference, *why;
} variable_rules[] = {
	{VARIABLE_SECRET_NAME, "secrets", "CIS 4.10",
	 "which by its name is a secret; whoever may inspect the container reads it: mount a file instead"},
	{VARIABLE_SECRET_VALUE, "secrets", "CIS 4.10",
	 "whose value has the form of a key, a token or an address with a password; whoever may inspect the container "
	 "reads it: mount a file instead"},
	{VARIABLE_LOADER, "loader-variables", NULL,
	 "which has the container's programs load other code than their own"},
};

static int judge_variable(const struct run *run, int index, const char *entry, enum variable_kind kind)
{
	size_t rule = 0;
	while (variable_rules[rule].kind != kind)
		rule++;
	const char *key = variable_rules[rule].key;
	cleanup_free char *name = strndup(entry, strcspn(entry, "="));
	cleanup_free char *pointer = pointer_of(run, "env", index);
	if (!name || !pointer)
		return -ENOMEM;
	if (setting_word_is(run->settings, key, "allow") || setting_list_has(run->settings, "allow", name))
		return 0;
	return finding_add(run->findings,
			   (struct finding_spec){
				   .pointer = pointer,
				   .reference = variable_rules[rule].reference,
				   .remedy = json_pack("{s:[s]}", "add", name),
				   .note = setting_word_is(run->settings, key, "note"),
			   },
			   "sets %.*s, %s", LONGEST_NAME, name, variable_rules[rule].why);
}

static int judge_environment(const struct run *run)
{
	const json_t *list = json_object_get(run->view->process, "env");
	size_t index;
	json_t *value;
	if (list && !json_is_array(list) && !json_is_null(list))
		return report_shape(run, "env", -1, "is not an array");
	json_array_foreach(list, index, value) {
		const char *entry = document_text(value);
		if (!entry)
			return report_shape(run, "env", (int)index, "is not a text without NUL");
		enum variable_kind kind = process_environment_kind(entry);
		int result = kind == VARIABLE_PLAIN ? 0 : judge_variable(run, (int)index, entry, kind);
		if (result < 0)
			return result;
	}
	return 0;
}

static const char *name_of(const char *program)
{
	const char *slash = program ? strrchr(program, '/') : NULL;
	return slash ? slash + 1 : program;
}

static bool is_one_of(const char *program, const char *const *names)
{
	return text_is_one_of(name_of(program), names);
}

static const char *argument(const json_t *arguments, size_t index)
{
	return document_text(json_array_get(arguments, index));
}

/* The first word of a shell's command line, after `exec`. Quotes, variables and what
 * stands behind a first command are not read. */
static bool command_starts(const char *command, const char *const *names)
{
	command += strspn(command, " \t\n");
	if (text_starts_with(command, "exec "))
		command += strlen("exec ");
	command += strspn(command, " \t\n");
	cleanup_free char *word = strndup(command, strcspn(command, " \t\n;&|"));
	return is_one_of(word, names);
}

/* The index of the argument that starts an SSH server, or -1. */
static int ssh_server_at(const json_t *arguments)
{
	static const char *const servers[] = {"sshd", "dropbear", NULL};
	static const char *const inits[] = {"docker-init", "catatonit", "tini", "dumb-init", NULL};
	static const char *const shells[] = {"sh", "ash", "bash", "dash", NULL};
	int first = 0;
	if (is_one_of(argument(arguments, 0), inits))
		first = text_equal(argument(arguments, 1), "--") ? 2 : 1;
	const char *program = argument(arguments, (size_t)first);
	if (is_one_of(program, servers))
		return first;
	const char *command = argument(arguments, (size_t)first + 2);
	bool is_command = is_one_of(program, shells) && text_equal(argument(arguments, (size_t)first + 1), "-c");
	return is_command && command && command_starts(command, servers) ? first + 2 : -1;
}

static int judge_program(const struct run *run)
{
	int index = ssh_server_at(json_object_get(run->view->process, "args"));
	if (index < 0 || setting_word_is(run->settings, "sshd", "allow"))
		return 0;
	cleanup_free char *pointer = pointer_of(run, "args", index);
	if (!pointer)
		return -ENOMEM;
	return finding_add(run->findings,
			   (struct finding_spec){
				   .pointer = pointer,
				   .reference = "CIS 5.7",
				   .remedy = json_pack("{s:s}", "sshd", "allow"),
				   .note = setting_word_is(run->settings, "sshd", "note"),
			   },
			   "starts an SSH server; use docker exec or kubectl exec to get into a container");
}

static int assess(const struct container_view *view, const struct facts *facts, const json_t *settings,
		  struct findings *findings, struct error **error)
{
	(void)error;
	struct run run = {.view = view, .facts = facts, .settings = settings, .findings = findings};
	if (!view->process)
		return 0;
	int result = judge_directory(&run);
	if (result == 0)
		result = judge_environment(&run);
	return result < 0 ? result : judge_program(&run);
}

static const struct policy_key keys[] = {
	{
		.name = "secrets",
		.type = KEY_WORD,
		.order = ORDER_WORDS,
		.fallback = "\"note\"",
		.words = note_words,
		.help = "What to do with an environment variable that by its name or its form is a secret; only its "
			"name is ever written",
	},
	{
		.name = "loader-variables",
		.type = KEY_WORD,
		.order = ORDER_WORDS,
		.fallback = "\"note\"",
		.words = note_words,
		.help = "What to do with LD_PRELOAD and other variables by which programs load other code",
	},
	{
		.name = "sshd",
		.type = KEY_WORD,
		.order = ORDER_WORDS,
		.fallback = "\"refuse\"",
		.words = note_words,
		.help = "What to do with an SSH server as the program, behind an init or first in a shell's command",
	},
	{
		.name = "allow",
		.type = KEY_LIST,
		.order = ORDER_FEWER,
		.help = "Names of environment variables that are let through whatever they look like",
	},
	{.type = KEY_END},
};

const struct control control_process = {
	.name = "process",
	.summary = "Refuses a working directory that leads into /proc and SSH servers; notes secrets and loader "
		   "variables in the environment",
	.risk = "A working directory of /proc/self/fd/N, also behind a symbolic link in the image, starts the "
		"container's process in a folder of the host on a backend that leaks a descriptor. Secrets in the "
		"environment are read by everybody who may inspect the container, and by every program in it.",
	.cis = "4.10, 5.7",
	.nist = "4.1.4",
	.verbs = VERB_CREATE | VERB_EXEC,
	.action = ACTION_REFUSE,
	.owns = (const char *const[]){NULL},
	.keys = keys,
	.assess = assess,
};
