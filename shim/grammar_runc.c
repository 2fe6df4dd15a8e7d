#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "policy/base/cleanup.h"
#include "policy/base/text.h"
#include "shim/grammar.h"

/* The name and what stands behind '=' (NULL: nothing) of an option. */
static const char *split_option(const char *argument, size_t *ret_length, const char **ret_value)
{
	const char *name = argument + (argument[1] == '-' ? 2 : 1);
	size_t length = strcspn(name, "=");
	*ret_length = length;
	*ret_value = name[length] == '=' ? name + length + 1 : NULL;
	return name;
}

static const struct option *find_option(const char *name, size_t length, unsigned place)
{
	const struct option *option = grammar_find_name(name, length, place, BACKEND_RUNC);
	return option || length != 1 ? option : grammar_find_letter(name[0], place, BACKEND_RUNC);
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

/* The value of a flag or text option, from behind '=' or the next word. */
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
	if (!given.option)
		return grammar_unknown(argument, (size_t)(name - argument) + length, verb, error);
	given.by_letter = length == 1;
	int result = check_one_form(options, &given, error);
	if (result == 0)
		result = option_value(&given, behind, cursor, error);
	return result == 0 ? grammar_add(options, given, error) : result;
}

static bool is_known_option(const char *word, unsigned place)
{
	const char *behind = NULL;
	size_t length = 0;
	if (!grammar_is_option(word))
		return false;
	const char *name = split_option(word, &length, &behind);
	return find_option(name, length, place) != NULL;
}

/* What the command line library does before it parses: options go to the front, each
 * with the word behind it that might be its value, a flag's as well. So `--no-pivot ID
 * --pid-file F` has its ID before `--pid-file`, which then is a second word to runc.
 * Behind `--` nothing moves. */
static int move_options_to_front(char **words, unsigned place, struct error **error)
{
	size_t count = 0, moved = 0, left = 0;
	while (words[count])
		count++;
	cleanup_free char **rest = calloc(count + 1, sizeof(*rest));
	if (!rest)
		return error_out_of_memory(error);
	bool may_be_value = false;
	char *end = NULL;
	for (size_t i = 0; i < count; i++) {
		bool option = !end && is_known_option(words[i], place);
		if (!end && (option || may_be_value)) {
			may_be_value = option && !strchr(words[i], '=');
			words[moved++] = words[i];
		} else if (!end && strcmp(words[i], "--") == 0) {
			end = words[i];
		} else {
			rest[left++] = words[i];
		}
	}
	if (end)
		words[moved++] = end;
	memcpy(&words[moved], rest, left * sizeof(*rest));
	return 0;
}

int grammar_read_runc(char **words, unsigned place, const char *verb, struct given_options *options,
		      char ***ret_rest, struct error **error)
{
	int result = place & (PLACE_GLOBAL | PLACE_EXEC) ? 0 : move_options_to_front(words, place, error);
	while (result == 0 && *words && grammar_is_option(*words)) {
		if (strcmp(*words, "--") == 0) {
			words++;
			break;
		}
		result = read_option(&words, place, verb, options, error);
	}
	*ret_rest = words;
	return result;
}
