#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "policy/base/cleanup.h"
#include "policy/base/file.h"
#include "policy/base/text.h"
#include "policy/rules/generation.h"
#include "policy/rules/generation_folder.h"

#define NEW_LINK ".active.new"

static int make_directory(const char *path, struct error **error)
{
	if (mkdir(path, 0755) == 0)
		return chmod(path, 0755) < 0 ? error_set_errno(error, errno, "directory \"%s\"", path) : 0;
	return errno == EEXIST ? 0 : error_set_errno(error, errno, "making directory \"%s\"", path);
}

/* The folder, made where it is not there, and locked until it is closed: two who
 * apply at once come one after the other. */
static int open_locked(const char *state_directory, bool make, int *ret_descriptor, struct error **error)
{
	char path[PATH_MAX];
	int printed = snprintf(path, sizeof(path), "%s/" GENERATION_FOLDER, state_directory);
	if (printed < 0 || (size_t)printed >= sizeof(path))
		return error_set(error, ENAMETOOLONG, "the state directory's name is too long");
	int result = make ? make_directory(state_directory, error) : 0;
	if (result == 0 && make)
		result = make_directory(path, error);
	cleanup_close int descriptor = -1;
	if (result == 0)
		result = generation_folder_open(state_directory, &descriptor, error);
	if (result == 0)
		result = file_lock(descriptor, path, error);
	if (result == 0)
		*ret_descriptor = take_descriptor(&descriptor);
	return result;
}

/* `active` → NAME: beside, renamed, on disk. */
static int activate(int at, uint64_t number, struct error **error)
{
	char name[GENERATION_NAME_SIZE];
	generation_name(number, name);
	if (unlinkat(at, NEW_LINK, 0) < 0 && errno != ENOENT)
		return error_set_errno(error, errno, "removing a left-over \"" NEW_LINK "\"");
	if (symlinkat(name, at, NEW_LINK) < 0 || renameat(at, NEW_LINK, at, GENERATION_LINK) < 0) {
		int code = errno;
		(void)unlinkat(at, NEW_LINK, 0);
		return error_set_errno(error, code, "activating generation %" PRIu64, number);
	}
	return fsync(at) < 0 ? error_set_errno(error, errno, "writing the folder of generations to disk") : 0;
}

/* What a writer that was killed left beside: ".17.generation.0123456789abcdef". */
static void remove_left_overs(int at)
{
	cleanup_close int again = openat(at, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	cleanup_closedir DIR *directory = again < 0 ? NULL : fdopendir(again);
	if (!directory)
		return;
	again = -1; /* closed with the directory */
	for (struct dirent *entry; (entry = readdir(directory));)
		if (entry->d_name[0] == '.' && strstr(entry->d_name, ".generation."))
			(void)unlinkat(at, entry->d_name, 0);
}

/* Keeps the newest, and of the older ones none that a rollback had left behind:
 * so the one before in number is always the one that held before. */
static void prune(int at, const uint64_t *numbers, size_t count, uint64_t active, bool had_active)
{
	size_t kept = 1; /* the new one, which is not in `numbers` */
	for (size_t i = count; i > 0; i--) {
		char name[GENERATION_NAME_SIZE];
		bool abandoned = had_active && numbers[i - 1] > active;
		if (!abandoned && kept++ < GENERATIONS_KEPT)
			continue;
		generation_name(numbers[i - 1], name);
		(void)unlinkat(at, name, 0);
	}
}

static int write_checked(int at, uint64_t number, const char *data, size_t length, struct error **error)
{
	char name[GENERATION_NAME_SIZE];
	generation_name(number, name);
	int result = file_replace_at(at, name, data, length, 0444, true, error);
	if (result < 0)
		return result;
	struct generation *generation = NULL;
	result = generation_open_numbered(at, number, &generation, error);
	if (result == 0)
		result = generation_verify(generation, error);
	generation_free(generation);
	if (result == 0)
		result = activate(at, number, error);
	if (result < 0)
		(void)unlinkat(at, name, 0);
	return result;
}

int generation_apply(const char *state_directory, const struct generation_content *content,
		     uint64_t *ret_number, struct error **error)
{
	cleanup_close int at = -1;
	cleanup_free uint64_t *numbers = NULL;
	cleanup_free char *data = NULL;
	size_t count = 0, length = 0;
	uint64_t active = 0;
	int result = open_locked(state_directory, true, &at, error);
	if (result < 0)
		return error_prefix(error, "the policy was not applied");
	remove_left_overs(at);
	result = generation_list(at, &numbers, &count, error);
	bool had_active = generation_active_number(at, &active) == ACTIVE_NAMED;
	uint64_t newest = count ? numbers[count - 1] : 0;
	uint64_t number = (had_active && active > newest ? active : newest) + 1;
	if (result == 0)
		result = generation_write(content, number, &data, &length, error);
	if (result == 0)
		result = write_checked(at, number, data, length, error);
	if (result < 0)
		return error_prefix(error, "the policy was not applied, and what was active still is");
	prune(at, numbers, count, active, had_active);
	*ret_number = number;
	return 0;
}

int generation_rollback(const char *state_directory, uint64_t *ret_number, struct error **error)
{
	cleanup_close int at = -1;
	cleanup_free uint64_t *numbers = NULL;
	size_t count = 0;
	uint64_t active = 0;
	int result = open_locked(state_directory, false, &at, error);
	if (result == -ENOENT)
		return error_set(error, ENOENT, "nothing was applied yet: the built-in profile restricted holds");
	if (result == 0)
		result = generation_list(at, &numbers, &count, error);
	if (result < 0)
		return result;
	bool bounded = generation_active_number(at, &active) == ACTIVE_NAMED;
	for (size_t i = count; i > 0; i--) {
		if (bounded && numbers[i - 1] >= active)
			continue;
		struct generation *generation = NULL;
		bool intact = generation_open_numbered(at, numbers[i - 1], &generation, NULL) == 0 &&
			      generation_verify(generation, NULL) == 0;
		generation_free(generation);
		if (!intact)
			continue;
		result = activate(at, numbers[i - 1], error);
		if (result == 0)
			*ret_number = numbers[i - 1];
		return result;
	}
	return error_set(error, ENOENT, "no older generation is intact; compile one with `hardenctl policy apply`");
}
