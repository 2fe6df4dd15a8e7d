/* The low-level functions of libcrypto: EVP's first digest loads a provider, which
 * costs a create more than everything that is digested. */
#define OPENSSL_SUPPRESS_DEPRECATED
#include "policy/base/sha256.h"

#include <openssl/sha.h>

#include <stdbool.h>

_Static_assert(SHA256_SIZE == SHA256_DIGEST_LENGTH, "SHA-256 has 32 bytes");
_Static_assert(sizeof(SHA256_CTX) <= sizeof(struct sha256), "libcrypto's state fits");

/* There where the program was linked without this question at its start
 * (shim/processor_features.c). */
void __real_OPENSSL_cpuid_setup(void) __attribute__((weak));

void sha256(const void *data, size_t length, uint8_t digest[SHA256_SIZE])
{
	SHA256_CTX context;
	/* none of them fails; each returns 1 */
	(void)SHA256_Init(&context);
	(void)SHA256_Update(&context, data, length);
	(void)SHA256_Final(digest, &context);
}

void sha256_begin(struct sha256 *sha256)
{
	static bool asked;
	if (!asked && __real_OPENSSL_cpuid_setup)
		__real_OPENSSL_cpuid_setup();
	asked = true;
	(void)SHA256_Init((SHA256_CTX *)sha256->state);
}

void sha256_add(struct sha256 *sha256, const void *data, size_t length)
{
	(void)SHA256_Update((SHA256_CTX *)sha256->state, data, length);
}

void sha256_finish(struct sha256 *sha256, uint8_t digest[SHA256_SIZE])
{
	(void)SHA256_Final(digest, (SHA256_CTX *)sha256->state);
}
