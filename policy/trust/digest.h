/* Digests as OCI's image specification writes them (descriptor.md, "Digests"): this
 * verifier knows sha256 alone. */
#ifndef OCI_HARDEN_TRUST_DIGEST_H
#define OCI_HARDEN_TRUST_DIGEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "policy/base/sha256.h"
#include "policy/trust/evidence.h"

/* "sha256:" and 64 lower-case hexadecimal digits, nothing else; NULL is none. */
bool digest_is_valid(const char *text);
/* Puts "sha256:" before 64 such digits; false, and nothing is written, where they are none. */
bool digest_from_digits(const char *digits, char ret_digest[DIGEST_LENGTH + 1]);
/* Of a SHA-256 that is known already; of bytes. */
void digest_write(const uint8_t bytes[SHA256_SIZE], char ret_digest[DIGEST_LENGTH + 1]);
void digest_of(const void *data, size_t size, char ret_digest[DIGEST_LENGTH + 1]);

#endif
