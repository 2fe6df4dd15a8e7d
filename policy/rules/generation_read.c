#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "policy/base/cleanup.h"
#include "policy/base/text.h"
#include "policy/document/document.h"
#include "policy/rules/base.h"
#include "policy/rules/generation.h"
#include "policy/rules/generation_format.h"
#include "policy/rules/generation_table.h"
#include "policy/rules/trust_records.h"

struct generation {
	int descriptor;
	uint64_t number;
	int64_t activated;
	uint64_t base_length, source_length, source_at;
	struct generation_table exceptions, trust;
	uint8_t base_digest[SHA256_SIZE], source_digest[SHA256_SIZE];
};

static bool digest_matches(const void *data, size_t length, const uint8_t expected[SHA256_SIZE])
{
	uint8_t digest[SHA256_SIZE];
	sha256(data, length, digest);
	return memcmp(digest, expected, sizeof(digest)) == 0;
}

static int read_header(const uint8_t *header, struct generation *generation, struct error **error)
{
	if (memcmp(header, GENERATION_MAGIC, sizeof(GENERATION_MAGIC)) != 0)
		return generation_damaged(error, "it is not a generation");
	if (!digest_matches(header, GENERATION_HEADER_CHECKED, header + GENERATION_HEADER_CHECKED))
		return generation_damaged(error, "its header");
	if (format_get32(header + 8) != GENERATION_FORMAT)
		return error_set(error, EINVAL, "it has format %u, and this build reads format %u",
				 format_get32(header + 8), GENERATION_FORMAT);
	struct generation_table *exceptions = &generation->exceptions, *trust = &generation->trust;
	generation->number = format_get64(header + 16);
	generation->activated = (int64_t)format_get64(header + 24);
	generation->base_length = format_get64(header + 32);
	generation->source_length = format_get64(header + 40);
	exceptions->count = format_get64(header + 48);
	exceptions->records_length = format_get64(header + 56);
	trust->count = format_get32(header + 12);
	memcpy(generation->base_digest, header + 64, SHA256_SIZE);
	memcpy(generation->source_digest, header + 96, SHA256_SIZE);
	if (generation->base_length > GENERATION_BASE_LIMIT || generation->source_length > GENERATION_SOURCE_LIMIT ||
	    exceptions->count > GENERATION_EXCEPTION_LIMIT || exceptions->records_length > GENERATION_RECORDS_LIMIT ||
	    trust->count > GENERATION_TRUST_LIMIT)
		return generation_damaged(error, "its header's lengths");
	exceptions->index_at = GENERATION_HEADER + generation->base_length;
	exceptions->records_at = exceptions->index_at + exceptions->count * GENERATION_ENTRY;
	generation->source_at = exceptions->records_at + exceptions->records_length;
	trust->index_at = generation->source_at + generation->source_length;
	trust->records_at = trust->index_at + trust->count * GENERATION_ENTRY;
	return 0;
}

/* The trust records reach to the file's end. */
static int measure(int descriptor, struct generation *generation, struct error **error)
{
	struct stat status;
	struct generation_table *trust = &generation->trust;
	if (fstat(descriptor, &status) < 0)
		return error_set_errno(error, errno, "it cannot be read");
	uint64_t size = status.st_size < 0 ? 0 : (uint64_t)status.st_size;
	if (size < trust->records_at || (trust->count == 0 && size != trust->records_at) ||
	    size - trust->records_at > GENERATION_RECORDS_LIMIT)
		return generation_damaged(error, "its size");
	trust->records_length = size - trust->records_at;
	return 0;
}

int generation_read(int descriptor, struct generation **ret_generation, struct error **error)
{
	struct generation made = {
		.descriptor = descriptor,
		.exceptions = {.descriptor = descriptor, .what = "its exceptions"},
		.trust = {.descriptor = descriptor, .what = "its trust settings"},
	};
	uint8_t header[GENERATION_HEADER];
	int result = generation_read_exactly(descriptor, header, sizeof(header), 0, error);
	if (result == 0)
		result = read_header(header, &made, error);
	if (result == 0)
		result = measure(descriptor, &made, error);
	if (result < 0)
		return result;
	struct generation *generation = malloc(sizeof(*generation));
	if (!generation)
		return error_out_of_memory(error);
	*generation = made;
	*ret_generation = generation;
	return 0;
}

void generation_free(struct generation *generation)
{
	if (!generation)
		return;
	(void)close(generation->descriptor);
	free(generation);
}

uint64_t generation_number(const struct generation *generation)
{
	return generation->number;
}

time_t generation_activated(const struct generation *generation)
{
	return generation->activated;
}

size_t generation_exception_count(const struct generation *generation)
{
	return (size_t)generation->exceptions.count;
}

int generation_base(const struct generation *generation, char **ret_text, size_t *ret_length,
		    struct error **error)
{
	int result = generation_read_checked(generation->descriptor, GENERATION_HEADER, generation->base_length,
					     generation->base_digest, "its compiled policy", ret_text, error);
	if (result == 0)
		*ret_length = (size_t)generation->base_length;
	return result;
}

int generation_source(const struct generation *generation, char **ret_text, size_t *ret_length,
		      struct error **error)
{
	int result = generation_read_checked(generation->descriptor, generation->source_at, generation->source_length,
					     generation->source_digest, "its copy of the source", ret_text, error);
	if (result == 0)
		*ret_length = (size_t)generation->source_length;
	return result;
}

/* A record of the exceptions' table as a list that is checked. */
static int parse_exceptions(const char *text, size_t length, json_t **ret, struct error **error)
{
	cleanup_json json_t *list = NULL;
	if (document_parse(text, length, DOCUMENT_LIST, &list, NULL) < 0)
		return generation_damaged(error, "an exception");
	int result = 0;
	for (size_t i = 0; result == 0 && i < json_array_size(list); i++)
		result = exception_check(json_array_get(list, i), error);
	if (result == 0)
		*ret = take_pointer(list);
	return result;
}

static int find_exceptions(const struct generation *generation, const uint8_t key[SHA256_SIZE], json_t **ret,
			   struct error **error)
{
	cleanup_free char *text = NULL;
	size_t length = 0;
	int result = generation_table_find(&generation->exceptions, key, &text, &length, error);
	if (result < 0)
		return result;
	if (text)
		return parse_exceptions(text, length, ret, error);
	*ret = NULL;
	return 0;
}

int generation_exceptions(const struct generation *generation, const char *image_digest, json_t **ret,
			  struct error **error)
{
	uint8_t key[SHA256_SIZE];
	if (!text_starts_with(image_digest, "sha256:") ||
	    generation_digest_parse(image_digest + strlen("sha256:"), key) < 0)
		return error_set(error, EINVAL, "\"%s\" is not sha256: and 64 lower-case hexadecimal digits",
				 image_digest);
	return find_exceptions(generation, key, ret, error);
}

int generation_exceptions_of_signer(const struct generation *generation, const char *name, json_t **ret,
				    struct error **error)
{
	uint8_t key[SHA256_SIZE];
	int result = generation_signer_key(name, key);
	return result < 0 ? error_out_of_memory(error) : find_exceptions(generation, key, ret, error);
}

int generation_exception_at(const struct generation *generation, size_t place, char **ret_digest,
			    json_t **ret_exceptions, struct error **error)
{
	uint8_t key[SHA256_SIZE];
	char hex[2 * SHA256_SIZE + 1];
	cleanup_free char *digest = NULL, *text = NULL;
	size_t length = 0;
	int result = generation_table_at(&generation->exceptions, place, key, &text, &length, error);
	if (result < 0)
		return result;
	generation_digest_print(key, hex);
	if (asprintf(&digest, "sha256:%s", hex) < 0) {
		digest = NULL;
		return error_out_of_memory(error);
	}
	result = parse_exceptions(text, length, ret_exceptions, error);
	if (result == 0)
		*ret_digest = take_pointer(digest);
	return result;
}

int generation_trust(const struct generation *generation, const char *name, json_t **ret_record, struct error **error)
{
	uint8_t key[SHA256_SIZE];
	cleanup_free char *text = NULL;
	size_t length = 0;
	sha256(name, strlen(name), key);
	int result = generation_table_find(&generation->trust, key, &text, &length, error);
	if (result < 0)
		return result;
	if (!text || document_parse(text, length, DOCUMENT_PLAIN, ret_record, NULL) < 0)
		return generation_damaged(error, generation->trust.what);
	return 0;
}

/* Each part by its digests first, then by its shape. */
static int verify_exceptions(const struct generation *generation, struct error **error)
{
	int result = generation_table_verify(&generation->exceptions, error);
	for (size_t i = 0; result == 0 && i < generation_exception_count(generation); i++) {
		cleanup_free char *digest = NULL;
		cleanup_json json_t *list = NULL;
		result = generation_exception_at(generation, i, &digest, &list, error);
	}
	return result;
}

static int verify_trust(const struct generation *generation, struct error **error)
{
	if (generation->trust.count == 0)
		return 0;
	int result = generation_table_verify(&generation->trust, error);
	if (result == 0)
		result = trust_records_verify(generation, (size_t)generation->trust.count, error);
	return result;
}

int generation_verify(const struct generation *generation, struct error **error)
{
	cleanup_free char *base_text = NULL;
	cleanup_free char *source = NULL;
	cleanup_json json_t *base = NULL;
	size_t length = 0, source_length = 0;
	int result = generation_base(generation, &base_text, &length, error);
	if (result == 0)
		result = base_parse(base_text, length, NULL, &base, error);
	if (result == 0)
		result = generation_source(generation, &source, &source_length, error);
	if (result == 0)
		result = verify_exceptions(generation, error);
	if (result == 0)
		result = verify_trust(generation, error);
	return result;
}
