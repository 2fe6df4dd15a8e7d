/* The generated part of oci-harden-policy(5): one table of keys for each control, so
 * that the manual cannot say anything else than the code does. */
#include <stdio.h>
#include <string.h>

#include "policy/base/cleanup.h"
#include "policy/controls/control.h"
#include "shim/hardenctl/commands.h"
#include "shim/hardenctl/key_text.h"
#include "shim/hardenctl/output.h"

/* roff takes a leading dot or quote for a request and a backslash for an escape. */
static void print_roff(const char *text)
{
	if (*text == '.' || *text == '\'')
		fputs("\\&", stdout);
	for (; *text; text++) {
		if (*text == '\\')
			fputs("\\e", stdout);
		else if (*text == '-')
			fputs("\\-", stdout);
		else
			putchar(*text);
	}
}

static void print_line(const char *text)
{
	print_roff(text);
	putchar('\n');
}

static void print_key(const struct policy_key *key)
{
	cleanup_free char *fallback = key_fallback_text(key);
	fputs(".TP\n.B ", stdout);
	print_line(key->name);
	print_roff(key_type_text(key));
	fputs("; default ", stdout);
	print_roff(fallback ? fallback : "?");
	fputs(".\n", stdout);
	print_roff(key->help);
	fputs(".\n", stdout);
	for (const struct policy_key *field = key->fields; field && field->type != KEY_END; field++) {
		fputs(".br\n", stdout);
		print_roff(field->name);
		fputs(": ", stdout);
		print_roff(key_type_text(field));
		fputs("; ", stdout);
		print_roff(field->help);
		fputs(".\n", stdout);
	}
}

static void print_control(const struct control *control)
{
	fputs(".SS ", stdout);
	print_line(control->name);
	print_line(control->summary);
	fputs(".PP\n", stdout);
	printf("CIS %s; PSS %s; NIST SP 800\\-190 %s.\n", control->cis ? control->cis : "none",
	       control->pss ? control->pss : "none", control->nist ? control->nist : "none");
	printf(".TP\n.B action\nrefuse, rewrite, audit or off; default %s.\n", action_words[control->action]);
	for (const struct policy_key *key = control->keys; key->type != KEY_END; key++)
		print_key(key);
}

int command_reference(int argc, char **argv)
{
	if (argc > 1 && strcmp(argv[1], "--help") == 0) {
		puts("Usage: hardenctl reference\n\n"
		     "Prints the tables of controls and keys in roff, as they stand in oci-harden-policy(5).");
		return EXIT_CLEAN;
	}
	if (argc > 1)
		return output_usage_error("reference", argv[1]);
	for (size_t i = 0; i < control_count; i++)
		print_control(controls[i]);
	return EXIT_CLEAN;
}
