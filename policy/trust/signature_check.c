#include "policy/trust/signature_check.h"

#include <errno.h>

#include "policy/base/cleanup.h"

static int (*const checks[])(const struct signer *signer, const struct signed_material *material, int64_t now,
			     struct signature_time *ret_time, json_t *proof, struct error **error) = {
	[SIGNER_KEY] = signature_check_key,
	[SIGNER_CERTIFICATE] = signature_check_certificate,
	[SIGNER_KEYLESS] = signature_check_keyless,
};

int signature_check(const struct signer *signer, const struct signed_material *material, int64_t now,
		    struct signature_time *ret_time, json_t *proof, struct error **error)
{
	size_t kind = (size_t)signer->kind;
	if (kind >= ARRAY_SIZE(checks) || !checks[kind])
		return error_set(error, EPERM, "the signer does not sign in this format");
	struct signature_time time = {0};
	int result = checks[kind](signer, material, now, &time, proof, error);
	if (result == 0)
		result = signer_check_time(signer, time.signed_at, true, now, &time.expires, error);
	if (result == 0)
		*ret_time = time;
	return result;
}
