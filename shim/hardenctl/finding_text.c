#include "shim/hardenctl/finding_text.h"

#include <stdio.h>
#include <string.h>

#include "policy/base/cleanup.h"
#include "shim/hardenctl/output.h"

static enum style style_of(const char *outcome)
{
	static const struct {
		const char *outcome;
		enum style style;
	} styles[] = {{"refused", STYLE_RED}, {"rewritten", STYLE_GREEN}, {"audited", STYLE_YELLOW}};
	for (size_t i = 0; i < ARRAY_SIZE(styles); i++)
		if (strcmp(outcome, styles[i].outcome) == 0)
			return styles[i].style;
	return STYLE_DIM;
}

static const char *text_of(const json_t *finding, const char *key)
{
	const char *text = json_string_value(json_object_get(finding, key));
	return text ? text : "";
}

static void print_side(const char *sign, enum style style, const json_t *value)
{
	cleanup_free char *text = output_value(value);
	printf("  %s%s %s%s\n", style_on(stdout, style), sign, text ? text : "?", style_off(stdout));
}

void finding_text_print(const json_t *finding)
{
	const char *outcome = text_of(finding, "outcome"), *reference = text_of(finding, "reference");
	printf("%s%s%s %s (%s%s%s)\n", style_on(stdout, style_of(outcome)), outcome, style_off(stdout),
	       text_of(finding, "pointer"), text_of(finding, "control"), *reference ? ", " : "", reference);
	output_wrapped(text_of(finding, "why"), 2);
	const json_t *before = json_object_get(finding, "before"), *after = json_object_get(finding, "after");
	if (before && !json_is_null(before))
		print_side("-", STYLE_RED, before);
	if (after && !json_is_null(after))
		print_side("+", STYLE_GREEN, after);
}
