#include "policy/rules/policy.h"

#include <inttypes.h>

#include "policy/base/cleanup.h"
#include "policy/base/text.h"
#include "policy/rules/base.h"
#include "policy/rules/built_in.h"
#include "policy/rules/generation.h"
#include "policy/rules/open_policy.h"

static int open_base(struct policy *policy, const char *text, size_t length, struct error **error)
{
	policy->notes = json_array();
	if (!policy->notes)
		return error_out_of_memory(error);
	return base_parse(text, length, policy->notes, &policy->base, error);
}

static int open_generation(struct policy *policy, struct error **error)
{
	cleanup_free char *text = NULL;
	size_t length = 0;
	int result = generation_base(policy->generation, &text, &length, error);
	if (result == 0)
		result = open_base(policy, text, length, error);
	if (result == 0)
		return 0;
	(void)error_prefix(error, "policy generation %" PRIu64 " cannot be used (go back with `hardenctl policy "
			   "rollback`, or compile it anew with `hardenctl policy apply`)",
			   generation_number(policy->generation));
	return result;
}

int policy_open(const char *state_directory, struct policy **ret_policy, struct error **error)
{
	cleanup_policy struct policy *policy = calloc(1, sizeof(*policy));
	if (!policy)
		return error_out_of_memory(error);
	int result = generation_open_active(state_directory, &policy->generation, error);
	if (result < 0)
		return result;
	if (policy->generation)
		result = open_generation(policy, error);
	else
		result = open_base(policy, built_in_restricted, built_in_restricted_length, error);
	if (result == 0)
		*ret_policy = take_pointer(policy);
	return result;
}

void policy_free(struct policy *policy)
{
	if (!policy)
		return;
	generation_free(policy->generation);
	json_decref(policy->base);
	json_decref(policy->notes);
	free(policy);
}

const json_t *policy_backend(const struct policy *policy)
{
	return json_object_get(policy->base, "backend");
}

/* `trust` of the base or of a scope. */
static bool asks_for_trust(const json_t *trust)
{
	static const char *const flags[] = {"registries", "images", "others", "empty-upper", "require-digest"};
	for (size_t i = 0; i < ARRAY_SIZE(flags); i++)
		if (json_is_true(json_object_get(trust, flags[i])))
			return true;
	return text_equal(json_string_value(json_object_get(trust, "unmatched")), "refuse");
}

bool policy_needs_digest(const struct policy *policy)
{
	size_t index;
	json_t *scope;
	json_array_foreach(json_object_get(policy->base, "scopes"), index, scope)
		if (asks_for_trust(json_object_get(scope, "trust")))
			return true;
	return asks_for_trust(json_object_get(policy->base, "trust")) ||
	       (policy->generation && generation_exception_count(policy->generation) > 0);
}

uint64_t policy_generation(const struct policy *policy)
{
	return policy->generation ? generation_number(policy->generation) : 0;
}

time_t policy_activated(const struct policy *policy)
{
	return policy->generation ? generation_activated(policy->generation) : 0;
}
