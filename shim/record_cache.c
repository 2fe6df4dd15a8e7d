#include "shim/record_cache.h"

#include <dirent.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "policy/base/cleanup.h"
#include "policy/base/file.h"

static int open_cache(const char *cache)
{
	cleanup_close int folder = -1;
	if (!cache || file_open_directory(cache, &folder, NULL) < 0 || file_check_trusted(folder, cache, NULL) < 0 ||
	    file_check_trusted_parents(cache, NULL) < 0)
		return -1;
	return take_descriptor(&folder);
}

char *cache_read(const char *cache, const char *name)
{
	cleanup_close int folder = open_cache(cache);
	cleanup_free char *record = NULL;
	size_t length = 0;
	if (folder < 0 || file_read_trusted_at(folder, name, CACHE_RECORD_SIZE, &record, &length, NULL) < 0 ||
	    strlen(record) != length)
		return NULL;
	return take_pointer(record);
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
	if (count < CACHE_RECORDS)
		return;
	rewinddir(directory);
	for (struct dirent *entry; (entry = readdir(directory));)
		(void)unlinkat(folder, entry->d_name, 0);
}

void cache_write(const char *cache, const char *name, const char *record)
{
	if (!cache)
		return;
	(void)mkdir(cache, 0700);
	cleanup_close int folder = open_cache(cache);
	if (folder < 0)
		return;
	make_room(folder);
	(void)file_replace_at(folder, name, record, strlen(record), 0600, false, NULL);
}
