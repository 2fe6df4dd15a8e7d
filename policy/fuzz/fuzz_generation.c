/* A generation's bytes. Nearly every change is caught by a digest, so the digests are
 * made right first: what is left are the reader's own checks of bounds and shapes. */
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "policy/base/file.h"
#include "policy/document/document.h"
#include "policy/rules/generation.h"
#include "policy/rules/generation_format.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The SHA-256 of a part of the file, where that part lies within it. */
static void mend(uint8_t *file, size_t size, uint64_t offset, uint64_t length, uint8_t *digest)
{
	if (offset <= size && length <= size - offset)
		sha256(file + offset, (size_t)length, digest);
}

static void mend_entries(uint8_t *file, size_t size, uint64_t index_at, uint64_t count)
{
	uint64_t records_at = index_at + count * GENERATION_ENTRY;
	for (uint64_t i = 0; i < count && count < 64; i++) {
		uint8_t *entry = file + index_at + i * GENERATION_ENTRY;
		if (index_at + (i + 1) * GENERATION_ENTRY > size)
			return;
		uint64_t offset = format_get64(entry + 32);
		if (offset < size)
			mend(file, size, records_at + offset, format_get32(entry + 40), entry + 48);
		generation_entry_digest(i, entry, entry + GENERATION_ENTRY_CHECKED);
	}
}

static void mend_all(uint8_t *file, size_t size)
{
	if (size < GENERATION_HEADER)
		return;
	uint64_t base = format_get64(file + 32), source = format_get64(file + 40), count = format_get64(file + 48);
	uint64_t records = format_get64(file + 56);
	if (base <= size && source <= size && count <= size && records <= size) {
		uint64_t index_at = GENERATION_HEADER + base;
		mend(file, size, GENERATION_HEADER, base, file + 64);
		mend_entries(file, size, index_at, count);
		uint64_t source_at = index_at + count * GENERATION_ENTRY + records;
		mend(file, size, source_at, source, file + 96);
		mend_entries(file, size, source_at + source, format_get32(file + 12));
	}
	sha256(file, GENERATION_HEADER_CHECKED, file + GENERATION_HEADER_CHECKED);
}

static void read_all(struct generation *generation)
{
	static const char wanted[] = "sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
	json_t *list = NULL;
	struct error *error = NULL;
	(void)generation_verify(generation, &error);
	error_free(error);
	error = NULL;
	if (generation_exceptions(generation, wanted, &list, &error) < 0)
		error_free(error);
	else
		json_decref(list);
	if (generation_exceptions_of_signer(generation, "a", &list, NULL) == 0)
		json_decref(list);
	if (generation_trust(generation, "outline", &list, NULL) == 0)
		json_decref(list);
	for (size_t i = 0; i < generation_exception_count(generation) && i < 4; i++) {
		char *digest = NULL;
		if (generation_exception_at(generation, i, &digest, &list, NULL) < 0)
			continue;
		json_decref(list);
		free(digest);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size == 0)
		return 0;
	uint8_t *file = malloc(size);
	if (!file)
		return 0;
	memcpy(file, data, size);
	mend_all(file, size);
	int descriptor = memfd_create("generation", MFD_CLOEXEC);
	struct generation *generation = NULL;
	if (descriptor < 0 || file_write_all(descriptor, (const char *)file, size) < 0)
		abort();
	if (generation_read(descriptor, &generation, NULL) < 0)
		(void)close(descriptor);
	else
		read_all(generation);
	generation_free(generation);
	free(file);
	return 0;
}
