/* Prints a built-in profile, compiled, as a C file for policy/rules/built_in.h:
 *   compile-profile NAME */
#include <stdio.h>
#include <string.h>

#include "policy/base/cleanup.h"
#include "policy/document/document.h"
#include "policy/rules/base.h"
#include "policy/rules/compile.h"

static int tell(const struct problems *problems)
{
	for (size_t i = 0; i < problems->count; i++)
		(void)fprintf(stderr, "%s\n", problems->items[i].text);
	if (problems->out_of_memory)
		(void)fprintf(stderr, "out of memory\n");
	return 1;
}

/* A C compiler has to take only 4095 bytes of a string, and warns beyond. */
static void print_bytes(const char *name, const char *text)
{
	(void)printf("const char %s[] = {", name);
	for (size_t i = 0; text[i]; i++)
		(void)printf("%s%d,", i % 24 ? "" : "\n\t", text[i]);
	(void)printf("\n\t0,\n};\n\nconst size_t %s_length = %zu;\n", name, strlen(text));
}

int main(int argc, char **argv)
{
	cleanup_problems struct problems problems = {0};
	cleanup_error struct error *error = NULL;
	cleanup_json json_t *checked = NULL;
	struct compiled compiled = {0};
	if (argc != 2) {
		(void)fprintf(stderr, "usage: compile-profile NAME\n");
		return 2;
	}
	compile_profile(argv[1], &problems, &compiled);
	if (!problems_none(&problems))
		return tell(&problems);
	cleanup_free char *text = json_dumps(compiled.base, JSON_COMPACT | JSON_SORT_KEYS);
	if (!text || base_parse(text, strlen(text), NULL, &checked, &error) < 0) {
		(void)fprintf(stderr, "%s: %s\n", argv[1], error_message(error));
		return 1;
	}
	(void)printf("/* Made by compile-profile from profiles/%s.yaml. */\n#include \"policy/rules/built_in.h\"\n\n", argv[1]);
	print_bytes("built_in_restricted", text);
	compiled_release(&compiled);
	return fflush(stdout) == 0 && !ferror(stdout) ? 0 : 1;
}
