/* The low-level functions of libcrypto: EVP's first digest loads a provider, which costs
 * more than the verification. */
#define OPENSSL_SUPPRESS_DEPRECATED
#include "policy/trust/key_algorithm.h"

#include <errno.h>
#include <openssl/sha.h>

#include "policy/base/sha256.h"

_Static_assert(MESSAGE_DIGEST_SIZE == SHA512_DIGEST_LENGTH, "the longest digest");

size_t key_algorithm_digest(const struct key_algorithm *algorithm, enum signature_rules rules, struct bytes message,
			    uint8_t digest[MESSAGE_DIGEST_SIZE])
{
	enum message_digest kind = rules == SIGNATURE_CLASSIC ? MESSAGE_SHA256 : algorithm->bundle_digest;
	if (kind == MESSAGE_SHA256) {
		sha256(message.data, message.size, digest);
		return SHA256_SIZE;
	}
	SHA512_CTX context;
	/* none of them fails; each returns 1 */
	(void)(kind == MESSAGE_SHA384 ? SHA384_Init(&context) : SHA512_Init(&context));
	(void)SHA512_Update(&context, message.data, message.size);
	(void)SHA512_Final(digest, &context); /* as many bytes as the one that was begun has */
	return kind == MESSAGE_SHA384 ? SHA384_DIGEST_LENGTH : SHA512_DIGEST_LENGTH;
}

int key_algorithm_refuse(const struct key_algorithm *algorithm, struct error **error)
{
	return error_set(error, EPERM, "the signature is not one by the %s key", algorithm->name);
}
