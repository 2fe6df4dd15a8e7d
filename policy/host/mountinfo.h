/* /proc/self/mountinfo (proc_pid_mountinfo(5)): which file system, and which
 * part of it, stands at a path of this mount namespace. Read once, then every
 * question is a binary search. */
#ifndef OCI_HARDEN_HOST_MOUNTINFO_H
#define OCI_HARDEN_HOST_MOUNTINFO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "policy/base/error.h"

struct mountinfo_entry {
	uint64_t id;
	uint32_t major, minor; /* of the superblock: equal for all mounts of one file system */
	const char *root;      /* the part of the file system that is mounted: "/", "/srv/data" */
	const char *point;     /* where */
	const char *type;      /* "ext4", "tmpfs" */
	const char *source;    /* "/dev/vda1", "tmpfs" */
	const char *options;   /* of the superblock, separated by commas, "rw" first; still escaped,
				* since a value may have commas of its own; "" where there are none */
};

struct mountinfo;

int mountinfo_read(struct mountinfo **ret, struct error **error);

/* The same from text, for tests. -EINVAL with the line where one is malformed. */
int mountinfo_parse(const char *text, size_t length, struct mountinfo **ret, struct error **error);

/* Undoes the escapes of a field of mountinfo, in place: three octal digits behind a
 * backslash. For the values of `options`, once they are taken apart. */
void mountinfo_unescape(char *field);
void mountinfo_free(struct mountinfo *info);

static inline void cleanup_mountinfo_function(struct mountinfo **info)
{
	mountinfo_free(*info);
}
#define cleanup_mountinfo __attribute__((cleanup(cleanup_mountinfo_function)))

/* The mount that the open file stands on; NULL where it is not of this mount
 * namespace. */
const struct mountinfo_entry *mountinfo_of_descriptor(const struct mountinfo *info, int descriptor);

/* The mount's id of an open file: 0 or -errno. Cheap; needs no mountinfo. */
int mountinfo_id_of_descriptor(int descriptor, uint64_t *ret);

/* True where something is mounted below `path` (absolute, resolved), not at it. */
bool mountinfo_has_below(const struct mountinfo *info, const char *path);

/* Where else the very same part of a file system can be seen: for an object at
 * `inside` (its path from the file system's own root), the path by which another
 * mount shows it. Mounts for whose `point` `skip` says true do not count. NULL:
 * nowhere else, or -ENOMEM in *ret_result. The caller frees it. */
char *mountinfo_path_elsewhere(const struct mountinfo *info, const struct mountinfo_entry *entry,
			       const char *inside, bool (*skip)(const char *point, const void *context),
			       const void *context, int *ret_result);

/* `path` (absolute, resolved, on the mount `entry`) as seen from the file system's
 * own root. The caller frees it; NULL without memory. */
char *mountinfo_inside(const struct mountinfo_entry *entry, const char *path);

#endif
