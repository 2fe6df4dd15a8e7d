#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "policy/base/cleanup.h"
#include "policy/base/file.h"
#include "policy/base/text.h"
#include "shim/binding/content.h"

#define RECORD ((size_t)8 << 10) /* bytes */

static const char *file_name(const struct layer *layer)
{
	return layer->chain_id + strlen("sha256:");
}

/* What a record has to be, to the byte. */
static char *make_record(const struct layer *layer, const uint8_t fingerprint[SHA256_SIZE])
{
	struct text text = {0};
	text_append_format(&text, "verified content 1\nchain %s\ndiff %s\nfolder %s\nfingerprint ", layer->chain_id,
			   layer->diff_id, layer->folder);
	for (size_t i = 0; i < SHA256_SIZE; i++)
		text_append_format(&text, "%02x", fingerprint[i]);
	text_append(&text, "\n");
	return text_finish(&text);
}

static int open_cache(const char *cache)
{
	cleanup_store struct store store = STORE_CLOSED;
	return store_open(cache, &store, NULL) < 0 ? -1 : take_descriptor(&store.descriptor);
}

bool content_cache_has(const char *cache, const struct layer *layer, const uint8_t fingerprint[SHA256_SIZE])
{
	cleanup_close int folder = cache ? open_cache(cache) : -1;
	cleanup_free char *wanted = make_record(layer, fingerprint), *found = NULL;
	size_t length = 0;
	if (folder < 0 || !wanted ||
	    file_read_trusted_at(folder, file_name(layer), RECORD, &found, &length, NULL) < 0)
		return false;
	return length == strlen(wanted) && memcmp(found, wanted, length) == 0;
}

static void make_room(int folder)
{
	int copy = fcntl(folder, F_DUPFD_CLOEXEC, 0);
	cleanup_closedir DIR *directory = copy < 0 ? NULL : fdopendir(copy);
	size_t count = 0;
	if (!directory)
		return;
	while (readdir(directory))
		count++;
	if (count < CONTENT_CACHE_RECORDS)
		return;
	rewinddir(directory);
	for (struct dirent *entry; (entry = readdir(directory));)
		(void)unlinkat(folder, entry->d_name, 0);
}

void content_cache_add(const char *cache, const struct layer *layer, const uint8_t fingerprint[SHA256_SIZE])
{
	if (!cache)
		return;
	(void)mkdir(cache, 0700);
	cleanup_close int folder = open_cache(cache);
	cleanup_free char *record = make_record(layer, fingerprint);
	if (folder < 0 || !record)
		return;
	make_room(folder);
	(void)file_replace_at(folder, file_name(layer), record, strlen(record), 0600, false, NULL);
}
