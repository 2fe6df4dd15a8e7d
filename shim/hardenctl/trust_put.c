#include "policy/base/cleanup.h"
#include "policy/document/document.h"
#include "policy/rules/policy.h"
#include "shim/hardenctl/trust.h"

int trust_put(const char *store, const struct trust_store_addition *addition, struct error **error)
{
	struct trust_store_addition with_signers = *addition;
	cleanup_policy struct policy *policy = NULL;
	cleanup_json json_t *signers = NULL;
	if (policy_open(STATEDIR, &policy, NULL) == 0 && policy_signers(policy, &signers, NULL) == 0)
		with_signers.signers = signers;
	return trust_store_put(store, &with_signers, error);
}
