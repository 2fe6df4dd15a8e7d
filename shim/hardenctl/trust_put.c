#include <stdio.h>

#include "policy/base/cleanup.h"
#include "policy/document/document.h"
#include "policy/rules/policy.h"
#include "shim/hardenctl/trust.h"

int trust_put(const char *store, const struct trust_store_addition *addition, struct error **error)
{
	struct trust_store_addition with_signers = *addition;
	cleanup_policy struct policy *policy = NULL;
	cleanup_json json_t *signers = NULL;
	size_t left_out = 0;
	with_signers.left_out = &left_out;
	if (policy_open(STATEDIR, &policy, NULL) == 0 && policy_signers(policy, &signers, NULL) == 0)
		with_signers.signers = signers;
	int result = trust_store_put(store, &with_signers, error);
	if (result == 0 && left_out)
		(void)fprintf(stderr, "hardenctl: %s has more than the store keeps of an image: left out are %zu blobs that no "
			      "signer of the policy has signed\n", addition->digest, left_out);
	return result;
}
