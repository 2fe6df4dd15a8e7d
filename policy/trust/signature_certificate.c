/* Signers with a certificate of an authority of their own (cosign's --certificate and
 * --certificate-chain): a path to it, and the identity in the certificate. */
#include <errno.h>

#include "policy/base/cleanup.h"
#include "policy/base/timestamp.h"
#include "policy/trust/leaf.h"
#include "policy/trust/proof.h"
#include "policy/trust/proven_time.h"
#include "policy/trust/signature_check.h"
#include "policy/trust/trusted_root.h"

/* Where the signer has a trusted root, its logs and timestamp authorities tell when; else
 * nobody does, and the certificate has to be valid now. */
static int find_time(const struct signer *signer, const struct signed_material *material, int64_t now,
		     struct proven_time *ret_time, json_t *proof, struct error **error)
{
	*ret_time = (struct proven_time){.earliest = now, .latest = now};
	if (!signer->root)
		return 0;
	struct proven_time time = {0};
	int result = proven_time_find(material, signer->root, now, &time, proof, error);
	if (result == 0 && time.count > 0)
		*ret_time = time;
	return result;
}

static int check(const struct signer *signer, const struct signed_material *material, int64_t now,
		 struct proven_time *ret_time, json_t *proof, struct error **error)
{
	cleanup_certificate X509 *leaf = NULL;
	struct proven_time time = {0};
	if (!signer->authorities)
		return error_set(error, EPERM, "the signer has no authorities");
	int result = leaf_check_signature(material, &leaf, error);
	if (result == 0)
		result = find_time(signer, material, now, &time, proof, error);
	if (result < 0)
		return result;
	struct certificate_path_question question = {
		.set = signer->authorities,
		.leaf = leaf,
		.hints = material->certificates + 1,
		.hint_count = material->certificate_count - 1,
		.time = time.earliest,
		.use = CERTIFICATE_SIGNS_CODE,
	};
	result = certificate_path_check(&question, NULL, error);
	question.time = time.latest;
	if (result == 0 && time.latest != time.earliest)
		result = certificate_path_check(&question, NULL, error);
	if (result == 0)
		result = leaf_check_identity(leaf, signer, error);
	if (result < 0)
		return result;
	*ret_time = time;
	char moment[TIMESTAMP_SIZE];
	timestamp_format(&(struct timespec){.tv_sec = (time_t)time.earliest}, false, moment);
	return proof_add(proof, error, "the signature was made by the key of a certificate for %s, issued by the "
			 "policy's own authority and valid at %s%s", signer->identity, moment, time.count ? "" : ", which is now");
}

int signature_check_certificate(const struct signer *signer, const struct signed_material *material, int64_t now,
				int64_t *ret_signed_at, json_t *proof, struct error **error)
{
	struct proven_time time = {0};
	int result = check(signer, material, now, &time, proof, error);
	if (result == 0)
		*ret_signed_at = time.count ? time.earliest : 0;
	return result < 0 && result != -ENOMEM ? -EPERM : result;
}
