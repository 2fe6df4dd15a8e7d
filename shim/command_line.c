#include "shim/command_line.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "policy/base/cleanup.h"
#include "policy/base/file.h"
#include "policy/base/text.h"

static const size_t id_limit = 1024; /* runc's own */

static int add_option(struct given_options *options, struct given_option option)
{
	struct given_option *items = reallocarray(options->items, options->count + 1, sizeof(*items));
	if (!items)
		return -ENOMEM;
	options->items = items;
	items[options->count++] = option;
	return 0;
}

static const struct option *find_option(const char *name, size_t length, unsigned place)
{
	for (size_t i = 0; i < option_count; i++) {
		const struct option *option = &option_table[i];
		if (!(option->places & place))
			continue;
		if (strlen(option->name) == length && memcmp(option->name, name, length) == 0)
			return option;
		if (length == 1 && option->letter == name[0] && option->letter)
			return option;
	}
	return NULL;
}

static bool is_option(const char *argument)
{
	return argument[0] == '-' && argument[1] != '\0';
}

/* The name and what stands behind '=' (NULL: nothing) of an argument that
 * is_option(). Go's flag package takes one dash or two. */
static const char *split_option(const char *argument, size_t *ret_length, const char **ret_value)
{
	const char *name = argument + (argument[1] == '-' ? 2 : 1);
	size_t length = strcspn(name, "=");
	*ret_length = length;
	*ret_value = name[length] == '=' ? name + length + 1 : NULL;
	return name;
}

static int check_one_form(const struct given_options *options, const struct given_option *given,
			  struct error **error)
{
	for (size_t i = 0; i < options->count; i++)
		if (options->items[i].option == given->option && options->items[i].by_letter != given->by_letter)
			return error_set(error, EINVAL, "option --%s is given as -%c and as --%s; give one of them",
					 given->option->name, given->option->letter, given->option->name);
	return 0;
}

/* The value of a flag or text option, from behind '=' or the next argument. */
static int option_value(struct given_option *given, const char *behind, char ***cursor, struct error **error)
{
	if (given->option->type == OPTION_FLAG) {
		given->value = behind ? behind : "true";
		if (!text_equal(given->value, "true") && !text_equal(given->value, "false"))
			return error_set(error, EINVAL, "option --%s takes no value but =true or =false",
					 given->option->name);
		return 0;
	}
	given->value = behind;
	if (!behind) {
		if (!**cursor)
			return error_set(error, EINVAL, "option --%s needs an argument", given->option->name);
		given->value = *(*cursor)++;
	}
	return 0;
}

/* Reads the option at **cursor and moves the cursor behind it and its value. */
static int read_option(char ***cursor, unsigned place, const char *verb, struct given_options *options,
		       struct error **error)
{
	const char *argument = *(*cursor)++, *behind = NULL;
	size_t length = 0;
	const char *name = split_option(argument, &length, &behind);
	struct given_option given = {.option = find_option(name, length, place)};
	if (!given.option) {
		cleanup_text struct text quoted = {0};
		text_append_bytes(&quoted, argument, (size_t)(name - argument) + length);
		return error_set(error, EINVAL,
				 "option \"%.64s\" of %s is not one that oci-harden knows, so what it does to the "
				 "container cannot be judged; leave it out (oci-harden(8) lists the options)",
				 quoted.data ? quoted.data : "", verb);
	}
	given.by_letter = length == 1;
	int result = check_one_form(options, &given, error);
	if (result == 0)
		result = option_value(&given, behind, cursor, error);
	if (result == 0 && add_option(options, given) < 0)
		result = error_out_of_memory(error);
	return result;
}

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

int command_line_parse_globals(char **argv, struct invocation *invocation, struct error **error)
{
	char **cursor = argv[0] ? argv + 1 : argv;
	int result = 0;
	while (result == 0 && *cursor && is_option(*cursor)) {
		if (strcmp(*cursor, "--") == 0) {
			cursor++;
			break;
		}
		result = read_option(&cursor, PLACE_GLOBAL, "the command line", &invocation->globals, error);
	}
	/* what was read counts even where the rest cannot be: the refusal goes to the log */
	invocation->log = value_of(&invocation->globals, "log");
	invocation->log_json = text_equal(value_of(&invocation->globals, "log-format"), "json");
	invocation->root = value_of(&invocation->globals, "root");
	invocation->version = text_equal(value_of(&invocation->globals, "version"), "true");
	invocation->help = text_equal(value_of(&invocation->globals, "help"), "true");
	if (result < 0)
		return result;
	/* as in runc, nothing behind these two counts */
	if (*cursor && !invocation->version && !invocation->help)
		invocation->verb = *cursor++;
	invocation->rest = cursor;
	while (cursor[invocation->rest_count])
		invocation->rest_count++;
	return 0;
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
		if (!option->words || !*given->value)
			continue;
		bool known = false;
		for (const char *const *word = option->words; *word; word++)
			known |= strcmp(*word, given->value) == 0;
		if (!known)
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
	bool only_options_first = place == PLACE_EXEC, options_ended = false;
	char **cursor = invocation->rest;
	const char *id = NULL;
	while (*cursor && !(only_options_first && id)) {
		int result = 0;
		if (!options_ended && strcmp(*cursor, "--") == 0) {
			options_ended = true;
			cursor++;
		} else if (!options_ended && is_option(*cursor)) {
			result = read_option(&cursor, place, invocation->verb, &invocation->options, error);
		} else if (id) {
			result = error_set(error, EINVAL, "%s takes one container ID and nothing behind it",
					   invocation->verb);
		} else {
			id = *cursor++;
		}
		if (result < 0)
			return result;
	}
	invocation->rest_count -= (size_t)(cursor - invocation->rest);
	invocation->rest = cursor;
	*ret_id = id;
	return 0;
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
	int result = read_arguments(invocation, place, &id, error);
	if (result < 0)
		return result;
	invocation->help |= invocation_flag(invocation, "help");
	if (invocation->help)
		return 0;
	if (!id)
		return error_set(error, EINVAL, "%s needs a container ID", invocation->verb);
	result = command_line_check_id(id, error);
	if (result < 0)
		return result;
	invocation->id = id;
	result = check_options(&invocation->globals, error);
	if (result == 0)
		result = check_options(&invocation->options, error);
	if (result == 0 && (place == PLACE_CREATE || place == PLACE_RUN))
		result = resolve_bundle(invocation, error);
	return result;
}

void invocation_release(struct invocation *invocation)
{
	free(invocation->globals.items);
	free(invocation->options.items);
	free(invocation->bundle);
	*invocation = (struct invocation){0};
}
