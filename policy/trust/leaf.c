#include "policy/trust/leaf.h"

#include <errno.h>
#include <string.h>

#include "policy/base/cleanup.h"
#include "policy/trust/certificate_identity.h"
#include "policy/trust/digest.h"
#include "policy/trust/public_key.h"

static int check_signature(X509 *leaf, const struct signed_material *material, struct error **error)
{
	cleanup_public_key struct public_key *key = NULL;
	cleanup_encoding unsigned char *spki = NULL;
	int size = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(leaf), &spki);
	if (size <= 0)
		return error_out_of_memory(error);
	int result = public_key_read((struct bytes){spki, (size_t)size}, &key, error);
	if (result == 0)
		result = public_key_verify(key, material->rules, material->message, material->signature, error);
	return result < 0 ? error_prefix(error, "the key of the signature's certificate") : 0;
}

int leaf_check_signature(const struct signed_material *material, X509 **ret_leaf, struct error **error)
{
	if (material->certificate_count == 0)
		return error_set(error, EPERM, "the signature comes without a certificate: it was made with a bare key");
	cleanup_certificate X509 *leaf = NULL;
	int result = certificate_read_der(&material->certificates[0], "the signature's certificate", &leaf, error);
	if (result == 0)
		result = check_signature(leaf, material, error);
	if (result == 0)
		*ret_leaf = take_pointer(leaf);
	return result;
}

int leaf_check_identity(const X509 *leaf, const struct signer *signer, struct error **error)
{
	cleanup_free char *identity = NULL, *issuer = NULL;
	int result = certificate_identity(leaf, &identity, error);
	if (result < 0)
		return result;
	if (!signer->identity || strcmp(identity, signer->identity) != 0)
		return error_set(error, EPERM, "the certificate was made out to %.200s and not to %s", identity,
				 signer->identity ? signer->identity : "anybody whom the policy names");
	if (!signer->issuer)
		return 0;
	result = certificate_issuer(leaf, &issuer, error);
	if (result < 0)
		return result;
	if (strcmp(issuer, signer->issuer) != 0)
		return error_set(error, EPERM, "the certificate's identity was vouched for by %.200s and not by %s", issuer,
				 signer->issuer);
	return 0;
}

int leaf_key_id(const X509 *leaf, char ret_id[DIGEST_LENGTH + 1], struct error **error)
{
	cleanup_encoding unsigned char *spki = NULL;
	int size = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(leaf), &spki);
	if (size <= 0)
		return error_out_of_memory(error);
	digest_of(spki, (size_t)size, ret_id);
	return 0;
}
