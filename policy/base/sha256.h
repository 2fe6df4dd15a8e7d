/* SHA-256 (FIPS 180-4). */
#ifndef OCI_HARDEN_BASE_SHA256_H
#define OCI_HARDEN_BASE_SHA256_H

#include <stddef.h>
#include <stdint.h>

#define SHA256_SIZE 32u

void sha256(const void *data, size_t length, uint8_t digest[SHA256_SIZE]);

/* The same piece by piece, for what is too large to be held. Owned by nobody: it may be
 * given up at any time. */
struct sha256 {
	uint64_t state[16];
};

/* The first one of a process also has libcrypto look for the processor's own instructions. */
void sha256_begin(struct sha256 *sha256);
void sha256_add(struct sha256 *sha256, const void *data, size_t length);
void sha256_finish(struct sha256 *sha256, uint8_t digest[SHA256_SIZE]);

#endif
