#include "shim/hardenctl/output.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "policy/base/cleanup.h"
#include "policy/base/text.h"
#include "policy/document/document.h"
#include "shim/hardenctl/commands.h"

static bool wants_colour(FILE *stream)
{
	const char *none = getenv("NO_COLOR");
	return isatty(fileno(stream)) && !(none && *none);
}

const char *style_on(FILE *stream, enum style style)
{
	static const char *const sequences[] = {
		[STYLE_PLAIN] = "",	    [STYLE_BOLD] = "\033[1m",	[STYLE_RED] = "\033[31m",
		[STYLE_GREEN] = "\033[32m", [STYLE_YELLOW] = "\033[33m", [STYLE_DIM] = "\033[2m",
	};
	return wants_colour(stream) ? sequences[style] : "";
}

const char *style_off(FILE *stream)
{
	return wants_colour(stream) ? "\033[0m" : "";
}

int output_json(const json_t *value)
{
	char *compact = NULL;
	size_t length = 0;
	cleanup_error struct error *error = NULL;
	if (document_print(value, &compact, &length, &error) < 0)
		return output_failure(EXIT_UNABLE, error);
	puts(compact);
	free(compact);
	return EXIT_CLEAN;
}

char *output_value(const json_t *value)
{
	char *text = NULL;
	size_t length = 0;
	if (!value)
		return strdup("(nothing)");
	/* what the decision log has in place of a long value */
	const char *in_log = json_string_value(json_object_get(value, "summary"));
	if (in_log && json_object_size(value) == 1)
		return strdup(in_log);
	if (document_print(value, &text, &length, NULL) < 0)
		return NULL;
	if (length <= 160)
		return text;
	free(text);
	struct text summary = {0};
	if (json_is_array(value))
		text_append_format(&summary, "[… %zu elements]", json_array_size(value));
	else if (json_is_object(value))
		text_append_format(&summary, "{… %zu keys}", json_object_size(value));
	else
		text_append_format(&summary, "(%zu bytes)", length);
	return text_finish(&summary);
}

void output_wrapped(const char *text, int indent)
{
	int column = 0;
	while (*text) {
		size_t word = strcspn(text, " ");
		if (column > 0 && column + 1 + (int)word > 78) {
			putchar('\n');
			column = 0;
		}
		if (column == 0)
			column = printf("%*s%.*s", indent, "", (int)word, text);
		else
			column += printf(" %.*s", (int)word, text);
		text += word;
		text += strspn(text, " ");
	}
	putchar('\n');
}

int output_failure(int status, const struct error *error)
{
	fprintf(stderr, "hardenctl: %s\n", error_message(error));
	return status;
}

int output_usage_error(const char *command, const char *argument)
{
	if (argument)
		fprintf(stderr, "hardenctl: %s: unexpected \"%s\"; see hardenctl %s --help\n", command, argument,
			command);
	else
		fprintf(stderr, "hardenctl: %s: an argument is missing; see hardenctl %s --help\n", command, command);
	return EXIT_UNABLE;
}
