#include "policy/base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "policy/base/cleanup.h"
#include "policy/base/number.h"

/* A small file of procfs, whose size stat(2) gives as 0. */
static int read_small(const char *path, char *buffer, size_t size)
{
	cleanup_close int descriptor = open(path, O_RDONLY | O_CLOEXEC);
	if (descriptor < 0)
		return -errno;
	ssize_t got = read(descriptor, buffer, size - 1);
	if (got < 0)
		return -errno;
	buffer[got] = '\0';
	return 0;
}

bool file_host_root_is_unmapped(void)
{
	static int known = -1;
	if (known >= 0)
		return known == 1;
	/* user_namespaces(7): the initial namespace maps 0 to 0 for all 2^32 - 1
	 * ids; a namespace that maps its parent's 0 shows a 0 in the second column */
	char map[4096];
	known = 0;
	if (read_small("/proc/self/uid_map", map, sizeof(map)) == 0) {
		bool maps_root = false;
		for (char *line = map, *rest = NULL; (line = strtok_r(line, "\n", &rest)); line = NULL) {
			uint64_t inside = 0, outside = 0, count = 0;
			if (sscanf(line, "%" SCNu64 " %" SCNu64 " %" SCNu64, &inside, &outside, &count) == 3)
				maps_root |= outside == 0 && count > 0;
		}
		known = maps_root ? 0 : 1;
	}
	return known == 1;
}

static uid_t overflow_uid(void)
{
	char number[32];
	uint64_t value = 65534;
	if (read_small("/proc/sys/kernel/overflowuid", number, sizeof(number)) == 0) {
		number[strcspn(number, "\n")] = '\0';
		(void)number_parse_uint64(number, &value);
	}
	return (uid_t)value;
}

static bool owner_is_host_root(uid_t owner)
{
	if (owner == 0)
		return true;
	return file_host_root_is_unmapped() && owner == overflow_uid();
}

bool file_is_trusted(uid_t owner, mode_t mode)
{
	return owner_is_host_root(owner) && !(mode & (S_IWGRP | S_IWOTH));
}

static int check_owner_and_mode(uid_t owner, mode_t mode, const char *name, struct error **error)
{
	if (file_is_trusted(owner, mode))
		return 0;
	if (!owner_is_host_root(owner))
		return error_set(error, EPERM, "\"%s\" belongs to uid %u, not to root; chown root:root it", name,
				 owner);
	return error_set(error, EPERM, "\"%s\" is writable by group or others (mode %04o); chmod go-w it", name,
			 mode & 07777u);
}

int file_check_trusted(int descriptor, const char *name_for_errors, struct error **error)
{
	struct stat status;
	if (fstat(descriptor, &status) < 0)
		return error_set_errno(error, errno, "\"%s\"", name_for_errors);
	return check_owner_and_mode(status.st_uid, status.st_mode, name_for_errors, error);
}

/* statx(2) and not stat(2), which does not set off an automount: what is checked has
 * to be what the next look-up walks through. */
static int look_at_directory(const char *path, int flags, struct statx *ret_status, struct error **error)
{
	int code = statx(AT_FDCWD, path, flags, STATX_TYPE | STATX_MODE | STATX_UID, ret_status) < 0 ? errno : 0;
	if (code == 0 && !(flags & AT_SYMLINK_NOFOLLOW) && !S_ISDIR(ret_status->stx_mode))
		code = ENOTDIR;
	return code ? error_set_errno(error, code, "directory \"%s\"", path) : 0;
}

/* Directories that were found to be root's alone, with all above them and none of them a
 * symbolic link, where file_remember_parents() was called. */
static struct {
	size_t count;
	char paths[8][256];
} known;
/* not in `known`, whose page a command that passes through need not touch */
static bool forgets = true;

void file_remember_parents(void)
{
	forgets = false;
}

static bool is_known(const char *directory)
{
	size_t length = strlen(directory);
	for (size_t i = 0; !forgets && i < known.count; i++) {
		const char *path = known.paths[i];
		if (strncmp(path, directory, length) == 0 && (path[length] == '/' || path[length] == '\0' || length == 1))
			return true;
	}
	return false;
}

static void remember_parent_of(const char *path)
{
	size_t length = (size_t)(strrchr(path, '/') - path);
	if (forgets || known.count == ARRAY_SIZE(known.paths) || length == 0 || length >= sizeof(known.paths[0]))
		return;
	memcpy(known.paths[known.count], path, length);
	known.paths[known.count++][length] = '\0';
}

/* Every directory above `path` by its text, up to /. *ret_links: some are reached by
 * symbolic links, whose own places are not checked. */
static int check_directories_above(const char *path, bool *ret_links, struct error **error)
{
	cleanup_free char *parent = strdup(path);
	if (!parent)
		return error_out_of_memory(error);
	for (;;) {
		char *slash = strrchr(parent, '/');
		slash[slash == parent] = '\0';
		if (is_known(parent))
			break;
		struct statx status;
		int result = look_at_directory(parent, AT_SYMLINK_NOFOLLOW, &status, error);
		if (result == 0 && !S_ISDIR(status.stx_mode)) {
			*ret_links = true;
			result = look_at_directory(parent, 0, &status, error);
		}
		if (result == 0)
			result = check_owner_and_mode(status.stx_uid, status.stx_mode, parent, error);
		if (result < 0)
			return result;
		if (slash == parent)
			break;
	}
	if (!*ret_links)
		remember_parent_of(path);
	return 0;
}

int file_check_trusted_parents(const char *path, struct error **error)
{
	if (path[0] != '/')
		return error_set(error, EINVAL, "\"%s\" is not an absolute path", path);
	bool links = strstr(path, "..") != NULL;
	int result = check_directories_above(path, &links, error);
	if (result < 0 || !links)
		return result;
	/* the same again for where the path really leads to */
	const char *slash = strrchr(path, '/');
	cleanup_free char *parent = strndup(path, slash == path ? 1 : (size_t)(slash - path));
	cleanup_free char *resolved = parent ? realpath(parent, NULL) : NULL;
	if (!resolved)
		return error_set_errno(error, errno, "\"%s\"", path);
	return check_directories_above(resolved, &links, error);
}

int file_read_trusted_at(int at, const char *name, size_t limit, char **ret_data, size_t *ret_length,
			 struct error **error)
{
	cleanup_close int descriptor = -1;
	int result = file_open_at(at, name, &descriptor, error);
	if (result == 0)
		result = file_check_trusted(descriptor, name, error);
	return result < 0 ? result : file_read_all(descriptor, name, limit, ret_data, ret_length, error);
}

int file_read_trusted(const char *path, size_t limit, char **ret_data, size_t *ret_length, struct error **error)
{
	return file_read_trusted_at(AT_FDCWD, path, limit, ret_data, ret_length, error);
}
