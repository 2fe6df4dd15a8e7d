/* The low-level functions of libcrypto: EVP's first digest loads a provider, which
 * costs a create more than everything that is digested. */
#define OPENSSL_SUPPRESS_DEPRECATED
#include "policy/base/sha256.h"

#include <openssl/sha.h>

_Static_assert(SHA256_SIZE == SHA256_DIGEST_LENGTH, "SHA-256 has 32 bytes");

void sha256(const void *data, size_t length, uint8_t digest[SHA256_SIZE])
{
	SHA256_CTX context;
	/* none of them fails; each returns 1 */
	(void)SHA256_Init(&context);
	(void)SHA256_Update(&context, data, length);
	(void)SHA256_Final(digest, &context);
}
