/* What the host's kernel says of SELinux. */
#ifndef OCI_HARDEN_HOST_SELINUX_H
#define OCI_HARDEN_HOST_SELINUX_H

#include "policy/base/error.h"

enum selinux_state {
	SELINUX_ABSENT = 0, /* not in this kernel, or switched off: labels have no effect */
	SELINUX_PERMISSIVE, /* denials are only logged */
	SELINUX_ENFORCING,
};

/* Negative where the kernel has SELinux but its file system cannot be read, so that it
 * cannot be told. */
int selinux_read_state(enum selinux_state *ret_state, struct error **error);

/* For tests, before the first question: a folder in place of /sys/fs/selinux; "" stands
 * for a kernel without SELinux, NULL for what really is. The text is not copied. */
void selinux_use_folder(const char *path);

#endif
