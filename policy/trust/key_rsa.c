/* PKCS #1 v1.5 (RFC 8017, section 8.2.2) by libcrypto's low-level functions, as
 * key_ecdsa.c. */
#define OPENSSL_SUPPRESS_DEPRECATED
#include <errno.h>

#include <openssl/bn.h>
#include <openssl/err.h>
#include <openssl/objects.h>
#include <openssl/rsa.h>

#include "policy/trust/der.h"
#include "policy/trust/key_algorithm.h"

#define SMALLEST 2048
#define LARGEST 4096
#define SMALLEST_EXPONENT 65537u /* FIPS 186-5, A.1.1: more than 2^16 */
#define EXPONENT_SIZE 4u         /* bytes */

static uint32_t read_exponent(struct bytes exponent)
{
	uint32_t number = 0;
	for (size_t i = 0; i < exponent.size; i++)
		number = number << 8 | exponent.data[i];
	return number;
}

static RSA *make_key(struct bytes modulus, struct bytes exponent)
{
	RSA *made = RSA_new();
	BIGNUM *n = BN_bin2bn(modulus.data, (int)modulus.size, NULL);
	BIGNUM *e = BN_bin2bn(exponent.data, (int)exponent.size, NULL);
	if (made && n && e && RSA_set0_key(made, n, e, NULL) == 1)
		return made;
	BN_free(n);
	BN_free(e);
	RSA_free(made);
	return NULL;
}

int rsa_read(const struct key_algorithm *algorithm, struct bytes key, void **ret_handle, struct error **error)
{
	(void)algorithm;
	struct bytes rest = key, pair = {0}, modulus = {0}, exponent = {0};
	if (!der_take(&rest, DER_SEQUENCE, &pair) || rest.size > 0 || !der_take_positive(&pair, &modulus) ||
	    !der_take_positive(&pair, &exponent) || pair.size > 0)
		return error_set(error, EINVAL, "the RSA key is not a modulus and an exponent in DER");
	if (exponent.size > EXPONENT_SIZE || read_exponent(exponent) < SMALLEST_EXPONENT ||
	    exponent.data[exponent.size - 1] % 2 == 0)
		return error_set(error, EINVAL, "the RSA key's exponent is not an odd number from %u on, of at most 32 bits",
				 SMALLEST_EXPONENT);
	if (modulus.size > LARGEST / 8 || modulus.data[modulus.size - 1] % 2 == 0)
		return error_set(error, EINVAL, "the RSA key has more than %d bits, or is none", LARGEST);
	RSA *handle = make_key(modulus, exponent);
	if (!handle)
		return error_out_of_memory(error);
	int bits = RSA_bits(handle);
	if (bits < SMALLEST) {
		RSA_free(handle);
		return error_set(error, EINVAL, "the RSA key has %d bits; at least %d are needed", bits, SMALLEST);
	}
	*ret_handle = handle;
	return 0;
}

int rsa_verify(const struct key_algorithm *algorithm, void *handle, enum signature_rules rules, struct bytes message,
	       struct bytes signature, struct error **error)
{
	RSA *key = handle;
	uint8_t digest[MESSAGE_DIGEST_SIZE];
	size_t size = key_algorithm_digest(algorithm, rules, message, digest);
	if (signature.size != (size_t)RSA_size(key))
		return error_set(error, EPERM, "the signature is not one by the RSA key: it has another length");
	int verified = RSA_verify(NID_sha256, digest, (unsigned)size, signature.data, (unsigned)signature.size, key);
	ERR_clear_error();
	return verified == 1 ? 0 : key_algorithm_refuse(algorithm, error);
}

void rsa_release(void *handle)
{
	RSA_free(handle);
}
