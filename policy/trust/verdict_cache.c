#include "policy/trust/verdict_cache.h"

#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "policy/base/cleanup.h"
#include "policy/base/file.h"
#include "policy/base/sha256.h"
#include "policy/base/text.h"

/* The folder is in memory, and what signatures that do not count make a verdict say of them
 * comes from outside: all places together are 64 MiB at most. What is larger is made anew. */
#define ENTRY_SIZE ((size_t)64 << 10)

/* Which place a question has: its digest's first ten bits. */
static void place_of(const char *key, char name[8])
{
	uint8_t digest[SHA256_SIZE];
	_Static_assert(VERDICT_CACHE_PLACES == 1024, "ten bits");
	sha256(key, strlen(key), digest);
	(void)snprintf(name, 8, "%03x", (unsigned)digest[0] << 2 | digest[1] >> 6);
}

/* Of root's alone up to "/", which a shared /run or /tmp would not be. */
static int open_folder(const char *folder)
{
	cleanup_close int descriptor = -1;
	if (file_check_trusted_parents(folder, NULL) < 0 || file_open_directory(folder, &descriptor, NULL) < 0 ||
	    file_check_trusted(descriptor, folder, NULL) < 0)
		return -1;
	return take_descriptor(&descriptor);
}

/* An entry is the length of its key, the key, and the text: another question's entry in the
 * same place is none of ours. */
char *verdict_cache_get(const char *folder, const char *key, size_t *ret_length)
{
	char place[8];
	cleanup_free char *entry = NULL, *head = NULL;
	size_t length = 0;
	cleanup_close int descriptor = open_folder(folder);
	place_of(key, place);
	if (descriptor < 0 || file_read_trusted_at(descriptor, place, ENTRY_SIZE, &entry, &length, NULL) < 0)
		return NULL;
	int start = asprintf(&head, "%zu\n%s\n", strlen(key), key);
	if (start < 0) {
		head = NULL;
		return NULL;
	}
	if (length < (size_t)start || memcmp(entry, head, (size_t)start) != 0)
		return NULL;
	*ret_length = length - (size_t)start;
	memmove(entry, entry + start, *ret_length + 1);
	return take_pointer(entry);
}

void verdict_cache_put(const char *folder, const char *key, const char *text, size_t length)
{
	char place[8];
	cleanup_text struct text entry = {0};
	place_of(key, place);
	(void)mkdir(folder, 0700);
	cleanup_close int descriptor = open_folder(folder);
	text_append_format(&entry, "%zu\n%s\n", strlen(key), key);
	text_append_bytes(&entry, text, length);
	if (descriptor >= 0 && !entry.failed && entry.length <= ENTRY_SIZE)
		(void)file_replace_at(descriptor, place, entry.data, entry.length, 0600, false, NULL);
}
