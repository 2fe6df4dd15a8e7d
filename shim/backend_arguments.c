/* Writes the command line for the backend anew. Every option stands in the form
 * `--name=value` before the ID, which runc and crun read alike. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "policy/base/cleanup.h"
#include "policy/base/text.h"
#include "shim/command_line.h"

struct arguments {
	char **items; /* NULL-ended */
	size_t count, capacity;
};

void command_line_free(char **argv)
{
	for (char **argument = argv; argument && *argument; argument++)
		free(*argument);
	free(argv);
}

static void release_arguments(const struct arguments *arguments)
{
	command_line_free(arguments->items);
}
#define cleanup_argument_list __attribute__((cleanup(release_arguments)))

/* Takes `argument` over; NULL (out of memory) is -ENOMEM. */
static int add(struct arguments *arguments, char *argument)
{
	cleanup_free char *owned = argument;
	if (!owned)
		return -ENOMEM;
	if (arguments->count + 1 >= arguments->capacity) {
		size_t capacity = arguments->capacity ? arguments->capacity * 2 : 32;
		char **items = reallocarray(arguments->items, capacity, sizeof(*items));
		if (!items)
			return -ENOMEM;
		arguments->items = items;
		arguments->capacity = capacity;
	}
	arguments->items[arguments->count++] = take_pointer(owned);
	arguments->items[arguments->count] = NULL;
	return 0;
}

static int add_copy(struct arguments *arguments, const char *argument)
{
	return add(arguments, strdup(argument));
}

static int add_option(struct arguments *arguments, const char *name, const char *value)
{
	char *argument = NULL;
	if (asprintf(&argument, "--%s=%s", name, value) < 0)
		argument = NULL;
	return add(arguments, argument);
}

static bool overridden(const struct given_options *options, size_t index)
{
	if (options->items[index].option->type == OPTION_LIST)
		return false;
	for (size_t later = index + 1; later < options->count; later++)
		if (options->items[later].option == options->items[index].option)
			return true;
	return false;
}

static int add_given(struct arguments *arguments, const struct given_option *given)
{
	if (given->option->type == OPTION_FLAG) {
		if (strcmp(given->value, "true") != 0)
			return 0;
		char *argument = NULL;
		if (asprintf(&argument, "--%s", given->option->name) < 0)
			argument = NULL;
		return add(arguments, argument);
	}
	/* runc takes an empty text for "not given", crun does not */
	if (given->option->type == OPTION_TEXT && !*given->value)
		return 0;
	return add_option(arguments, given->option->name, given->value);
}

static int add_all(struct arguments *arguments, const struct given_options *options, const char *replaced)
{
	int result = 0;
	for (size_t i = 0; result == 0 && i < options->count; i++)
		if (!overridden(options, i) && !text_equal(options->items[i].option->name, replaced))
			result = add_given(arguments, &options->items[i]);
	return result;
}

static int check_known(const struct given_options *options, enum backend_kind kind, struct error **error)
{
	for (size_t i = 0; i < options->count; i++)
		if (!(options->items[i].option->backends & kind))
			return error_set(error, EINVAL, "the backend %s has no option --%s; leave it out",
					 kind == BACKEND_CRUN ? "crun" : "runc", options->items[i].option->name);
	return 0;
}

static int add_intercepted(struct arguments *arguments, const struct invocation *invocation,
			   const char *replace, const char *replacement)
{
	int result = add_copy(arguments, invocation->verb);
	if (result == 0)
		result = add_all(arguments, &invocation->options, replace);
	if (result == 0 && replace)
		result = add_option(arguments, replace, replacement);
	if (result == 0)
		result = add_copy(arguments, invocation->id);
	for (size_t i = 0; result == 0 && i < invocation->rest_count; i++)
		result = add_copy(arguments, invocation->rest[i]);
	return result;
}

int command_line_for_backend(const struct invocation *invocation, enum backend_kind kind,
			     const char *replace, const char *replacement, char ***ret_argv,
			     struct error **error)
{
	int result = check_known(&invocation->globals, kind, error);
	if (result == 0)
		result = check_known(&invocation->options, kind, error);
	if (result < 0)
		return result;
	cleanup_argument_list struct arguments arguments = {0};
	result = add_copy(&arguments, kind == BACKEND_CRUN ? "crun" : "runc");
	if (result == 0)
		result = add_all(&arguments, &invocation->globals, NULL);
	if (result == 0)
		result = add_intercepted(&arguments, invocation, replace, replacement);
	if (result < 0)
		return error_out_of_memory(error);
	*ret_argv = take_pointer(arguments.items);
	return 0;
}

static int add_passed(struct arguments *arguments, const struct invocation *invocation)
{
	/* runc reads no further than these; neither does what is handed on */
	if (invocation->version)
		return add_copy(arguments, "--version");
	if (invocation->help && !invocation->verb)
		return add_copy(arguments, "--help");
	int result = add_all(arguments, &invocation->globals, "help");
	if (result == 0 && invocation->verb)
		result = add_copy(arguments, invocation->verb);
	if (result == 0 && invocation->help)
		return add_copy(arguments, "--help");
	for (size_t i = 0; result == 0 && i < invocation->rest_count; i++)
		result = add_copy(arguments, invocation->rest[i]);
	return result;
}

int command_line_pass_through(const struct invocation *invocation, const char *name, char ***ret_argv,
			      struct error **error)
{
	cleanup_argument_list struct arguments arguments = {0};
	int result = add_copy(&arguments, name);
	if (result == 0)
		result = add_passed(&arguments, invocation);
	if (result < 0)
		return error_out_of_memory(error);
	*ret_argv = take_pointer(arguments.items);
	return 0;
}
