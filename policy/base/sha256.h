/* SHA-256 (FIPS 180-4). */
#ifndef OCI_HARDEN_BASE_SHA256_H
#define OCI_HARDEN_BASE_SHA256_H

#include <stddef.h>
#include <stdint.h>

#define SHA256_SIZE 32u

void sha256(const void *data, size_t length, uint8_t digest[SHA256_SIZE]);

#endif
