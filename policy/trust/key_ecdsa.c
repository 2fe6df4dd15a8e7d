/* By libcrypto's low-level functions: loading EVP's provider and decoders would cost more
 * than the verification itself. */
#define OPENSSL_SUPPRESS_DEPRECATED
#include <errno.h>
#include <limits.h>

#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/err.h>

#include "policy/trust/der.h"
#include "policy/trust/key_algorithm.h"

#define UNCOMPRESSED 0x04

/* An uncompressed point (SEC 1, section 2.3.3); that of infinity is a single zero byte. */
int ecdsa_read(const struct key_algorithm *algorithm, struct bytes key, void **ret_handle, struct error **error)
{
	if (key.size == 1 && key.data[0] == 0)
		return error_set(error, EINVAL, "the %s key is the point at infinity, by which anything is signed",
				 algorithm->name);
	if (key.size != 1 + 2 * algorithm->coordinate_size || key.data[0] != UNCOMPRESSED)
		return error_set(error, EINVAL, "the %s key is not an uncompressed point of its curve", algorithm->name);
	EC_KEY *handle = EC_KEY_new_by_curve_name(algorithm->curve);
	if (!handle)
		return error_out_of_memory(error);
	/* refuses what is not on the curve; each of these curves is a group of prime order */
	if (EC_KEY_oct2key(handle, key.data, key.size, NULL) != 1) {
		EC_KEY_free(handle);
		ERR_clear_error();
		return error_set(error, EINVAL, "the %s key is not a point of its curve", algorithm->name);
	}
	*ret_handle = handle;
	return 0;
}

static bool read_signature(struct bytes signature, size_t size, struct bytes *ret_r, struct bytes *ret_s)
{
	struct bytes rest = signature, pair = {0};
	return der_take(&rest, DER_SEQUENCE, &pair) && rest.size == 0 && der_take_positive(&pair, ret_r) &&
	       der_take_positive(&pair, ret_s) && pair.size == 0 && ret_r->size <= size && ret_s->size <= size;
}

static ECDSA_SIG *make_signature(struct bytes r, struct bytes s)
{
	ECDSA_SIG *made = ECDSA_SIG_new();
	BIGNUM *r_number = BN_bin2bn(r.data, (int)r.size, NULL), *s_number = BN_bin2bn(s.data, (int)s.size, NULL);
	if (made && r_number && s_number && ECDSA_SIG_set0(made, r_number, s_number) == 1)
		return made;
	BN_free(r_number);
	BN_free(s_number);
	ECDSA_SIG_free(made);
	return NULL;
}

int ecdsa_verify(const struct key_algorithm *algorithm, void *handle, enum signature_rules rules,
		 struct bytes message, struct bytes signature, struct error **error)
{
	struct bytes r = {0}, s = {0};
	if (!read_signature(signature, algorithm->coordinate_size, &r, &s))
		return error_set(error, EPERM, "the signature is not one of an %s key: it is not two numbers in DER",
				 algorithm->name);
	ECDSA_SIG *made = make_signature(r, s);
	if (!made)
		return error_out_of_memory(error);
	uint8_t digest[MESSAGE_DIGEST_SIZE];
	size_t size = key_algorithm_digest(algorithm, rules, message, digest);
	int verified = ECDSA_do_verify(digest, (int)size, made, handle);
	ECDSA_SIG_free(made);
	ERR_clear_error();
	return verified == 1 ? 0 : key_algorithm_refuse(algorithm, error);
}

void ecdsa_release(void *handle)
{
	EC_KEY_free(handle);
}
