/* A part of a generation with many records, of which a container needs few: an index
 * sorted by key, and behind it the records. Read with pread; the cost grows with the
 * logarithm of their number. Layout: generation_format.h. */
#ifndef OCI_HARDEN_RULES_GENERATION_TABLE_H
#define OCI_HARDEN_RULES_GENERATION_TABLE_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "policy/base/error.h"
#include "policy/base/sha256.h"
#include "policy/base/text.h"

struct generation_table {
	int descriptor; /* borrowed */
	uint64_t index_at, count, records_at, records_length;
	const char *what; /* for messages: "exceptions" */
};

/* The record of `key` as text, checked by its digest; *ret_text is NULL where there is
 * none. -EINVAL where an entry or the record is damaged. The caller frees it. */
int generation_table_find(const struct generation_table *table, const uint8_t key[SHA256_SIZE], char **ret_text,
			  size_t *ret_length, struct error **error);

/* The `place`-th record, in the order of the keys. */
int generation_table_at(const struct generation_table *table, uint64_t place, uint8_t ret_key[SHA256_SIZE],
			char **ret_text, size_t *ret_length, struct error **error);

/* Checks every entry and record by its digest, that keys ascend and that records follow
 * each other without a gap, so that no byte is left that nothing checks. */
int generation_table_verify(const struct generation_table *table, struct error **error);

/* Appends the entry and the record of one key; keys have to come in order. -EFBIG. */
int generation_table_append(uint64_t place, const uint8_t key[SHA256_SIZE], const json_t *record, struct text *index,
			    struct text *records, struct error **error);

/* Of a generation's file, and not of a table alone: `length` bytes at `offset`. */
int generation_read_exactly(int descriptor, void *buffer, size_t length, uint64_t offset, struct error **error);
/* The same, NUL-terminated, and their SHA-256 is `digest`. The caller frees *ret. */
int generation_read_checked(int descriptor, uint64_t offset, uint64_t length, const uint8_t digest[SHA256_SIZE],
			    const char *what, char **ret, struct error **error);
int generation_damaged(struct error **error, const char *what);

#endif
