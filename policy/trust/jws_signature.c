/* RFC 7518, sections 3.4 and 3.5, in the Notary Project's choice: the kind and size of the
 * key tell the algorithm, and `alg` has to be that one. */
#include "policy/trust/jws.h"

#include <errno.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/rsa.h>
#include <string.h>

#include "policy/base/cleanup.h"
#include "policy/base/text.h"
#include "policy/trust/certificate.h"

static const struct algorithm {
	const char *name;
	int key;  /* libcrypto's number */
	int bits; /* of the key */
	const char *curve;
	size_t coordinate_size; /* of ECDSA: bytes of each of the signature's two numbers */
	const EVP_MD *(*digest)(void);
} algorithms[] = {
	{"PS256", EVP_PKEY_RSA, 2048, NULL, 0, EVP_sha256},
	{"PS384", EVP_PKEY_RSA, 3072, NULL, 0, EVP_sha384},
	{"PS512", EVP_PKEY_RSA, 4096, NULL, 0, EVP_sha512},
	{"ES256", EVP_PKEY_EC, 256, "prime256v1", 32, EVP_sha256},
	{"ES384", EVP_PKEY_EC, 384, "secp384r1", 48, EVP_sha384},
	{"ES512", EVP_PKEY_EC, 521, "secp521r1", 66, EVP_sha512},
};

static const struct algorithm *algorithm_of(EVP_PKEY *key)
{
	for (size_t i = 0; i < ARRAY_SIZE(algorithms); i++) {
		const struct algorithm *algorithm = &algorithms[i];
		char curve[32] = "";
		if (EVP_PKEY_get_base_id(key) != algorithm->key || EVP_PKEY_get_bits(key) != algorithm->bits)
			continue;
		if (!algorithm->curve || (EVP_PKEY_get_group_name(key, curve, sizeof(curve), NULL) == 1 &&
					  strcmp(curve, algorithm->curve) == 0))
			return algorithm;
	}
	return NULL;
}

/* Two numbers of a fixed length → what libcrypto reads. */
static int encode_ecdsa(const struct algorithm *algorithm, struct bytes signature, unsigned char **ret_der,
			size_t *ret_size)
{
	int length = (int)algorithm->coordinate_size;
	ECDSA_SIG *pair = ECDSA_SIG_new();
	BIGNUM *r = BN_bin2bn(signature.data, length, NULL);
	BIGNUM *s = BN_bin2bn(signature.data + length, length, NULL);
	if (!pair || !r || !s || ECDSA_SIG_set0(pair, r, s) != 1) {
		BN_free(r);
		BN_free(s);
		ECDSA_SIG_free(pair);
		return -ENOMEM;
	}
	int size = i2d_ECDSA_SIG(pair, ret_der);
	ECDSA_SIG_free(pair);
	*ret_size = (size_t)size;
	return size > 0 ? 0 : -ENOMEM;
}

static void cleanup_context(EVP_MD_CTX **context)
{
	EVP_MD_CTX_free(*context);
}

/* RSASSA-PSS with a salt as long as the digest, MGF1 with the same digest. */
static bool set_padding(const struct algorithm *algorithm, EVP_PKEY_CTX *context)
{
	return algorithm->key != EVP_PKEY_RSA ||
	       (EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PSS_PADDING) == 1 &&
		EVP_PKEY_CTX_set_rsa_pss_saltlen(context, RSA_PSS_SALTLEN_DIGEST) == 1);
}

int jws_verify(const struct jws *jws, EVP_PKEY *key, struct error **error)
{
	const struct algorithm *algorithm = algorithm_of(key);
	if (!algorithm)
		return error_set(error, EPERM, "its certificate's key is none of RSA with 2048, 3072 or 4096 bits and "
					       "ECDSA on P-256, P-384 or P-521");
	if (!text_equal(jws->algorithm, algorithm->name))
		return error_set(error, EPERM, "its alg is not %s, which is the one for its certificate's key",
				 algorithm->name);
	struct bytes signature = jws->signature;
	cleanup_encoding unsigned char *der = NULL;
	if (algorithm->coordinate_size > 0) {
		if (signature.size != 2 * algorithm->coordinate_size)
			return error_set(error, EPERM, "its signature has another length than one by %s", algorithm->name);
		size_t size = 0;
		if (encode_ecdsa(algorithm, signature, &der, &size) < 0)
			return error_out_of_memory(error);
		signature = (struct bytes){der, size};
	}
	EVP_MD_CTX *context __attribute__((cleanup(cleanup_context))) = EVP_MD_CTX_new();
	EVP_PKEY_CTX *of_key = NULL; /* belongs to the context */
	if (!context)
		return error_out_of_memory(error);
	int verified = EVP_DigestVerifyInit(context, &of_key, algorithm->digest(), NULL, key);
	if (verified == 1)
		verified = set_padding(algorithm, of_key);
	if (verified == 1)
		verified = EVP_DigestVerify(context, signature.data, signature.size, jws->input.data, jws->input.size);
	ERR_clear_error();
	return verified == 1 ? 0 : error_set(error, EPERM, "its signature is not by its certificate's key");
}
