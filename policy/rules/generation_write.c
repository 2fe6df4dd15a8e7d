#include <errno.h>
#include <string.h>

#include "policy/base/cleanup.h"
#include "policy/base/text.h"
#include "policy/document/document.h"
#include "policy/rules/generation.h"
#include "policy/rules/generation_format.h"

static int by_name(const void *left, const void *right)
{
	return strcmp(*(const char *const *)left, *(const char *const *)right);
}

/* The keys of `object` in order; the array is the caller's, the keys are not. */
static const char **sorted_keys(const json_t *object)
{
	size_t count = 0;
	const char **keys = calloc(json_object_size(object) + 1, sizeof(*keys));
	const char *key;
	json_t *value;
	if (!keys)
		return NULL;
	json_object_foreach((json_t *)(uintptr_t)object, key, value)
		keys[count++] = key;
	qsort(keys, count, sizeof(*keys), by_name);
	return keys;
}

static int append_exception(const char *key, const json_t *list, uint64_t place, struct text *index,
			    struct text *records, struct error **error)
{
	uint8_t entry[GENERATION_ENTRY] = {0};
	if (generation_digest_parse(key, entry) < 0)
		return error_set(error, EINVAL, "\"%s\" is not 64 lower-case hexadecimal digits", key);
	cleanup_free char *record = document_dump(list, JSON_COMPACT);
	if (!record)
		return error_out_of_memory(error);
	size_t length = strlen(record);
	if (length > GENERATION_RECORD_LIMIT)
		return error_set(error, EFBIG, "the exceptions for sha256:%s are larger than %zu bytes together", key,
				 (size_t)GENERATION_RECORD_LIMIT);
	format_put64(entry + 32, records->length);
	format_put32(entry + 40, (uint32_t)length);
	sha256(record, length, entry + 48);
	generation_entry_digest(place, entry, entry + GENERATION_ENTRY_CHECKED);
	text_append_bytes(index, (const char *)entry, sizeof(entry));
	text_append_bytes(records, record, length);
	return 0;
}

static int append_exceptions(const json_t *exceptions, struct text *index, struct text *records,
			     struct error **error)
{
	size_t count = json_object_size(exceptions);
	cleanup_free const char **keys = sorted_keys(exceptions);
	if (!keys)
		return error_out_of_memory(error);
	if (count > GENERATION_EXCEPTION_LIMIT)
		return error_set(error, EFBIG, "more than %zu digests have an exception",
				 (size_t)GENERATION_EXCEPTION_LIMIT);
	int result = 0;
	for (size_t i = 0; result == 0 && i < count; i++)
		result = append_exception(keys[i], json_object_get(exceptions, keys[i]), i, index, records, error);
	if (result == 0 && records->length > GENERATION_RECORDS_LIMIT)
		return error_set(error, EFBIG, "the exceptions are larger than %zu bytes",
				 (size_t)GENERATION_RECORDS_LIMIT);
	return result;
}

static void make_header(const struct generation_content *content, uint64_t number, const char *base,
			size_t count, size_t records_length, uint8_t header[GENERATION_HEADER])
{
	memset(header, 0, GENERATION_HEADER);
	memcpy(header, GENERATION_MAGIC, sizeof(GENERATION_MAGIC));
	format_put32(header + 8, GENERATION_FORMAT);
	format_put64(header + 16, number);
	format_put64(header + 24, (uint64_t)content->activated);
	format_put64(header + 32, strlen(base));
	format_put64(header + 40, strlen(content->source));
	format_put64(header + 48, count);
	format_put64(header + 56, records_length);
	sha256(base, strlen(base), header + 64);
	sha256(content->source, strlen(content->source), header + 96);
	sha256(header, GENERATION_HEADER_CHECKED, header + GENERATION_HEADER_CHECKED);
}

int generation_write(const struct generation_content *content, uint64_t number, char **ret_data,
		     size_t *ret_length, struct error **error)
{
	cleanup_free char *base = document_dump(content->base, JSON_COMPACT | JSON_SORT_KEYS);
	if (!base)
		return error_out_of_memory(error);
	if (strlen(base) > GENERATION_BASE_LIMIT || strlen(content->source) > GENERATION_SOURCE_LIMIT)
		return error_set(error, EFBIG, "the compiled policy is larger than %zu bytes",
				 (size_t)GENERATION_BASE_LIMIT);
	cleanup_text struct text index = {0};
	cleanup_text struct text records = {0};
	int result = append_exceptions(content->exceptions, &index, &records, error);
	if (result < 0)
		return result;
	uint8_t header[GENERATION_HEADER];
	make_header(content, number, base, json_object_size(content->exceptions), records.length, header);
	cleanup_text struct text file = {0};
	text_append_bytes(&file, (const char *)header, sizeof(header));
	text_append(&file, base);
	text_append_bytes(&file, index.data, index.length);
	text_append_bytes(&file, records.data, records.length);
	text_append(&file, content->source);
	size_t length = file.length;
	bool failed = index.failed || records.failed;
	char *data = text_finish(&file);
	if (!data || failed) {
		free(data);
		return error_out_of_memory(error);
	}
	*ret_data = data;
	*ret_length = length;
	return 0;
}
