#include <errno.h>
#include <string.h>

#include "shim/grammar.h"

struct reader {
	char **cursor; /* the next word */
	unsigned place;
	const char *verb;
	struct given_options *options;
	bool stopped; /* help or version: nothing behind it counts */
};

/* A whole name, or the start of one and of no other; *ret is NULL where it is neither. */
static int find_long(const char *name, size_t length, unsigned place, const struct option **ret,
		     struct error **error)
{
	const struct option *found = grammar_find_name(name, length, place, BACKEND_CRUN);
	bool whole = found != NULL;
	for (size_t i = 0; i < option_count && !whole && length > 0; i++) {
		const struct option *option = &option_table[i];
		if (!(option->places & place) || !(option->backends & BACKEND_CRUN) ||
		    strncmp(option->name, name, length) != 0)
			continue;
		if (found && strcmp(found->name, option->name) != 0)
			return error_set(error, EINVAL, "option --%.*s may be --%s or --%s; write it in full",
					 (int)length, name, found->name, option->name);
		found = option;
	}
	*ret = found;
	return 0;
}

/* Whatever is not one of these two is on. */
static const char *word_of_flag(const char *value)
{
	return value && (strcmp(value, "false") == 0 || strcmp(value, "no") == 0) ? "false" : "true";
}

static int add(struct reader *reader, const struct option *option, const char *value, struct error **error)
{
	if (option->type == OPTION_FLAG)
		value = word_of_flag(value);
	reader->stopped = strcmp(option->name, "help") == 0 || strcmp(option->name, "usage") == 0 ||
			  strcmp(option->name, "version") == 0;
	return grammar_add(reader->options, (struct given_option){.option = option, .value = value}, error);
}

static int next_word(struct reader *reader, const struct option *option, const char **ret_value,
		     struct error **error)
{
	if (!*reader->cursor)
		return error_set(error, EINVAL, "option --%s needs an argument", option->name);
	*ret_value = *reader->cursor++;
	return 0;
}

static int read_long(struct reader *reader, const char *argument, struct error **error)
{
	const char *name = argument + 2, *value = NULL;
	const struct option *option = NULL;
	size_t length = strcspn(name, "=");
	int result = find_long(name, length, reader->place, &option, error);
	if (result < 0)
		return result;
	if (!option)
		return grammar_unknown(argument, 2 + length, reader->verb, error);
	if (name[length] == '=')
		value = name + length + 1;
	bool flag = option->type == OPTION_FLAG;
	if (value && flag && !option->optional_value)
		return error_set(error, EINVAL, "option --%s takes no value", option->name);
	if (!value && !flag)
		result = next_word(reader, option, &value, error);
	return result == 0 ? add(reader, option, value, error) : result;
}

/* -td is -t -d; what follows the letter of an option with a value is the value. */
static int read_letters(struct reader *reader, const char *argument, struct error **error)
{
	int result = 0;
	for (const char *letter = argument + 1; result == 0 && *letter && !reader->stopped; letter++) {
		const struct option *option = grammar_find_letter(*letter, reader->place, BACKEND_CRUN);
		if (!option)
			return grammar_unknown(argument, strlen(argument), reader->verb, error);
		const char *behind = letter[1] ? letter + 1 : NULL;
		bool flag = option->type == OPTION_FLAG;
		if (flag && !option->optional_value) {
			result = add(reader, option, NULL, error);
			continue;
		}
		if (!flag && !behind)
			result = next_word(reader, option, &behind, error);
		return result == 0 ? add(reader, option, behind, error) : result;
	}
	return result;
}

int grammar_read_crun(char **words, unsigned place, const char *verb, struct given_options *options,
		      char ***ret_rest, struct error **error)
{
	struct reader reader = {.cursor = words, .place = place, .verb = verb, .options = options};
	int result = 0;
	while (result == 0 && !reader.stopped && *reader.cursor && grammar_is_option(*reader.cursor)) {
		const char *argument = *reader.cursor++;
		if (strcmp(argument, "--") == 0)
			break;
		result = argument[1] == '-' ? read_long(&reader, argument, error)
					    : read_letters(&reader, argument, error);
	}
	*ret_rest = reader.cursor;
	return result;
}
