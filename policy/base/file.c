#include "policy/base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <linux/openat2.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/syscall.h>

#include "policy/base/cleanup.h"

int file_open_directory(const char *path, int *ret_descriptor, struct error **error)
{
	int descriptor = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (descriptor < 0)
		return error_set_errno(error, errno, "directory \"%s\"", path);
	*ret_descriptor = descriptor;
	return 0;
}

int file_open_at(int at, const char *name, int *ret_descriptor, struct error **error)
{
	cleanup_close int descriptor =
		openat(at, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (descriptor < 0 && errno == ELOOP)
		return error_set(error, ELOOP, "\"%s\" is a symbolic link, which is not followed", name);
	if (descriptor < 0)
		return error_set_errno(error, errno, "\"%s\"", name);
	struct stat status;
	if (fstat(descriptor, &status) < 0)
		return error_set_errno(error, errno, "\"%s\"", name);
	if (!S_ISREG(status.st_mode))
		return error_set(error, EINVAL, "\"%s\" is not a regular file", name);
	*ret_descriptor = take_descriptor(&descriptor);
	return 0;
}

int file_open(const char *path, int *ret_descriptor, struct error **error)
{
	return file_open_at(AT_FDCWD, path, ret_descriptor, error);
}

#define PROC_FILE ((size_t)4095)

/* Grows `buffer` by reading until the end or until `limit` is passed. */
static int read_growing(int descriptor, size_t expected, size_t limit, char **buffer, size_t *ret_length)
{
	/* files of procfs say that they have no length: room for most of them at once */
	size_t capacity = (expected == 0 && limit > PROC_FILE ? PROC_FILE : expected) + 1, length = 0;
	*buffer = malloc(capacity + 1);
	if (!*buffer)
		return -ENOMEM;
	for (;;) {
		ssize_t got = pread(descriptor, *buffer + length, capacity - length, (off_t)length);
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return -errno;
		length += (size_t)got;
		if (length > limit)
			return -EFBIG;
		if (got == 0)
			break;
		if (length < capacity)
			continue;
		capacity = capacity * 2 < limit + 1 ? capacity * 2 : limit + 1;
		char *larger = realloc(*buffer, capacity + 1);
		if (!larger)
			return -ENOMEM;
		*buffer = larger;
	}
	(*buffer)[length] = '\0';
	*ret_length = length;
	return 0;
}

int file_read_all(int descriptor, const char *name_for_errors, size_t limit,
		  char **ret_data, size_t *ret_length, struct error **error)
{
	struct stat status;
	if (fstat(descriptor, &status) < 0)
		return error_set_errno(error, errno, "\"%s\"", name_for_errors);
	cleanup_free char *buffer = NULL;
	size_t length = 0;
	int result = -EFBIG;
	if (status.st_size >= 0 && (uintmax_t)status.st_size <= limit)
		result = read_growing(descriptor, (size_t)status.st_size, limit, &buffer, &length);
	if (result == -EFBIG)
		return error_set(error, EFBIG, "\"%s\" is larger than %zu bytes", name_for_errors, limit);
	if (result < 0)
		return error_set_errno(error, -result, "\"%s\"", name_for_errors);
	*ret_data = take_pointer(buffer);
	*ret_length = length;
	return 0;
}

int file_read(const char *path, size_t limit, char **ret_data, size_t *ret_length,
	      struct error **error)
{
	cleanup_close int descriptor = -1;
	int result = file_open(path, &descriptor, error);
	if (result < 0)
		return result;
	return file_read_all(descriptor, path, limit, ret_data, ret_length, error);
}


int file_lock(int descriptor, const char *name_for_errors, struct error **error)
{
	while (flock(descriptor, LOCK_EX) < 0)
		if (errno != EINTR)
			return error_set_errno(error, errno, "locking \"%s\"", name_for_errors);
	return 0;
}

int file_write_all(int descriptor, const char *data, size_t length)
{
	while (length > 0) {
		ssize_t written = write(descriptor, data, length);
		if (written < 0 && errno == EINTR)
			continue;
		if (written < 0)
			return -errno;
		data += written;
		length -= (size_t)written;
	}
	return 0;
}

int file_create_at(int at, const char *name, const char *data, size_t length, mode_t mode, bool durable)
{
	cleanup_close int descriptor =
		openat(at, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (descriptor < 0)
		return -errno;
	int result = file_write_all(descriptor, data, length);
	if (result == 0 && fchmod(descriptor, mode) < 0)
		result = -errno;
	if (result == 0 && durable && fsync(descriptor) < 0)
		result = -errno;
	return result;
}

/* What file_create_at() did with `beside` gave `result`. */
static int put_in_place(int at, const char *beside, const char *name, int result, bool durable,
			struct error **error)
{
	if (result == 0 && renameat(at, beside, at, name) < 0)
		result = -errno;
	if (result < 0) {
		(void)unlinkat(at, beside, 0);
		return error_set_errno(error, -result, "writing \"%s\" (it is left as it was)", name);
	}
	if (durable && fsync(at) < 0)
		return error_set_errno(error, errno, "writing \"%s\" to disk", name);
	return 0;
}

int file_replace_at(int at, const char *name, const char *data, size_t length, mode_t mode,
		    bool durable, struct error **error)
{
	uint64_t random = 0;
	if (getrandom(&random, sizeof(random), 0) != (ssize_t)sizeof(random))
		return error_set_errno(error, errno, "random bytes for a temporary name");
	char beside[NAME_MAX];
	int printed = snprintf(beside, sizeof(beside), ".%s.%016" PRIx64, name, random);
	if (printed < 0 || (size_t)printed >= sizeof(beside))
		return error_set(error, ENAMETOOLONG, "file name \"%s\" is too long", name);
	int result = file_create_at(at, beside, data, length, mode, durable);
	return put_in_place(at, beside, name, result, durable, error);
}

int file_replace_alone_at(int at, const char *name, const char *beside, const char *data, size_t length,
			  mode_t mode, struct error **error)
{
	int result = file_create_at(at, beside, data, length, mode, false);
	if (result == -EEXIST && unlinkat(at, beside, 0) == 0)
		result = file_create_at(at, beside, data, length, mode, false);
	return put_in_place(at, beside, name, result, false, error);
}

static int open_resolving(int root, const char *path, int flags, uint64_t resolve, int *ret_descriptor)
{
	struct open_how how = {.flags = (unsigned)(flags | O_CLOEXEC), .resolve = resolve};
	long descriptor = syscall(SYS_openat2, root, path, &how, sizeof(how));
	if (descriptor < 0)
		return -errno;
	*ret_descriptor = (int)descriptor;
	return 0;
}

int file_open_in_root(int root, const char *path, int flags, int *ret_descriptor)
{
	return open_resolving(root, path, flags, RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS, ret_descriptor);
}

int file_open_plain_in_root(int root, const char *path, int flags, int *ret_descriptor)
{
	return open_resolving(root, path, flags, RESOLVE_IN_ROOT | RESOLVE_NO_SYMLINKS, ret_descriptor);
}

char *file_path_of_descriptor(int descriptor)
{
	char link[64];
	(void)snprintf(link, sizeof(link), "/proc/self/fd/%d", descriptor);
	cleanup_free char *target = malloc(PATH_MAX);
	if (!target)
		return NULL;
	ssize_t length = readlink(link, target, PATH_MAX - 1);
	if (length < 0)
		return NULL;
	target[length] = '\0';
	return take_pointer(target);
}
