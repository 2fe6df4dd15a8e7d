/* Every path the programs touch goes through here: descriptor-relative,
 * O_CLOEXEC, never through a symlink in the last component, with a size limit,
 * and what is checked is the descriptor that is used, not the path. */
#ifndef OCI_HARDEN_BASE_FILE_H
#define OCI_HARDEN_BASE_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/stat.h>
#include <sys/types.h>

#include "policy/base/error.h"

/* Opens a directory for use as `at` below; symlinks in the path are followed
 * (engines' folders are reached through /var/run and the like). */
int file_open_directory(const char *path, int *ret_descriptor, struct error **error);

/* Opens the regular file `name` (no '/') in the directory `at` for reading.
 * A symlink is -ELOOP, a FIFO, device or directory -EINVAL; never blocks. */
int file_open_at(int at, const char *name, int *ret_descriptor, struct error **error);

/* As file_open_at() for any path; only the last component must not be a symlink. */
int file_open(const char *path, int *ret_descriptor, struct error **error);

/* Reads all of `descriptor` from its start. More than `limit` bytes is -EFBIG.
 * *ret_data is NUL-terminated (not counted in *ret_length); the caller frees it. */
int file_read_all(int descriptor, const char *name_for_errors, size_t limit,
		  char **ret_data, size_t *ret_length, struct error **error);

/* file_open() and file_read_all() in one. */
int file_read(const char *path, size_t limit, char **ret_data, size_t *ret_length,
	      struct error **error);

/* 0 where the open file or directory belongs to the host's root and neither
 * group nor others may write it; else -EPERM and a message with the way out.
 * A sticky directory (such as /tmp) does not pass. */
int file_check_trusted(int descriptor, const char *name_for_errors, struct error **error);

/* The same of what is known already. */
bool file_is_trusted(uid_t owner, mode_t mode);

/* file_read() of a file that file_check_trusted() lets pass; in the directory `at` too. */
int file_read_trusted(const char *path, size_t limit, char **ret_data, size_t *ret_length, struct error **error);
int file_read_trusted_at(int at, const char *name, size_t limit, char **ret_data, size_t *ret_length,
			 struct error **error);

/* file_check_trusted() for every directory above `path` (absolute), up to /, and
 * for those above the place that symbolic links among them lead to. `path` itself
 * need not exist. */
int file_check_trusted_parents(const char *path, struct error **error);

/* From now on a directory above, once it was checked, is not looked at again in this
 * process: for one that ends within milliseconds. Nothing is lost by that: whoever could
 * change a directory that was root's alone is root, and could as well have done so right
 * after the second look. */
void file_remember_parents(void);

/* True inside a user namespace that does not map the host's root (rootless
 * engines): there the overflow uid stands for it. Enforcement is advisory. */
bool file_host_root_is_unmapped(void);

/* Replaces `name` in the directory `at` by `data`, or leaves it as it was:
 * written beside, fsync'd only where `durable`, renamed. `mode` as in 0644. */
int file_replace_at(int at, const char *name, const char *data, size_t length, mode_t mode,
		    bool durable, struct error **error);

/* As file_replace_at(), where nobody else writes `name` at the same time: written to
 * `beside`, and what a killed writer left there is taken away. */
int file_replace_alone_at(int at, const char *name, const char *beside, const char *data, size_t length,
			  mode_t mode, struct error **error);

/* Writes the new file `name`; -EEXIST where there is one. What is written of it before a
 * failure stays there. 0 or -errno. */
int file_create_at(int at, const char *name, const char *data, size_t length, mode_t mode, bool durable);

/* Waits until nobody else has locked the open file or folder (flock(2), exclusive); the lock
 * is held until the descriptor is closed. */
int file_lock(int descriptor, const char *name_for_errors, struct error **error);

/* Writes all of `data`, resuming after short writes and EINTR. */
int file_write_all(int descriptor, const char *data, size_t length);

/* Opens `path` inside the directory `root` the way the container will see it:
 * symlinks and ".." are resolved with `root` as "/" (openat2
 * RESOLVE_IN_ROOT, no magic links). `flags` as for open(2); 0 or -errno. */
int file_open_in_root(int root, const char *path, int flags, int *ret_descriptor);

/* As file_open_in_root(), but a symlink anywhere in `path` is -ELOOP. */
int file_open_plain_in_root(int root, const char *path, int flags, int *ret_descriptor);

/* What readlink(2) says of /proc/self/fd/N: the descriptor's path as the
 * kernel knows it. The caller frees it; NULL where it cannot be read. */
char *file_path_of_descriptor(int descriptor);

#endif
