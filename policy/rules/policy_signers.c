#include "policy/base/cleanup.h"
#include "policy/document/document.h"
#include "policy/rules/open_policy.h"
#include "policy/rules/trust_records.h"

/* Left NULL where the policy has no trust section. */
static int read_outline(const struct policy *policy, json_t **ret_outline, struct error **error)
{
	bool has_trust = policy->generation && !json_is_null(json_object_get(policy->base, "trust"));
	return has_trust ? trust_records_outline(policy->generation, ret_outline, error) : 0;
}

int policy_signers(const struct policy *policy, json_t **ret_signers, struct error **error)
{
	cleanup_json json_t *outline = NULL, *signers = json_object();
	size_t index;
	json_t *name;
	if (!signers)
		return error_out_of_memory(error);
	int result = read_outline(policy, &outline, error);
	if (result < 0)
		return result;
	json_array_foreach(json_object_get(outline, "signers"), index, name) {
		json_t *signer = NULL;
		result = trust_records_signer(policy->generation, json_string_value(name), &signer, error);
		if (result < 0)
			return result;
		if (json_object_set_new(signers, json_string_value(name), signer) < 0)
			return error_out_of_memory(error);
	}
	*ret_signers = json_incref(signers);
	return 0;
}

/* The generation has a row of exceptions for each digest, and one for each signer that is wanted. */
int policy_binds_digests(const struct policy *policy, bool *ret_binds, struct error **error)
{
	cleanup_json json_t *outline = NULL;
	int result = read_outline(policy, &outline, error);
	if (result == 0)
		*ret_binds = policy->generation && generation_exception_count(policy->generation) >
							   json_object_size(json_object_get(outline, "wanted"));
	return result;
}
