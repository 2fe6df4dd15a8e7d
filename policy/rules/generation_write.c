#include <errno.h>
#include <string.h>

#include "policy/base/cleanup.h"
#include "policy/base/text.h"
#include "policy/document/document.h"
#include "policy/rules/generation.h"
#include "policy/rules/generation_format.h"
#include "policy/rules/generation_table.h"

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

static int append_exceptions(const json_t *exceptions, struct text *index, struct text *records,
			     struct error **error)
{
	size_t count = json_object_size(exceptions);
	cleanup_free const char **keys = sorted_keys(exceptions);
	if (!keys)
		return error_out_of_memory(error);
	if (count > GENERATION_EXCEPTION_LIMIT)
		return error_set(error, EFBIG, "more than %zu digests and signers have an exception",
				 (size_t)GENERATION_EXCEPTION_LIMIT);
	for (size_t i = 0; i < count; i++) {
		uint8_t key[SHA256_SIZE];
		if (generation_digest_parse(keys[i], key) < 0)
			return error_set(error, EINVAL, "\"%s\" is not 64 lower-case hexadecimal digits", keys[i]);
		if (generation_table_append(i, key, json_object_get(exceptions, keys[i]), index, records, error) < 0)
			return error_prefix(error, "the policy's exceptions (for %s)", keys[i]);
	}
	return 0;
}

struct named {
	uint8_t key[SHA256_SIZE];
	const char *name;
};

static int by_key(const void *left, const void *right)
{
	return memcmp(((const struct named *)left)->key, ((const struct named *)right)->key, SHA256_SIZE);
}

/* `trust` may be NULL. */
static int append_trust(const json_t *trust, struct text *index, struct text *records, struct error **error)
{
	size_t count = 0;
	cleanup_free struct named *named = calloc(json_object_size(trust) + 1, sizeof(*named));
	const char *name;
	json_t *record;
	if (!named)
		return error_out_of_memory(error);
	if (json_object_size(trust) > GENERATION_TRUST_LIMIT)
		return error_set(error, EFBIG, "the policy's trust has more than %zu images and signers",
				 (size_t)GENERATION_TRUST_LIMIT);
	json_object_foreach((json_t *)(uintptr_t)trust, name, record)
	{
		sha256(name, strlen(name), named[count].key);
		named[count++].name = name;
	}
	qsort(named, count, sizeof(*named), by_key);
	for (size_t i = 0; i < count; i++)
		if (generation_table_append(i, named[i].key, json_object_get(trust, named[i].name), index, records,
					    error) < 0)
			return error_prefix(error, "the policy's trust settings (%s)", named[i].name);
	return 0;
}

static void make_header(const struct generation_content *content, uint64_t number, const char *base,
			size_t count, size_t records_length, uint8_t header[GENERATION_HEADER])
{
	memset(header, 0, GENERATION_HEADER);
	memcpy(header, GENERATION_MAGIC, sizeof(GENERATION_MAGIC));
	format_put32(header + 8, GENERATION_FORMAT);
	format_put32(header + 12, (uint32_t)json_object_size(content->trust));
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
	cleanup_text struct text trust_index = {0};
	cleanup_text struct text trust_records = {0};
	int result = append_exceptions(content->exceptions, &index, &records, error);
	if (result == 0)
		result = append_trust(content->trust, &trust_index, &trust_records, error);
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
	text_append_bytes(&file, trust_index.data, trust_index.length);
	text_append_bytes(&file, trust_records.data, trust_records.length);
	size_t length = file.length;
	bool failed = index.failed || records.failed || trust_index.failed || trust_records.failed;
	char *data = text_finish(&file);
	if (!data || failed) {
		free(data);
		return error_out_of_memory(error);
	}
	*ret_data = data;
	*ret_length = length;
	return 0;
}
