#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "policy/base/cleanup.h"
#include "policy/base/text.h"
#include "policy/document/document.h"
#include "policy/rules/base.h"
#include "policy/rules/generation.h"
#include "policy/rules/generation_format.h"

struct generation {
	int descriptor;
	uint64_t number;
	int64_t activated;
	uint64_t base_length, source_length, count, records_length;
	uint64_t index_at, records_at, source_at;
	uint8_t base_digest[SHA256_SIZE], source_digest[SHA256_SIZE];
};

static int damaged(struct error **error, const char *what)
{
	return error_set(error, EINVAL, "it is damaged (%s)", what);
}

static int read_exactly(int descriptor, void *buffer, size_t length, uint64_t offset, struct error **error)
{
	char *at = buffer;
	while (length > 0) {
		ssize_t got = pread(descriptor, at, length, (off_t)offset);
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return error_set_errno(error, errno, "it cannot be read");
		if (got == 0)
			return damaged(error, "it ends too early");
		at += got;
		offset += (uint64_t)got;
		length -= (size_t)got;
	}
	return 0;
}

static bool digest_matches(const void *data, size_t length, const uint8_t expected[SHA256_SIZE])
{
	uint8_t digest[SHA256_SIZE];
	sha256(data, length, digest);
	return memcmp(digest, expected, sizeof(digest)) == 0;
}

/* `length` bytes at `offset`, NUL-terminated, whose SHA-256 is `digest`. */
static int read_checked(const struct generation *generation, uint64_t offset, uint64_t length,
			const uint8_t digest[SHA256_SIZE], const char *what, char **ret, struct error **error)
{
	cleanup_free char *data = malloc((size_t)length + 1);
	if (!data)
		return error_out_of_memory(error);
	int result = read_exactly(generation->descriptor, data, (size_t)length, offset, error);
	if (result < 0)
		return result;
	data[length] = '\0';
	if (!digest_matches(data, (size_t)length, digest))
		return damaged(error, what);
	*ret = take_pointer(data);
	return 0;
}

static int read_header(const uint8_t *header, struct generation *generation, struct error **error)
{
	if (memcmp(header, GENERATION_MAGIC, sizeof(GENERATION_MAGIC)) != 0)
		return damaged(error, "it is not a generation");
	if (!digest_matches(header, GENERATION_HEADER_CHECKED, header + GENERATION_HEADER_CHECKED))
		return damaged(error, "its header");
	if (format_get32(header + 8) != GENERATION_FORMAT || format_get32(header + 12) != 0)
		return error_set(error, EINVAL, "it has format %u, and this build reads format %u",
				 format_get32(header + 8), GENERATION_FORMAT);
	generation->number = format_get64(header + 16);
	generation->activated = (int64_t)format_get64(header + 24);
	generation->base_length = format_get64(header + 32);
	generation->source_length = format_get64(header + 40);
	generation->count = format_get64(header + 48);
	generation->records_length = format_get64(header + 56);
	memcpy(generation->base_digest, header + 64, SHA256_SIZE);
	memcpy(generation->source_digest, header + 96, SHA256_SIZE);
	if (generation->base_length > GENERATION_BASE_LIMIT || generation->source_length > GENERATION_SOURCE_LIMIT ||
	    generation->count > GENERATION_EXCEPTION_LIMIT || generation->records_length > GENERATION_RECORDS_LIMIT)
		return damaged(error, "its header's lengths");
	generation->index_at = GENERATION_HEADER + generation->base_length;
	generation->records_at = generation->index_at + generation->count * GENERATION_ENTRY;
	generation->source_at = generation->records_at + generation->records_length;
	return 0;
}

int generation_read(int descriptor, struct generation **ret_generation, struct error **error)
{
	struct generation made = {.descriptor = -1};
	uint8_t header[GENERATION_HEADER];
	struct stat status;
	int result = read_exactly(descriptor, header, sizeof(header), 0, error);
	if (result == 0)
		result = read_header(header, &made, error);
	if (result < 0)
		return result;
	if (fstat(descriptor, &status) < 0)
		return error_set_errno(error, errno, "it cannot be read");
	if (status.st_size < 0 || (uint64_t)status.st_size != made.source_at + made.source_length)
		return damaged(error, "its size");
	struct generation *generation = malloc(sizeof(*generation));
	if (!generation)
		return error_out_of_memory(error);
	*generation = made;
	generation->descriptor = descriptor;
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
	return (size_t)generation->count;
}

int generation_base(const struct generation *generation, char **ret_text, size_t *ret_length,
		    struct error **error)
{
	int result = read_checked(generation, GENERATION_HEADER, generation->base_length, generation->base_digest,
				  "its compiled policy", ret_text, error);
	if (result == 0)
		*ret_length = (size_t)generation->base_length;
	return result;
}

int generation_source(const struct generation *generation, char **ret_text, size_t *ret_length,
		      struct error **error)
{
	int result = read_checked(generation, generation->source_at, generation->source_length,
				  generation->source_digest, "its copy of the source", ret_text, error);
	if (result == 0)
		*ret_length = (size_t)generation->source_length;
	return result;
}

static int read_entry(const struct generation *generation, uint64_t place, uint8_t entry[GENERATION_ENTRY],
		      struct error **error)
{
	uint8_t digest[SHA256_SIZE];
	int result = read_exactly(generation->descriptor, entry, GENERATION_ENTRY,
				  generation->index_at + place * GENERATION_ENTRY, error);
	if (result < 0)
		return result;
	generation_entry_digest(place, entry, digest);
	if (memcmp(digest, entry + GENERATION_ENTRY_CHECKED, sizeof(digest)) != 0)
		return damaged(error, "its index of exceptions");
	return 0;
}

static int read_record(const struct generation *generation, const uint8_t entry[GENERATION_ENTRY], json_t **ret,
		       struct error **error)
{
	uint64_t offset = format_get64(entry + 32), length = format_get32(entry + 40);
	if (length > GENERATION_RECORD_LIMIT || offset > generation->records_length ||
	    length > generation->records_length - offset || format_get32(entry + 44) != 0)
		return damaged(error, "its index of exceptions");
	cleanup_free char *text = NULL;
	int result = read_checked(generation, generation->records_at + offset, length, entry + 48, "an exception",
				  &text, error);
	if (result < 0)
		return result;
	cleanup_json json_t *list = NULL;
	if (document_parse(text, (size_t)length, DOCUMENT_LIST, &list, NULL) < 0)
		return damaged(error, "an exception");
	for (size_t i = 0; result == 0 && i < json_array_size(list); i++)
		result = exception_check(json_array_get(list, i), error);
	if (result == 0)
		*ret = take_pointer(list);
	return result;
}

int generation_exceptions(const struct generation *generation, const char *image_digest, json_t **ret,
			  struct error **error)
{
	uint8_t wanted[SHA256_SIZE], entry[GENERATION_ENTRY];
	if (!text_starts_with(image_digest, "sha256:") ||
	    generation_digest_parse(image_digest + strlen("sha256:"), wanted) < 0)
		return error_set(error, EINVAL, "\"%s\" is not sha256: and 64 lower-case hexadecimal digits",
				 image_digest);
	uint64_t first = 0, end = generation->count;
	while (first < end) {
		uint64_t middle = first + (end - first) / 2;
		int result = read_entry(generation, middle, entry, error);
		if (result < 0)
			return result;
		int order = memcmp(wanted, entry, sizeof(wanted));
		if (order == 0)
			return read_record(generation, entry, ret, error);
		if (order < 0)
			end = middle;
		else
			first = middle + 1;
	}
	*ret = NULL;
	return 0;
}

int generation_exception_at(const struct generation *generation, size_t place, char **ret_digest,
			    json_t **ret_exceptions, struct error **error)
{
	uint8_t entry[GENERATION_ENTRY];
	char hex[2 * SHA256_SIZE + 1];
	cleanup_free char *digest = NULL;
	if (place >= generation->count)
		return error_set(error, EINVAL, "it has only %zu exceptions", (size_t)generation->count);
	int result = read_entry(generation, place, entry, error);
	if (result < 0)
		return result;
	generation_digest_print(entry, hex);
	if (asprintf(&digest, "sha256:%s", hex) < 0) {
		digest = NULL;
		return error_out_of_memory(error);
	}
	result = read_record(generation, entry, ret_exceptions, error);
	if (result == 0)
		*ret_digest = take_pointer(digest);
	return result;
}

/* Entry by entry: in order, and records that follow each other without a gap, so
 * that no byte is left that nothing checks. */
static int verify_exceptions(const struct generation *generation, struct error **error)
{
	uint8_t entry[GENERATION_ENTRY], before[SHA256_SIZE] = {0};
	uint64_t expected = 0;
	for (uint64_t i = 0; i < generation->count; i++) {
		cleanup_json json_t *list = NULL;
		int result = read_entry(generation, i, entry, error);
		if (result == 0)
			result = read_record(generation, entry, &list, error);
		if (result < 0)
			return result;
		if ((i > 0 && memcmp(before, entry, sizeof(before)) >= 0) || format_get64(entry + 32) != expected)
			return damaged(error, "its index of exceptions");
		memcpy(before, entry, sizeof(before));
		expected += format_get32(entry + 40);
	}
	return expected == generation->records_length ? 0 : damaged(error, "its exceptions");
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
	return result;
}
