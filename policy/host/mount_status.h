/* One mount and whether others stand below it: asked of the kernel alone where it can be
 * (statmount(2) and listmount(2), Linux 6.11), since mountinfo (mountinfo.h) has to be written
 * and read with all the mounts there are. */
#ifndef OCI_HARDEN_HOST_MOUNT_STATUS_H
#define OCI_HARDEN_HOST_MOUNT_STATUS_H

#include <stdbool.h>

#include "policy/base/error.h"
#include "policy/host/mountinfo.h"

/* Texts as of a mountinfo_entry, which may lack the options' "rw" and the type's subtype. */
struct mount_status {
	const char *root, *point, *type, *options; /* all NULL: not of this mount namespace */
	bool has_below;

	struct mountinfo *info; /* what the texts point into: this … */
	char *memory;           /* … or this; owned */
};

/* The mount that the open file stands on. */
int mount_status_read(int descriptor, struct mount_status *ret, struct error **error);

/* The same by mountinfo alone, which every kernel has. */
int mount_status_by_mountinfo(int descriptor, struct mount_status *ret, struct error **error);

void mount_status_release(struct mount_status *status);
#define cleanup_mount_status __attribute__((cleanup(mount_status_release)))

#endif
