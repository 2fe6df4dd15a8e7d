/* The flaws that the backend is known to have. Whether it may run at all (its
 * minimum, who owns it, that it is no wrapper) is settled before any control. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "policy/base/text.h"
#include "policy/controls/table.h"
#include "policy/document/document.h"

/* Those of the backend's flaws that the policy does not accept. */
static json_t *flaws_left(const struct facts *facts, const json_t *settings)
{
	json_t *left = json_array();
	size_t index;
	json_t *flaw;
	json_array_foreach(facts->backend_flaws, index, flaw) {
		const char *name = json_string_value(flaw);
		if (name && !setting_list_has(settings, "allow", name) && json_array_append(left, flaw) < 0) {
			json_decref(left);
			return NULL;
		}
	}
	return left;
}

static int assess(const struct container_view *view, const struct facts *facts, const json_t *settings,
		  struct findings *findings, struct error **error)
{
	(void)view, (void)error;
	if (json_array_size(facts->backend_flaws) == 0)
		return 0;
	cleanup_json json_t *left = flaws_left(facts, settings), *backend = NULL;
	cleanup_text struct text names = {0};
	size_t index;
	json_t *flaw;
	json_array_foreach(left, index, flaw)
		text_append_format(&names, "%s%s", index ? ", " : "", json_string_value(flaw));
	if (!left || names.failed)
		return -ENOMEM;
	if (json_array_size(left) == 0)
		return 0;
	backend = json_sprintf("%s %s", facts->backend_name ? facts->backend_name : "?",
			       facts->backend_version ? facts->backend_version : "?");
	return finding_add(findings,
			   (struct finding_spec){
				   .pointer = "/backend",
				   .before = backend,
				   .reference = "CIS 1.2.2",
				   .remedy = json_pack("{s:O}", "add", left),
			   },
			   "has flaws that are known and not fixed in it: %s; upgrade it", names.data);
}

static int check_identifier(const json_t *value, struct error **error)
{
	const char *text = json_string_value(value);
	const char *digits = text && text_starts_with(text, "CVE-") ? text + strlen("CVE-") : "";
	size_t year = strspn(digits, "0123456789");
	size_t number = digits[year] == '-' ? strspn(digits + year + 1, "0123456789") : 0;
	if (year == 4 && number >= 4 && !digits[year + 1 + number])
		return 0;
	return error_set(error, EINVAL, "expected an identifier such as CVE-2024-21626");
}

static const struct policy_key keys[] = {
	{
		.name = "allow",
		.type = KEY_LIST,
		.order = ORDER_FEWER,
		.help = "Flaws that the backend may have, by their CVE identifiers",
		.check = check_identifier,
	},
	{.type = KEY_END},
};

const struct control control_backend = {
	.name = "backend",
	.summary = "Tells, or refuses, a backend with known flaws that its version does not fix",
	.risk = "Overwriting runc on the host, a working directory that leads out, masked paths exchanged while they "
		"are mounted: no configuration stops these, only a backend in which they are fixed. What counts as "
		"fixed is judged by the upstream version and by the distribution's revision.",
	.cis = "1.2.2",
	.nist = "4.4.1",
	.verbs = VERB_CREATE,
	.action = ACTION_AUDIT,
	.owns = (const char *const[]){NULL},
	.keys = keys,
	.assess = assess,
};
