#include "shim/containerd/image_guess.h"

#include <stdio.h>
#include <string.h>

#include "policy/base/cleanup.h"
#include "policy/base/text.h"
#include "policy/trust/digest.h"
#include "shim/record_cache.h"

#define RECORD_SIZE (sizeof("name-") + DIGEST_LENGTH)

/* A namespace has no slash, so that no two have the same text. */
static bool name_record(const struct containerd_question *question, const char *name, char record[RECORD_SIZE])
{
	cleanup_text struct text text = {0};
	char digest[DIGEST_LENGTH + 1];
	if (!name || !question->cache)
		return false;
	text_append_format(&text, "%s/%s", question->namespace, name);
	if (text.failed)
		return false;
	digest_of(text.data, text.length, digest);
	(void)snprintf(record, RECORD_SIZE, "name-%s", digest + strlen("sha256:"));
	return true;
}

bool image_guess_recall(const struct containerd_question *question, const char *name,
		       char ret_digest[DIGEST_LENGTH + 1])
{
	char record[RECORD_SIZE];
	cleanup_free char *digest = name_record(question, name, record) ? cache_read(question->cache, record) : NULL;
	if (!digest_is_valid(digest))
		return false;
	memcpy(ret_digest, digest, DIGEST_LENGTH + 1);
	return true;
}

void image_guess_remember(const struct containerd_question *question, const char *name, const char *digest)
{
	char record[RECORD_SIZE];
	if (digest && name_record(question, name, record))
		cache_write(question->cache, record, digest);
}
