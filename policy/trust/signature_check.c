#include "policy/trust/signature_check.h"

#include <errno.h>

#include "policy/base/cleanup.h"

static int (*const checks[])(const struct signer *signer, const struct signed_material *material, int64_t now,
			     struct signature_answer *ret_answer, json_t *proof, struct error **error) = {
	[SIGNER_KEY] = signature_check_key,
	[SIGNER_CERTIFICATE] = signature_check_certificate,
	[SIGNER_KEYLESS] = signature_check_keyless,
};

int signature_check(const struct signer *signer, const struct signed_material *material, int64_t now,
		    struct signature_answer *ret_answer, json_t *proof, struct error **error)
{
	size_t kind = (size_t)signer->kind;
	if (kind >= ARRAY_SIZE(checks) || !checks[kind])
		return error_set(error, EPERM, "the signer does not sign in this format");
	struct signature_answer answer = {0};
	int result = checks[kind](signer, material, now, &answer, proof, error);
	if (result == 0)
		result = signer_check_time(signer, answer.signed_at, true, now, &answer.expires, error);
	if (result == 0)
		*ret_answer = answer;
	return result;
}
