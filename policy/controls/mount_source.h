/* The object of the host that a bind would show, found as the kernel finds it. */
#ifndef OCI_HARDEN_CONTROLS_MOUNT_SOURCE_H
#define OCI_HARDEN_CONTROLS_MOUNT_SOURCE_H

#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "policy/controls/mount.h"
#include "policy/controls/mount_grants.h"
#include "policy/host/mountinfo.h"

struct mount_source {
	int descriptor; /* O_PATH */
	struct stat status;
	char *path; /* absolute, every symlink resolved */
};

static inline void cleanup_mount_source_function(struct mount_source *source)
{
	if (source->descriptor >= 0)
		(void)close(source->descriptor);
	free(source->path);
}
#define cleanup_mount_source __attribute__((cleanup(cleanup_mount_source_function)))
#define MOUNT_SOURCE_EMPTY ((struct mount_source){.descriptor = -1})

/* `host`: "/". What cannot be opened or is not where its path says: *ret_why, the
 * predicate of a sentence, and 0. -ENOMEM. */
int mount_source_open(const struct mount *mount, const struct facts *facts, int host, struct mount_source *ret,
		      const char **ret_why);

/* True where `path` (resolved) is the very object that `status` is of. */
bool mount_source_is_at(int host, const char *path, const struct stat *status);

/* The first folder on the way to the source (of its path as written, symlinks
 * and all) that someone other than root may write, so that the source could be
 * exchanged behind our back; NULL where there is none. The caller frees it. */
int mount_source_untrusted(const struct mount *mount, const struct facts *facts, int host, char **ret_folder);

/* True where a file system is mounted between the engine's path and the source:
 * what is there need not be the engine's. */
bool mount_source_crosses(const struct mount_source *source, const struct engine_path *engine, int host);

/* Where else the host shows the source. With `grants`, mounts that stand at the
 * engine's own paths do not count. *ret_path NULL: nowhere else, then *ret_type is
 * the file system's type; both NULL: the source is on a mount of another
 * namespace. 0 or -ENOMEM. */
int mount_source_origin(const struct mount_source *source, const struct mountinfo *info,
			const struct mount_grants *grants, char **ret_path, const char **ret_type);

#endif
