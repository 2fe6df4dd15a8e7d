#include <stdio.h>
#include <string.h>

#include "policy/base/cleanup.h"
#include "policy/document/document.h"
#include "shim/hardenctl/commands.h"
#include "shim/hardenctl/decision_reader.h"
#include "shim/hardenctl/finding_text.h"
#include "shim/hardenctl/output.h"

static const char *text_of(const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));
	return text ? text : "-";
}

static void print_texts(const char *label, const json_t *texts)
{
	size_t index;
	json_t *text;
	json_array_foreach(texts, index, text)
		printf("%-11s %s\n", index == 0 ? label : "", json_string_value(text));
}

static void print_decision(const json_t *decision)
{
	printf("decision    %s, %s\n", text_of(decision, "id"), text_of(decision, "time"));
	printf("container   %s (%s), image %s\n", text_of(decision, "name"), text_of(decision, "container"),
	       text_of(decision, "image"));
	printf("engine      %s, namespace %s, backend %s\n", text_of(decision, "engine"),
	       text_of(decision, "namespace"), text_of(decision, "backend"));
	printf("verb        %s\n", text_of(decision, "verb"));
	printf("verdict     %s%s%s\n", style_on(stdout, STYLE_BOLD), text_of(decision, "verdict"), style_off(stdout));
	printf("policy      generation %" JSON_INTEGER_FORMAT ", mode %s\n",
	       json_integer_value(json_object_get(decision, "generation")), text_of(decision, "mode"));
	print_texts("applied", json_object_get(decision, "applied"));
	print_texts("notes", json_object_get(decision, "notes"));
	if (json_is_string(json_object_get(decision, "error")))
		printf("error       %s\n", text_of(decision, "error"));
	if (strcmp(text_of(decision, "verdict"), "audited") == 0)
		puts("\nAudit mode: nothing was changed or refused. This is what enforcing would do:");
	size_t index;
	json_t *finding;
	json_array_foreach(json_object_get(decision, "findings"), index, finding)
	{
		putchar('\n');
		finding_text_print(finding);
	}
}

int command_why(int argc, char **argv)
{
	bool json = false;
	const char *key = NULL;
	for (int i = 1; i < argc; i++) {
		if (strcmp(argv[i], "--help") == 0) {
			puts("Usage: hardenctl why [--json] ID|CONTAINER\n\n"
			     "Prints the newest decision with that id (a prefix will do) or start of that container\n"
			     "(id, a prefix of it, or name): each change with before, after and reason.");
			return EXIT_CLEAN;
		}
		if (strcmp(argv[i], "--json") == 0)
			json = true;
		else if (argv[i][0] == '-' || key)
			return output_usage_error("why", argv[i]);
		else
			key = argv[i];
	}
	if (!key)
		return output_usage_error("why", NULL);
	cleanup_error struct error *error = NULL;
	cleanup_json json_t *decision = NULL;
	if (decision_find(key, &decision, &error) < 0)
		return output_failure(EXIT_UNABLE, error);
	if (json)
		return output_json(decision);
	print_decision(decision);
	return EXIT_CLEAN;
}
