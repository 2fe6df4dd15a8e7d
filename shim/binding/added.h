/* Private to the binding: what stands in a folder above the image's layers that should hold
 * nothing of a user's. */
#ifndef OCI_HARDEN_SHIM_BINDING_ADDED_H
#define OCI_HARDEN_SHIM_BINDING_ADDED_H

#include "shim/binding/stack.h"

/* The layer that dockerd lays between image and container holds its mount points alone:
 * empty files, folders and one link, by name. -EPERM with what else is there. Who could
 * put something there could edit the image's layers as well, so it is asked with their
 * contents. */
int added_check_init(const struct layer_stack *stack, struct error **error);

/* The container's upper directory is empty: nothing was put into it before its first start.
 * Folders do not count that are empty to their end and hide nothing: engines make the
 * working directory, and Podman /etc/mtab. */
int added_check_upper(const struct layer_stack *stack, struct error **error);

#endif
