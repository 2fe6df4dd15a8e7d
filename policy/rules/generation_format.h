/* The layout of a generation file; numbers are little-endian.
 *   header   GENERATION_HEADER bytes:
 *     0  magic               8   "OCIHGEN" and a zero
 *     8  format              4   1
 *    12  trust count         4   0 where the policy says nothing of trust: nothing stands behind the source
 *    16  number              8
 *    24  activated           8   seconds since 1970
 *    32  base length         8
 *    40  source length       8
 *    48  exception count     8
 *    56  records length      8
 *    64  SHA-256 of base    32
 *    96  SHA-256 of source  32
 *   128  SHA-256 of bytes 0 to 127
 *   base     JSON
 *   index    of the exceptions: one entry for each key, sorted by it, GENERATION_ENTRY bytes each:
 *     0  key                 32   the image's digest, or the SHA-256 of "signed-by NAME"
 *    32  offset of its record among the records  8
 *    40  length of the record  4
 *    44  zero                4
 *    48  SHA-256 of the record 32
 *    80  SHA-256 of the entry's place (8 bytes) and its bytes 0 to 79
 *   records  JSON arrays, one after the other
 *   source   YAML
 *   trust    an index and records as above, whose keys are the SHA-256 of "outline", "image N"
 *            and "signer NAME" (trust_records.h); records are JSON objects
 * and nothing behind it. */
#ifndef OCI_HARDEN_RULES_GENERATION_FORMAT_H
#define OCI_HARDEN_RULES_GENERATION_FORMAT_H

#include <stdint.h>

#include "policy/base/sha256.h"

#define GENERATION_MAGIC "OCIHGEN"
#define GENERATION_FORMAT 1u
#define GENERATION_HEADER 160u
#define GENERATION_HEADER_CHECKED 128u
#define GENERATION_ENTRY 112u
#define GENERATION_ENTRY_CHECKED 80u

#define GENERATION_BASE_LIMIT ((uint64_t)8 << 20)
#define GENERATION_SOURCE_LIMIT ((uint64_t)16 << 20)
#define GENERATION_EXCEPTION_LIMIT ((uint64_t)100000)
#define GENERATION_TRUST_LIMIT ((uint64_t)20000)
#define GENERATION_RECORD_LIMIT ((uint64_t)1 << 20)
#define GENERATION_RECORDS_LIMIT ((uint64_t)256 << 20)

static inline void format_put32(uint8_t *at, uint32_t value)
{
	for (unsigned i = 0; i < 4; i++)
		at[i] = (uint8_t)(value >> 8 * i);
}

static inline void format_put64(uint8_t *at, uint64_t value)
{
	for (unsigned i = 0; i < 8; i++)
		at[i] = (uint8_t)(value >> 8 * i);
}

static inline uint64_t format_get64(const uint8_t *at)
{
	uint64_t value = 0;
	for (unsigned i = 0; i < 8; i++)
		value |= (uint64_t)at[i] << 8 * i;
	return value;
}

static inline uint32_t format_get32(const uint8_t *at)
{
	uint32_t value = 0;
	for (unsigned i = 0; i < 4; i++)
		value |= (uint32_t)at[i] << 8 * i;
	return value;
}

/* The digest that stands at the end of an index entry. */
void generation_entry_digest(uint64_t place, const uint8_t *entry, uint8_t digest[SHA256_SIZE]);

/* 64 lower-case hexadecimal digits ↔ 32 bytes. -EINVAL. */
int generation_digest_parse(const char *hex, uint8_t digest[SHA256_SIZE]);
void generation_digest_print(const uint8_t digest[SHA256_SIZE], char hex[2 * SHA256_SIZE + 1]);

/* The key of what is bound to this signer. 0 or -ENOMEM. */
int generation_signer_key(const char *name, uint8_t key[SHA256_SIZE]);

#endif
