#include "shim/hardenctl/exception_signers.h"

#include "policy/document/document.h"
#include "policy/rules/policy.h"
#include "policy/trust/reference.h"
#include "shim/hardenctl/yaml_text.h"

/* All of them who count, as the policy writes it: a list would be satisfied by any one. */
static json_t *signed_by_all(const json_t *names, const json_t *one_hand)
{
	cleanup_json json_t *hands = policy_hands(names, names, one_hand);
	size_t count = json_array_size(hands);
	return count == 1 ? json_incref(json_array_get(hands, 0))
			  : json_pack("{s:I, s:O}", "at-least", (json_int_t)count, "of", hands);
}

/* The repository of the image's name, which those name that have signed it; "" where nobody
 * names it. */
static void find_repository(const json_t *decision, const json_t *names, struct text *pattern)
{
	const char *image = json_string_value(json_object_get(decision, "image"));
	cleanup_reference struct reference name = {0};
	text_append(pattern, "");
	if (json_array_size(names) > 0 && image && reference_parse(image, &name, NULL) == 0)
		text_append_format(pattern, "%s/%s", name.registry, name.repository);
}

void exception_append_signers(struct text *stanza, const json_t *decision)
{
	const json_t *trust = json_object_get(decision, "trust"), *named = json_object_get(trust, "named-by");
	const json_t *signers = json_object_get(trust, "signers");
	cleanup_text struct text pattern = {0};
	find_repository(decision, named, &pattern);
	bool of_repository = pattern.length > 0;
	if (!json_is_array(named) || json_array_size(signers) == 0)
		return;
	cleanup_json json_t *bound = json_pack("{s:o}", "signed-by",
					       signed_by_all(of_repository ? named : signers,
							     json_object_get(trust, "one-hand")));
	if (!bound) {
		stanza->failed = true;
		return;
	}
	if (of_repository)
		(void)json_object_set_new(bound, "image", json_string(pattern.data));
	text_append(stanza, of_repository ? "    # Or for every release of it that is signed as this one is:\n    # for: "
					  : "    # Or for every image at all that is signed as this one is, since no signature\n"
					    "    # of it names its repository:\n    # for: ");
	yaml_append(stanza, bound);
	text_append(stanza, "\n");
}
