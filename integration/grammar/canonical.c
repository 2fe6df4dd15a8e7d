/* canonical runc|crun: reads command lines, one a line, words ended by the byte 0x1f,
 * and prints for each what the backend would get from oci-harden, or "refused" and
 * why. */
#include <stdio.h>
#include <string.h>

#include "policy/base/cleanup.h"
#include "policy/base/text.h"
#include "shim/backend.h"
#include "shim/command_line.h"

enum { MOST_WORDS = 256 };

static enum option_place place_of(const char *verb)
{
	static const struct {
		const char *verb;
		enum option_place place;
	} places[] = {{"create", PLACE_CREATE}, {"run", PLACE_RUN},		  {"exec", PLACE_EXEC},
		      {"update", PLACE_UPDATE}, {"checkpoint", PLACE_CHECKPOINT}, {"restore", PLACE_RESTORE}};
	for (size_t i = 0; i < ARRAY_SIZE(places); i++)
		if (text_equal(places[i].verb, verb))
			return places[i].place;
	return PLACE_GLOBAL;
}

static int rewrite(char **words, enum backend_kind kind, struct invocation *invocation, char ***ret,
		   struct error **error)
{
	int result = command_line_parse_globals(words, invocation, error);
	enum option_place place = place_of(invocation->verb);
	if (result < 0)
		return result;
	invocation->kind = kind;
	result = place == PLACE_GLOBAL ? command_line_check_reading(invocation, kind, error)
				       : command_line_parse_verb(invocation, place, error);
	if (result < 0)
		return result;
	if (place == PLACE_GLOBAL || invocation->help)
		return command_line_pass_through(invocation, backend_kind_name(kind), ret, error);
	return command_line_for_backend(invocation, kind, invocation->bundle ? "bundle" : NULL, invocation->bundle, ret,
					error);
}

static void answer(char *line, enum backend_kind kind)
{
	char *words[MOST_WORDS] = {line};
	size_t count = 1;
	struct invocation invocation = {0};
	cleanup_arguments char **arguments = NULL;
	cleanup_error struct error *error = NULL;
	for (char *end; count + 1 < MOST_WORDS && (end = strchr(line, '\x1f')); line = end + 1) {
		*end = '\0';
		words[count++] = line;
	}
	if (rewrite(words, kind, &invocation, &arguments, &error) < 0)
		printf("refused\x1f%s", error_message(error));
	else
		printf("%s", invocation.help || invocation.version ? "help" : "accepted");
	for (char **argument = arguments ? arguments + 1 : NULL; argument && *argument; argument++)
		printf("\x1f%s", *argument);
	putchar('\n');
	invocation_release(&invocation);
}

int main(int argc, char **argv)
{
	static char line[1 << 16];
	enum backend_kind kind = argc == 2 && strcmp(argv[1], "crun") == 0 ? BACKEND_CRUN : BACKEND_RUNC;
	while (fgets(line, sizeof(line), stdin)) {
		line[strcspn(line, "\n")] = '\0';
		answer(line, kind);
	}
	return 0;
}
