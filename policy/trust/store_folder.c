#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "policy/base/file.h"
#include "policy/trust/digest.h"
#include "policy/trust/store_parts.h"

int store_check_digest(const char *digest, struct error **error)
{
	if (digest_is_valid(digest))
		return 0;
	return error_set(error, EINVAL, "an image's digest is \"sha256:\" and 64 lower-case hexadecimal digits");
}

struct store_path store_path_of(const char *folder, const char *digest)
{
	const char *digits = digest + strlen("sha256:");
	struct store_path path;
	int length = snprintf(path.text, sizeof(path.text), "%s/%.2s/%s", folder, digits, digits);
	path.parent_length = (size_t)length - strlen(digits) - 1;
	return path;
}

int store_folder_open(const char *path, int *ret_descriptor, struct error **error)
{
	cleanup_close int descriptor = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (descriptor < 0)
		return error_set_errno(error, errno, "the store of signatures \"%s\"", path);
	int result = file_check_trusted(descriptor, path, error);
	if (result == 0)
		result = file_check_trusted_parents(path, error);
	if (result == 0)
		*ret_descriptor = take_descriptor(&descriptor);
	return result;
}

static int open_checked(int at, const char *path, int flags, mode_t type, int *ret_descriptor, struct error **error)
{
	cleanup_close int descriptor = -1;
	int result = file_open_plain_in_root(at, path, flags | O_RDONLY | O_NONBLOCK | O_NOCTTY, &descriptor);
	if (result == -ELOOP)
		return error_set(error, ELOOP, "\"%s\" in the store of signatures is a symbolic link, which is not followed",
				 path);
	if (result < 0)
		return error_set_errno(error, -result, "\"%s\" in the store of signatures", path);
	struct stat status;
	if (fstat(descriptor, &status) < 0)
		return error_set_errno(error, errno, "\"%s\" in the store of signatures", path);
	if ((status.st_mode & S_IFMT) != type)
		return error_set(error, EINVAL, "\"%s\" in the store of signatures is not a regular file", path);
	result = file_is_trusted(status.st_uid, status.st_mode) ? 0 : file_check_trusted(descriptor, path, error);
	if (result == 0)
		*ret_descriptor = take_descriptor(&descriptor);
	return result;
}

int store_open_directory(int at, const char *path, int *ret_descriptor, struct error **error)
{
	return open_checked(at, path, O_DIRECTORY, S_IFDIR, ret_descriptor, error);
}

int store_open_file(int at, const char *path, int *ret_descriptor, struct error **error)
{
	return open_checked(at, path, 0, S_IFREG, ret_descriptor, error);
}

bool store_same(const struct stat *left, const struct stat *right)
{
	return left->st_ino == right->st_ino && left->st_dev == right->st_dev;
}

int store_for_each_name(int taken, int (*each)(int at, const char *name, void *context, struct error **error),
			void *context, struct error **error)
{
	cleanup_closedir DIR *directory = fdopendir(taken);
	if (!directory) {
		int code = errno;
		(void)close(taken);
		return error_set_errno(error, code, "a folder of the store of signatures");
	}
	errno = 0;
	for (struct dirent *entry; (entry = readdir(directory)); errno = 0) {
		if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
			continue;
		int result = each(dirfd(directory), entry->d_name, context, error);
		if (result)
			return result;
	}
	return errno ? error_set_errno(error, errno, "a folder of the store of signatures") : 0;
}

#define LAYOUT_DEPTH 3 /* NAME/blobs/sha256/… */

/* Empties the open directory; takes it over. */
static int empty(int taken, int depth)
{
	cleanup_closedir DIR *directory = fdopendir(taken);
	if (!directory) {
		int code = errno;
		(void)close(taken);
		return -code;
	}
	errno = 0;
	for (struct dirent *entry; (entry = readdir(directory)); errno = 0) {
		const char *name = entry->d_name;
		if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0 || unlinkat(dirfd(directory), name, 0) == 0)
			continue;
		if (errno != EISDIR || depth == 0)
			return -errno;
		int below = openat(dirfd(directory), name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		int result = below < 0 ? -errno : empty(below, depth - 1);
		if (result == 0 && unlinkat(dirfd(directory), name, AT_REMOVEDIR) < 0)
			result = -errno;
		if (result < 0)
			return result;
	}
	return -errno;
}

int store_remove_folder(int at, const char *name, struct error **error)
{
	int descriptor = openat(at, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	int result = descriptor < 0 ? -errno : empty(descriptor, LAYOUT_DEPTH);
	if (result == 0 && unlinkat(at, name, AT_REMOVEDIR) < 0)
		result = -errno;
	return result < 0 ? error_set_errno(error, -result, "removing the folder \"%s\"", name) : 0;
}
