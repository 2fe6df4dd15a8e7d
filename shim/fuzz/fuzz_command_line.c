/* A command line from a stranger: what is accepted is written for the backend so
 * that it reads the same again, and a verb that passes through stays that verb. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "policy/base/cleanup.h"
#include "policy/base/text.h"
#include "shim/command_line.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { MOST_WORDS = 64 };

static void check(bool holds)
{
	if (!holds)
		abort();
}

static enum option_place place_of(const char *verb)
{
	static const char *const verbs[] = {"create", "run", "exec", "update", "checkpoint", "restore"};
	static const enum option_place places[] = {PLACE_CREATE, PLACE_RUN,	   PLACE_EXEC,
						   PLACE_UPDATE, PLACE_CHECKPOINT, PLACE_RESTORE};
	for (size_t i = 0; i < ARRAY_SIZE(verbs); i++)
		if (text_equal(verbs[i], verb))
			return places[i];
	return PLACE_GLOBAL;
}

/* Words are ended by a newline. */
static void split(char *line, char *words[MOST_WORDS])
{
	static char name[] = "oci-harden";
	size_t count = 0;
	words[count++] = name;
	for (char *word = NULL; count + 1 < MOST_WORDS && (word = strsep(&line, "\n"));)
		words[count++] = word;
	words[count] = NULL;
}

static void check_same(char **left, char **right)
{
	for (; *left && *right; left++, right++)
		check(strcmp(*left, *right) == 0);
	check(!*left && !*right);
}

/* What the backend gets, read as a command line. */
static char **canonical_of(struct invocation *invocation)
{
	cleanup_error struct error *error = NULL;
	char **arguments = NULL;
	const char *replace = invocation->bundle ? "bundle" : NULL;
	int result = command_line_for_backend(invocation, invocation->kind, replace, invocation->bundle, &arguments,
					      &error);
	check((result == 0) == (arguments != NULL) && (result < 0) == (error != NULL));
	return arguments;
}

static void check_intercepted(struct invocation *invocation, enum option_place place)
{
	cleanup_arguments char **once = canonical_of(invocation);
	if (!once)
		return;
	struct invocation again = {0};
	check(command_line_parse_globals(once, &again, NULL) == 0);
	again.kind = invocation->kind;
	check(text_equal(again.verb, invocation->verb) && text_equal(again.root, invocation->root));
	check(command_line_parse_verb(&again, place, NULL) == 0);
	check(text_equal(again.id, invocation->id) && text_equal(again.bundle, invocation->bundle));
	cleanup_arguments char **twice = canonical_of(&again);
	check(twice != NULL);
	check_same(once, twice);
	invocation_release(&again);
}

static void check_passed(const struct invocation *invocation)
{
	cleanup_arguments char **passed = NULL;
	struct invocation again = {0};
	check(command_line_pass_through(invocation, "runc", &passed, NULL) == 0);
	check(command_line_parse_globals(passed, &again, NULL) == 0);
	/* a word like a verb that starts with a dash is no verb of any table */
	if (!invocation->verb || invocation->verb[0] != '-')
		check(text_equal(again.verb, invocation->verb) || again.version || again.help);
	invocation_release(&again);
}

static void try(const char *text, enum backend_kind kind)
{
	cleanup_free char *line = strdup(text);
	char *words[MOST_WORDS];
	struct invocation invocation = {0};
	cleanup_error struct error *error = NULL;
	if (!line)
		return;
	split(line, words);
	int result = command_line_parse_globals(words, &invocation, &error);
	check((result < 0) == (error != NULL));
	enum option_place place = place_of(invocation.verb);
	if (result == 0 && place == PLACE_GLOBAL && (!invocation.verb || invocation.verb[0] != '-'))
		check_passed(&invocation);
	else if (result == 0 && place != PLACE_GLOBAL) {
		invocation.kind = kind;
		result = command_line_parse_verb(&invocation, place, &error);
		check((result < 0) == (error != NULL));
		if (result == 0 && !invocation.help)
			check_intercepted(&invocation, place);
	}
	invocation_release(&invocation);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	cleanup_free char *text = strndup((const char *)data, size);
	if (!text)
		return 0;
	try(text, BACKEND_RUNC);
	try(text, BACKEND_CRUN);
	return 0;
}
