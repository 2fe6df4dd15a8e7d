#include "policy/trust/evidence.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "policy/trust/digest.h"

static size_t total(const struct evidence *evidence)
{
	size_t size = 0;
	for (size_t i = 0; i < evidence->count; i++)
		size += evidence->blobs[i].size;
	return size;
}

int evidence_add(struct evidence *evidence, const char *digest, uint8_t *data, size_t size)
{
	if (!digest_is_valid(digest))
		return -EINVAL;
	if (evidence_find(evidence, digest)) {
		free(data);
		return 0;
	}
	if (evidence->count >= EVIDENCE_BLOBS || size > EVIDENCE_BLOB_SIZE || total(evidence) + size > EVIDENCE_SIZE)
		return -E2BIG;
	struct blob *larger = reallocarray(evidence->blobs, evidence->count + 1, sizeof(*larger));
	if (!larger)
		return -ENOMEM;
	evidence->blobs = larger;
	struct blob *blob = &larger[evidence->count++];
	memcpy(blob->digest, digest, sizeof(blob->digest));
	blob->data = data;
	blob->size = size;
	return 0;
}

size_t evidence_verify(struct evidence *evidence)
{
	size_t kept = 0;
	for (size_t i = 0; i < evidence->count; i++) {
		struct blob *blob = &evidence->blobs[i];
		char digest[DIGEST_LENGTH + 1];
		digest_of(blob->data, blob->size, digest);
		if (strcmp(digest, blob->digest) == 0)
			evidence->blobs[kept++] = *blob;
		else
			free(blob->data);
	}
	size_t removed = evidence->count - kept;
	evidence->count = kept;
	return removed;
}

const struct blob *evidence_find(const struct evidence *evidence, const char *digest)
{
	for (size_t i = 0; digest && i < evidence->count; i++)
		if (strcmp(evidence->blobs[i].digest, digest) == 0)
			return &evidence->blobs[i];
	return NULL;
}

static int by_digest(const void *left, const void *right)
{
	return strcmp(((const struct blob *)left)->digest, ((const struct blob *)right)->digest);
}

void evidence_sort(struct evidence *evidence)
{
	if (evidence->count)
		qsort(evidence->blobs, evidence->count, sizeof(*evidence->blobs), by_digest);
}

void evidence_release(struct evidence *evidence)
{
	for (size_t i = 0; i < evidence->count; i++)
		free(evidence->blobs[i].data);
	free(evidence->blobs);
	*evidence = (struct evidence){0};
}
