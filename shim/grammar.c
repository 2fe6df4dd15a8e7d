#include "shim/grammar.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "policy/base/text.h"

const struct option *grammar_find_name(const char *name, size_t length, unsigned place, enum backend_kind kind)
{
	for (size_t i = 0; i < option_count; i++) {
		const struct option *option = &option_table[i];
		if ((option->places & place) && (option->backends & kind) && strlen(option->name) == length &&
		    memcmp(option->name, name, length) == 0)
			return option;
	}
	return NULL;
}

const struct option *grammar_find_letter(char letter, unsigned place, enum backend_kind kind)
{
	for (size_t i = 0; letter && i < option_count; i++) {
		const struct option *option = &option_table[i];
		if ((option->places & place) && (option->backends & kind) && option->letter == letter)
			return option;
	}
	return NULL;
}

int grammar_add(struct given_options *options, struct given_option option, struct error **error)
{
	struct given_option *items = reallocarray(options->items, options->count + 1, sizeof(*items));
	if (!items)
		return error_out_of_memory(error);
	options->items = items;
	items[options->count++] = option;
	return 0;
}

int grammar_unknown(const char *argument, size_t length, const char *verb, struct error **error)
{
	cleanup_text struct text quoted = {0};
	text_append_bytes(&quoted, argument, length);
	return error_set(error, EINVAL,
			 "option \"%.64s\" of %s is not one that oci-harden knows, so what it does to the "
			 "container cannot be judged; leave it out (oci-harden(8) lists the options)",
			 quoted.data ? quoted.data : "", verb);
}
