#include "policy/rules/generation_table.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "policy/base/cleanup.h"
#include "policy/document/document.h"
#include "policy/rules/generation_format.h"

int generation_damaged(struct error **error, const char *what)
{
	return error_set(error, EINVAL, "it is damaged (%s)", what);
}

int generation_read_exactly(int descriptor, void *buffer, size_t length, uint64_t offset, struct error **error)
{
	char *at = buffer;
	while (length > 0) {
		ssize_t got = pread(descriptor, at, length, (off_t)offset);
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return error_set_errno(error, errno, "it cannot be read");
		if (got == 0)
			return generation_damaged(error, "it ends too early");
		at += got;
		offset += (uint64_t)got;
		length -= (size_t)got;
	}
	return 0;
}

int generation_read_checked(int descriptor, uint64_t offset, uint64_t length, const uint8_t digest[SHA256_SIZE],
			    const char *what, char **ret, struct error **error)
{
	uint8_t found[SHA256_SIZE];
	cleanup_free char *data = malloc((size_t)length + 1);
	if (!data)
		return error_out_of_memory(error);
	int result = generation_read_exactly(descriptor, data, (size_t)length, offset, error);
	if (result < 0)
		return result;
	data[length] = '\0';
	sha256(data, (size_t)length, found);
	if (memcmp(found, digest, sizeof(found)) != 0)
		return generation_damaged(error, what);
	*ret = take_pointer(data);
	return 0;
}

static int read_entry(const struct generation_table *table, uint64_t place, uint8_t entry[GENERATION_ENTRY],
		      struct error **error)
{
	uint8_t digest[SHA256_SIZE];
	int result = generation_read_exactly(table->descriptor, entry, GENERATION_ENTRY,
					     table->index_at + place * GENERATION_ENTRY, error);
	if (result < 0)
		return result;
	generation_entry_digest(place, entry, digest);
	if (memcmp(digest, entry + GENERATION_ENTRY_CHECKED, sizeof(digest)) != 0)
		return generation_damaged(error, table->what);
	return 0;
}

static int read_record(const struct generation_table *table, const uint8_t entry[GENERATION_ENTRY], char **ret_text,
		       size_t *ret_length, struct error **error)
{
	uint64_t offset = format_get64(entry + 32), length = format_get32(entry + 40);
	if (length > GENERATION_RECORD_LIMIT || offset > table->records_length ||
	    length > table->records_length - offset || format_get32(entry + 44) != 0)
		return generation_damaged(error, table->what);
	int result = generation_read_checked(table->descriptor, table->records_at + offset, length, entry + 48,
					     table->what, ret_text, error);
	if (result == 0)
		*ret_length = (size_t)length;
	return result;
}

int generation_table_find(const struct generation_table *table, const uint8_t key[SHA256_SIZE], char **ret_text,
			  size_t *ret_length, struct error **error)
{
	uint8_t entry[GENERATION_ENTRY];
	uint64_t first = 0, end = table->count;
	while (first < end) {
		uint64_t middle = first + (end - first) / 2;
		int result = read_entry(table, middle, entry, error);
		if (result < 0)
			return result;
		int order = memcmp(key, entry, SHA256_SIZE);
		if (order == 0)
			return read_record(table, entry, ret_text, ret_length, error);
		if (order < 0)
			end = middle;
		else
			first = middle + 1;
	}
	*ret_text = NULL;
	return 0;
}

int generation_table_at(const struct generation_table *table, uint64_t place, uint8_t ret_key[SHA256_SIZE],
			char **ret_text, size_t *ret_length, struct error **error)
{
	uint8_t entry[GENERATION_ENTRY];
	if (place >= table->count)
		return error_set(error, EINVAL, "it has only %zu records of its %s", (size_t)table->count, table->what);
	int result = read_entry(table, place, entry, error);
	if (result == 0)
		result = read_record(table, entry, ret_text, ret_length, error);
	if (result == 0)
		memcpy(ret_key, entry, SHA256_SIZE);
	return result;
}

int generation_table_verify(const struct generation_table *table, struct error **error)
{
	uint8_t entry[GENERATION_ENTRY], before[SHA256_SIZE] = {0};
	uint64_t expected = 0;
	for (uint64_t i = 0; i < table->count; i++) {
		cleanup_free char *text = NULL;
		size_t length = 0;
		int result = read_entry(table, i, entry, error);
		if (result == 0)
			result = read_record(table, entry, &text, &length, error);
		if (result < 0)
			return result;
		if ((i > 0 && memcmp(before, entry, sizeof(before)) >= 0) || format_get64(entry + 32) != expected)
			return generation_damaged(error, table->what);
		memcpy(before, entry, sizeof(before));
		expected += length;
	}
	return expected == table->records_length ? 0 : generation_damaged(error, table->what);
}

int generation_table_append(uint64_t place, const uint8_t key[SHA256_SIZE], const json_t *record, struct text *index,
			    struct text *records, struct error **error)
{
	uint8_t entry[GENERATION_ENTRY] = {0};
	cleanup_free char *text = document_dump(record, JSON_COMPACT | JSON_SORT_KEYS);
	if (!text)
		return error_out_of_memory(error);
	size_t length = strlen(text);
	if (length > GENERATION_RECORD_LIMIT)
		return error_set(error, EFBIG, "what belongs together is larger than %zu bytes",
				 (size_t)GENERATION_RECORD_LIMIT);
	memcpy(entry, key, SHA256_SIZE);
	format_put64(entry + 32, records->length);
	format_put32(entry + 40, (uint32_t)length);
	sha256(text, length, entry + 48);
	generation_entry_digest(place, entry, entry + GENERATION_ENTRY_CHECKED);
	text_append_bytes(index, (const char *)entry, sizeof(entry));
	text_append_bytes(records, text, length);
	return records->length > GENERATION_RECORDS_LIMIT
		       ? error_set(error, EFBIG, "they are larger than %zu bytes", (size_t)GENERATION_RECORDS_LIMIT)
		       : 0;
}
