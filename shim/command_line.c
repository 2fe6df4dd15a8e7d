#include "shim/command_line.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "policy/base/cleanup.h"
#include "policy/base/file.h"
#include "policy/base/number.h"
#include "policy/base/text.h"
#include "shim/grammar.h"

static const size_t id_limit = 1024; /* runc's own */

static const char *value_of(const struct given_options *options, const char *name)
{
	const char *value = NULL;
	for (size_t i = 0; i < options->count; i++)
		if (strcmp(options->items[i].option->name, name) == 0)
			value = options->items[i].value;
	return value && *value ? value : NULL;
}

const char *invocation_value(const struct invocation *invocation, const char *name)
{
	const char *value = value_of(&invocation->options, name);
	return value ? value : value_of(&invocation->globals, name);
}

bool invocation_flag(const struct invocation *invocation, const char *name)
{
	return text_equal(invocation_value(invocation, name), "true");
}

/* The words before the verb as one backend would read them. */
static int read_globals(char **words, enum backend_kind kind, struct invocation *reading, struct error **error)
{
	read_options *read = kind == BACKEND_CRUN ? grammar_read_crun : grammar_read_runc;
	*reading = (struct invocation){0};
	int result = read(words, PLACE_GLOBAL, "the command line", &reading->globals, &reading->rest, error);
	reading->root = value_of(&reading->globals, "root");
	reading->version = text_equal(value_of(&reading->globals, "version"), "true");
	reading->help = value_of(&reading->globals, "usage") ||
			text_equal(value_of(&reading->globals, "help"), "true");
	if (result < 0)
		return result;
	/* nothing behind these two counts to either */
	if (*reading->rest && !reading->version && !reading->help)
		reading->verb = *reading->rest++;
	reading->readings = kind;
	return 0;
}

static bool means_the_same(const struct invocation *left, const struct invocation *right)
{
	if (left->version != right->version || left->help != right->help)
		return false;
	if (left->version || left->help)
		return true;
	bool same = left->rest == right->rest && left->globals.count == right->globals.count;
	for (size_t i = 0; same && i < left->globals.count; i++)
		same = strcmp(left->globals.items[i].option->name, right->globals.items[i].option->name) == 0 &&
		       strcmp(left->globals.items[i].value, right->globals.items[i].value) == 0;
	return same;
}

/* crun takes "journald:ID", "syslog:ID" and "file:PATH" for the log. */
static const char *log_file(const char *log)
{
	if (!log || text_starts_with(log, "journald:") || text_starts_with(log, "syslog:"))
		return NULL;
	return text_starts_with(log, "file:") ? log + strlen("file:") : log;
}

static void keep_reading(struct invocation *invocation, struct invocation *reading)
{
	*invocation = *reading;
	*reading = (struct invocation){0};
	/* what was read counts even where the rest cannot be: the refusal goes to the log */
	invocation->log = log_file(value_of(&invocation->globals, "log"));
	invocation->log_json = text_equal(value_of(&invocation->globals, "log-format"), "json");
	while (invocation->rest && invocation->rest[invocation->rest_count])
		invocation->rest_count++;
}

int command_line_parse_globals(char **argv, struct invocation *invocation, struct error **error)
{
	char **words = argv[0] ? argv + 1 : argv;
	struct invocation by_runc, by_crun;
	cleanup_error struct error *of_runc = NULL;
	int result = read_globals(words, BACKEND_RUNC, &by_runc, &of_runc);
	bool crun_can = read_globals(words, BACKEND_CRUN, &by_crun, NULL) == 0;
	if (result < 0 && crun_can)
		keep_reading(invocation, &by_crun);
	else
		keep_reading(invocation, &by_runc);
	if (result < 0 && !crun_can)
		result = error_set(error, -result, "%s", error_message(of_runc));
	else if (result == 0 && crun_can && !means_the_same(invocation, &by_crun))
		result = error_set(error, EINVAL,
				   "the options before the verb mean one thing to runc and another to crun; write "
				   "them as --name=value");
	else
		result = 0;
	if (crun_can && result == 0)
		invocation->readings |= BACKEND_CRUN;
	invocation_release(&by_runc);
	invocation_release(&by_crun);
	return result;
}

/* What an intercepted verb may not have though it is known. */
static int check_options(const struct given_options *options, struct error **error)
{
	for (size_t i = 0; i < options->count; i++) {
		const struct given_option *given = &options->items[i];
		const struct option *option = given->option;
		bool off = option->type == OPTION_FLAG && text_equal(given->value, "false");
		if (option->refused && !off)
			return error_set(error, EPERM, "option --%s %s", option->name, option->refused);
		int64_t number = 0;
		if (option->number && *given->value &&
		    (number_parse_int64(given->value, &number) < 0 ||
		     (given->value[strspn(given->value, "-")] == '0' && number != 0)))
			return error_set(error, EINVAL,
					 "the value of option --%s is not a plain decimal number without leading zeros",
					 option->name);
		if (!option->words || !*given->value)
			continue;
		if (!text_is_one_of(given->value, option->words))
			return error_set(error, EPERM, "option --%s may only be %s%s%s", option->name,
					 option->words[0], option->words[1] ? " or " : "",
					 option->words[1] ? option->words[1] : "");
	}
	return 0;
}

int command_line_check_id(const char *id, struct error **error)
{
	const char *allowed = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_+,.-";
	size_t length = strlen(id);
	if (length == 0 || length > id_limit || strspn(id, allowed) != length || id[0] == '-' ||
	    strcmp(id, ".") == 0 || strcmp(id, "..") == 0)
		return error_set(error, EINVAL,
				 "the container ID is not made of 1 to %zu letters, digits and _+,.- only, or starts "
				 "with a dash; give the container another ID",
				 id_limit);
	return 0;
}

/* Options and words up to the end; for exec up to the ID. */
static int read_arguments(struct invocation *invocation, unsigned place, const char **ret_id,
			  struct error **error)
{
	bool crun = invocation->kind == BACKEND_CRUN;
	char **rest = NULL;
	int result = (crun ? grammar_read_crun : grammar_read_runc)(invocation->rest, place, invocation->verb,
								     &invocation->options, &rest, error);
	if (result < 0)
		return result;
	*ret_id = *rest;
	invocation->help |= invocation_flag(invocation, "help") || invocation_flag(invocation, "usage");
	invocation->rest = *rest ? rest + 1 : rest;
	invocation->rest_count = 0;
	while (invocation->rest[invocation->rest_count])
		invocation->rest_count++;
	if (place != PLACE_EXEC && invocation->rest_count > 0 && !invocation->help)
		return error_set(error, EINVAL, "%s takes one container ID and nothing behind it", invocation->verb);
	return 0;
}

int command_line_check_reading(const struct invocation *invocation, enum backend_kind kind, struct error **error)
{
	if (invocation->readings & kind)
		return 0;
	return error_set(error, EINVAL,
			 "the options before %s are not spelled as %s, which is the backend, reads them; write them as "
			 "--name=value and leave out what it does not have",
			 invocation->verb ? invocation->verb : "the verb", kind == BACKEND_CRUN ? "crun" : "runc");
}

/* To crun an empty value is one, to runc it is as good as none, but for options before
 * the verb: an empty --root is the working directory. */
static int check_empty(const struct given_options *options, struct error **error)
{
	for (size_t i = 0; i < options->count; i++)
		if (options->items[i].option->type == OPTION_TEXT && !*options->items[i].value)
			return error_set(error, EINVAL, "option --%s is empty; give a value or leave it out",
					 options->items[i].option->name);
	return 0;
}

/* crun lets the first win where others let the last. */
static int check_once(const struct given_options *options, struct error **error)
{
	for (size_t i = 0; i < options->count; i++)
		for (size_t j = i + 1; j < options->count; j++)
			if (options->items[i].option == options->items[j].option)
				return error_set(error, EINVAL, "option --%s stands there twice; give it once",
						 options->items[i].option->name);
	return 0;
}

static int check_all(const struct invocation *invocation, enum option_place place, struct error **error)
{
	int result = command_line_check_id(invocation->id, error);
	if (result == 0)
		result = check_empty(&invocation->globals, error);
	if (result == 0)
		result = check_options(&invocation->globals, error);
	if (result == 0)
		result = check_options(&invocation->options, error);
	if (result == 0 && invocation->kind == BACKEND_CRUN)
		result = check_empty(&invocation->options, error);
	if (result == 0 && invocation->kind == BACKEND_CRUN && place == PLACE_UPDATE)
		result = check_once(&invocation->options, error);
	return result;
}

static int resolve_bundle(struct invocation *invocation, struct error **error)
{
	const char *given = value_of(&invocation->options, "bundle");
	cleanup_close int descriptor = -1;
	int result = file_open_directory(given ? given : ".", &descriptor, error);
	if (result < 0)
		return error_prefix(error, "the bundle (--bundle, or the working directory)");
	invocation->bundle = file_path_of_descriptor(descriptor);
	if (!invocation->bundle || invocation->bundle[0] != '/')
		return error_set(error, EINVAL, "the path of the bundle \"%s\" cannot be found out through /proc",
				 given ? given : ".");
	return 0;
}

int command_line_parse_verb(struct invocation *invocation, enum option_place place, struct error **error)
{
	const char *id = NULL;
	enum backend_kind kind = invocation->kind ? invocation->kind : BACKEND_RUNC;
	int result = command_line_check_reading(invocation, kind, error);
	if (result == 0)
		result = read_arguments(invocation, place, &id, error);
	if (result < 0 || invocation->help)
		return result;
	if (!id)
		return error_set(error, EINVAL, "%s needs a container ID", invocation->verb);
	invocation->id = id;
	result = check_all(invocation, place, error);
	if (result < 0)
		invocation->id = command_line_check_id(id, NULL) == 0 ? id : NULL;
	if (result == 0 && (place & (PLACE_CREATE | PLACE_RUN | PLACE_RESTORE)))
		result = resolve_bundle(invocation, error);
	return result;
}

bool command_line_asks_for_option(const struct invocation *invocation)
{
	return text_equal(invocation->verb, "restore") && invocation->rest_count == 1 &&
	       strcmp(invocation->rest[0], "--lsm-mount-context") == 0;
}

void invocation_release(struct invocation *invocation)
{
	free(invocation->globals.items);
	free(invocation->options.items);
	free(invocation->bundle);
	*invocation = (struct invocation){0};
}
