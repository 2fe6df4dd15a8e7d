/* Signers with a certificate of an authority of their own (cosign's --certificate and
 * --certificate-chain): a path to it, and the identity in the certificate. The policy pins
 * no log and no timestamp authority for them, so nobody tells when they signed, and the
 * certificate has to be valid now. */
#include <errno.h>

#include "policy/base/cleanup.h"
#include "policy/base/timestamp.h"
#include "policy/trust/leaf.h"
#include "policy/trust/proof.h"
#include "policy/trust/signature_check.h"

static int check(const struct signer *signer, const struct signed_material *material, int64_t now,
		 struct signature_answer *answer, struct error **error)
{
	cleanup_certificates STACK_OF(X509) *path = NULL;
	cleanup_certificate X509 *leaf = NULL;
	if (!signer->authorities)
		return error_set(error, EPERM, "the signer has no authorities");
	int result = leaf_check_signature(material, &leaf, error);
	if (result < 0)
		return result;
	const struct certificate_path_question question = {
		.set = signer->authorities,
		.leaf = leaf,
		.hints = material->certificates + 1,
		.hint_count = material->certificate_count - 1,
		.time = now,
		.use = CERTIFICATE_SIGNS_CODE,
	};
	result = certificate_path_check(&question, &path, error);
	if (result == 0)
		result = leaf_check_identity(leaf, signer, error);
	if (result == 0)
		result = leaf_key_id(leaf, answer->key, error);
	if (result == 0)
		answer->expires = certificate_path_ends(path);
	return result;
}

int signature_check_certificate(const struct signer *signer, const struct signed_material *material, int64_t now,
				struct signature_answer *ret_answer, json_t *proof, struct error **error)
{
	struct signature_answer answer = {0};
	int result = check(signer, material, now, &answer, error);
	if (result < 0)
		return result == -ENOMEM ? result : -EPERM;
	char moment[TIMESTAMP_SIZE];
	timestamp_format(&(struct timespec){.tv_sec = (time_t)answer.expires}, false, moment);
	result = proof_add(proof, error, "the signature was made by the key of a certificate for %s, which the policy's "
			   "own authority issued and which is valid until %s", signer->identity, moment);
	if (result == 0)
		*ret_answer = answer;
	return result;
}
