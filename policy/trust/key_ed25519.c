/* Pure Ed25519 and Ed25519ph (RFC 8032, section 5.1). Only EVP has them. */
#include <errno.h>
#include <stdbool.h>

#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/params.h>

#include "policy/trust/key_algorithm.h"

#define KEY_SIZE 32u
#define SIGNATURE_SIZE 64u
/* the name by which libcrypto 3.2 and later choose among the variants of RFC 8032 */
#define VARIANT "instance"

int ed25519_read(const struct key_algorithm *algorithm, struct bytes key, void **ret_handle, struct error **error)
{
	if (key.size != KEY_SIZE)
		return error_set(error, EINVAL, "the %s key does not have %u bytes", algorithm->name, KEY_SIZE);
	*ret_handle = EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL, key.data, key.size);
	ERR_clear_error();
	return *ret_handle ? 0 : error_set(error, EINVAL, "libcrypto does not take the %s key", algorithm->name);
}

/* A libcrypto that does not know the parameter would ignore it and verify pure Ed25519. */
static bool choose_prehashed(EVP_PKEY_CTX *context)
{
	char name[] = "Ed25519ph";
	const OSSL_PARAM chosen[] = {
		OSSL_PARAM_construct_utf8_string(VARIANT, name, 0),
		OSSL_PARAM_construct_end(),
	};
	const OSSL_PARAM *known = EVP_PKEY_CTX_settable_params(context);
	return known && OSSL_PARAM_locate_const(known, VARIANT) && EVP_PKEY_CTX_set_params(context, chosen) == 1;
}

static int verify_in(EVP_MD_CTX *context, const struct key_algorithm *algorithm, EVP_PKEY *key,
		     enum signature_rules rules, struct bytes message, struct bytes signature, struct error **error)
{
	EVP_PKEY_CTX *settings = NULL; /* of the context */
	if (EVP_DigestVerifyInit(context, &settings, NULL, NULL, key) != 1)
		return error_out_of_memory(error);
	if (rules == SIGNATURE_BUNDLE && !choose_prehashed(settings))
		return error_set(error, EPERM,
				 "the signature is Ed25519ph, which the libcrypto of this build cannot verify (3.2 "
				 "and later can); sign with an ECDSA key, or build oci-harden with a newer libcrypto");
	return EVP_DigestVerify(context, signature.data, signature.size, message.data, message.size) == 1
		       ? 0
		       : key_algorithm_refuse(algorithm, error);
}

int ed25519_verify(const struct key_algorithm *algorithm, void *handle, enum signature_rules rules,
		   struct bytes message, struct bytes signature, struct error **error)
{
	if (signature.size != SIGNATURE_SIZE)
		return key_algorithm_refuse(algorithm, error);
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	if (!context)
		return error_out_of_memory(error);
	int result = verify_in(context, algorithm, handle, rules, message, signature, error);
	EVP_MD_CTX_free(context);
	ERR_clear_error();
	return result;
}

void ed25519_release(void *handle)
{
	EVP_PKEY_free(handle);
}
