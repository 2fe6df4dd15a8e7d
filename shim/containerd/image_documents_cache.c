#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "policy/base/cleanup.h"
#include "policy/trust/digest.h"
#include "shim/containerd/image_documents.h"
#include "shim/record_cache.h"

/* Another build may read more strictly. */
#define HEAD "documents " VERSION "\n"

/* The folder is in memory, and how long a list is its author says: with all records that
 * there can be, 64 MiB. What is longer is read anew each time. */
#define RECORD_SIZE ((size_t)16 << 10)

#define NAME_SIZE (sizeof("documents-") + DIGEST_LENGTH)

static bool name_record(const char *image, char name[NAME_SIZE])
{
	if (!digest_is_valid(image))
		return false;
	(void)snprintf(name, NAME_SIZE, "documents-%s", image + strlen("sha256:"));
	return true;
}

void image_documents_recall(const char *cache, const char *image, struct image_documents *documents)
{
	char name[NAME_SIZE];
	cleanup_free char *record = name_record(image, name) ? cache_read(cache, name) : NULL;
	if (record && text_starts_with(record, HEAD))
		documents->known = strdup(record + strlen(HEAD));
}

void image_documents_remember(const char *cache, const char *image, const struct image_documents *documents)
{
	char name[NAME_SIZE];
	cleanup_text struct text record = {0};
	if (!documents->anew || documents->lines.length > RECORD_SIZE || !name_record(image, name))
		return;
	text_append_format(&record, HEAD "%s", documents->lines.data ? documents->lines.data : "");
	if (!record.failed)
		cache_write(cache, name, record.data);
}
