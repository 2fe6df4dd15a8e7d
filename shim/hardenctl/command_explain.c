#include <stdio.h>
#include <string.h>

#include "policy/base/cleanup.h"
#include "policy/controls/table.h"
#include "policy/rules/order.h"
#include "shim/hardenctl/commands.h"
#include "shim/hardenctl/explain_trust.h"
#include "shim/hardenctl/key_text.h"
#include "shim/hardenctl/output.h"

static void print_key(const struct policy_key *key)
{
	cleanup_free char *fallback = key_fallback_text(key);
	printf("  %s%s%s: %s (default %s)\n", style_on(stdout, STYLE_BOLD), key->name, style_off(stdout),
	       key_type_text(key), fallback ? fallback : "?");
	output_wrapped(key->help, 6);
	for (const struct policy_key *field = key->fields; field && field->type != KEY_END; field++)
		printf("      %s: %s; %s\n", field->name, key_type_text(field), field->help);
}

static void print_reference(const char *label, const char *reference)
{
	if (reference)
		printf("  %-40s %s\n", label, reference);
}

/* What a control makes of a process at its start holds an exec, too. */
static void print_verbs(const struct control *control)
{
	const char *separator = "";
	static const struct {
		enum verb verb;
		const char *name;
	} names[] = {{VERB_CREATE, "create, run"}, {VERB_EXEC, "exec"}, {VERB_UPDATE, "update"},
		     {VERB_CHECKPOINT, "checkpoint"}, {VERB_RESTORE, "restore"}};
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		if (!(control->verbs & names[i].verb))
			continue;
		printf("%s%s", separator, names[i].name);
		separator = ", ";
	}
	puts("");
}

static void print_settings(const struct control *control)
{
	const struct policy_key *keys = control->keys;
	if (control == &control_exec) {
		printf("\nSettings, in a policy, a scope or an exception: {exec: …}\n");
		keys = order_exec_keys;
	} else {
		printf("\nSettings, in a policy below controls: {%s: …}\n", control->name);
		printf("  %saction%s: refuse, rewrite, audit or off (default %s)\n", style_on(stdout, STYLE_BOLD),
		       style_off(stdout), action_words[control->action]);
	}
	for (; keys->type != KEY_END; keys++)
		print_key(keys);
}

static void print_control(const struct control *control)
{
	printf("%s%s%s\n", style_on(stdout, STYLE_BOLD), control->name, style_off(stdout));
	output_wrapped(control->summary, 2);
	printf("\nRisk\n");
	output_wrapped(control->risk, 2);
	printf("\nActs on\n  ");
	print_verbs(control);
	for (const char *const *own = control->owns; *own; own++)
		printf("  %s\n", *own);
	print_settings(control);
	printf("\nReferences\n");
	print_reference("CIS Docker Benchmark 1.6", control->cis);
	print_reference("Kubernetes Pod Security Standards", control->pss);
	print_reference("NIST SP 800-190", control->nist);
}

static int list_controls(void)
{
	for (size_t i = 0; i < control_count; i++) {
		printf("%s%s%s\n", style_on(stdout, STYLE_BOLD), controls[i]->name, style_off(stdout));
		output_wrapped(controls[i]->summary, 4);
	}
	printf("\nhardenctl explain CONTROL says more about one of them, hardenctl explain exec how exec is held,\n"
	       "hardenctl explain trust which images may run.\n");
	return EXIT_CLEAN;
}

int command_explain(int argc, char **argv)
{
	if (argc == 1)
		return list_controls();
	if (strcmp(argv[1], "--help") == 0) {
		puts("Usage: hardenctl explain [CONTROL]\n\n"
		     "Without CONTROL: lists the controls in the order in which they are applied.\n"
		     "exec and trust, the policy's sections, are explained like a control.");
		return EXIT_CLEAN;
	}
	bool is_exec = strcmp(argv[1], control_exec.name) == 0;
	const struct control *control = is_exec ? &control_exec : control_by_name(argv[1]);
	if (argc > 2)
		return output_usage_error("explain", argv[2]);
	if (strcmp(argv[1], "trust") == 0) {
		explain_trust();
		return EXIT_CLEAN;
	}
	if (!control) {
		fprintf(stderr, "hardenctl: explain: there is no control \"%s\"; hardenctl explain lists them\n",
			argv[1]);
		return EXIT_UNABLE;
	}
	print_control(control);
	return EXIT_CLEAN;
}
