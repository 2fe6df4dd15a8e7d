#include "policy/rules/generation_folder.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "policy/base/cleanup.h"
#include "policy/base/file.h"
#include "policy/base/number.h"
#include "policy/base/text.h"

#define SUFFIX ".generation"

void generation_name(uint64_t number, char name[GENERATION_NAME_SIZE])
{
	(void)snprintf(name, GENERATION_NAME_SIZE, "%" PRIu64 SUFFIX, number);
}

int generation_name_parse(const char *name, uint64_t *ret_number)
{
	char digits[GENERATION_NAME_SIZE] = "", again[GENERATION_NAME_SIZE];
	size_t length = strlen(name);
	uint64_t number = 0;
	if (length >= sizeof(digits) || !text_ends_with(name, SUFFIX))
		return -EINVAL;
	memcpy(digits, name, length - strlen(SUFFIX));
	if (number_parse_uint64(digits, &number) < 0)
		return -EINVAL;
	generation_name(number, again);
	if (strcmp(name, again) != 0)
		return -EINVAL;
	*ret_number = number;
	return 0;
}

static int ascending(const void *left, const void *right)
{
	uint64_t a = *(const uint64_t *)left, b = *(const uint64_t *)right;
	return (a > b) - (a < b);
}

int generation_list(int at, uint64_t **ret_numbers, size_t *ret_count, struct error **error)
{
	cleanup_close int again = openat(at, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	cleanup_closedir DIR *directory = again < 0 ? NULL : fdopendir(again);
	if (!directory)
		return error_set_errno(error, errno, "the folder of generations");
	again = -1; /* closed with the directory */
	cleanup_free uint64_t *numbers = NULL;
	size_t count = 0;
	errno = 0;
	for (struct dirent *entry; (entry = readdir(directory)); errno = 0) {
		uint64_t number = 0;
		if (generation_name_parse(entry->d_name, &number) < 0)
			continue;
		uint64_t *larger = reallocarray(numbers, count + 1, sizeof(*numbers));
		if (!larger)
			return error_out_of_memory(error);
		numbers = larger;
		numbers[count++] = number;
	}
	if (errno)
		return error_set_errno(error, errno, "the folder of generations");
	if (count)
		qsort(numbers, count, sizeof(*numbers), ascending);
	*ret_numbers = take_pointer(numbers);
	*ret_count = count;
	return 0;
}

enum active generation_active_number(int at, uint64_t *ret_number)
{
	char target[GENERATION_NAME_SIZE];
	ssize_t length = readlinkat(at, GENERATION_LINK, target, sizeof(target) - 1);
	if (length < 0)
		return errno == ENOENT ? ACTIVE_MISSING : ACTIVE_INVALID;
	target[length] = '\0';
	return generation_name_parse(target, ret_number) < 0 ? ACTIVE_INVALID : ACTIVE_NAMED;
}

/* Before anything was applied the folder, or one above it, is not there. Only that
 * may be taken for "never applied". */
int generation_folder_open(const char *state_directory, int *ret_descriptor, struct error **error)
{
	char path[PATH_MAX];
	int printed = snprintf(path, sizeof(path), "%s/" GENERATION_FOLDER, state_directory);
	if (printed < 0 || (size_t)printed >= sizeof(path))
		return error_set(error, ENAMETOOLONG, "the state directory's name is too long");
	cleanup_close int descriptor = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (descriptor < 0 && errno == ENOENT)
		return error_set(error, ENOENT, "\"%s\" is not there", path);
	if (descriptor < 0)
		return error_set(error, errno, "\"%s\" is not a directory that can be opened", path);
	int result = file_check_trusted(descriptor, path, error);
	if (result == 0)
		result = file_check_trusted_parents(path, error);
	if (result == 0)
		*ret_descriptor = take_descriptor(&descriptor);
	return result;
}

int generation_open_numbered(int at, uint64_t number, struct generation **ret_generation, struct error **error)
{
	char name[GENERATION_NAME_SIZE];
	generation_name(number, name);
	cleanup_close int descriptor = -1;
	int result = file_open_at(at, name, &descriptor, error);
	if (result == -ENOENT)
		return error_set(error, ENOENT, "it is missing");
	if (result == -EACCES)
		return error_set(error, EACCES, "it may not be read");
	if (result == 0)
		result = file_check_trusted(descriptor, name, error);
	struct generation *generation = NULL;
	if (result == 0)
		result = generation_read(descriptor, &generation, error);
	if (result < 0)
		return result;
	(void)take_descriptor(&descriptor);
	if (generation_number(generation) != number) {
		result = error_set(error, EINVAL, "it is damaged (it says that it is generation %" PRIu64 ")",
				   generation_number(generation));
		generation_free(generation);
		return result;
	}
	*ret_generation = generation;
	return 0;
}

#define WAY_OUT \
	"go back with `hardenctl policy rollback`, or compile the policy anew with `hardenctl policy apply`"

/* No `active`: nothing was ever applied, or what was applied has lost it. */
static int open_without_link(int at, struct generation **ret_generation, struct error **error)
{
	cleanup_free uint64_t *numbers = NULL;
	size_t count = 0;
	int result = generation_list(at, &numbers, &count, error);
	if (result < 0)
		return result;
	if (count)
		return error_set(error, ENOENT,
				 "no policy is active, although one was applied: the link \"" GENERATION_LINK
				 "\" is missing; " WAY_OUT);
	*ret_generation = NULL;
	return 0;
}

int generation_open_active(const char *state_directory, struct generation **ret_generation,
			   struct error **error)
{
	cleanup_close int at = -1;
	cleanup_error struct error *why = NULL;
	uint64_t number = 0;
	int result = generation_folder_open(state_directory, &at, &why);
	if (result == -ENOENT) {
		*ret_generation = NULL;
		return 0;
	}
	if (result < 0)
		return error_set(error, -result, "the policy cannot be trusted: %s", error_message(why));
	switch (generation_active_number(at, &number)) {
	case ACTIVE_MISSING:
		return open_without_link(at, ret_generation, error);
	case ACTIVE_INVALID:
		return error_set(error, EINVAL, "the link \"%s/" GENERATION_FOLDER "/" GENERATION_LINK
				 "\" does not name a policy generation; " WAY_OUT, state_directory);
	case ACTIVE_NAMED:
		break;
	}
	result = generation_open_numbered(at, number, ret_generation, &why);
	if (result < 0)
		return error_set(error, -result, "policy generation %" PRIu64 " cannot be used: %s; " WAY_OUT, number,
				 error_message(why));
	return 0;
}
