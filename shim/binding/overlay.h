/* Private to the binding: is the overlay that is mounted at a container's root made of a
 * stack, of nothing else, and in its order? */
#ifndef OCI_HARDEN_SHIM_BINDING_OVERLAY_H
#define OCI_HARDEN_SHIM_BINDING_OVERLAY_H

#include "policy/host/mount_status.h"
#include "shim/binding/stack.h"

/* The mount that stands at `rootfs` in this mount namespace, and nothing below it. -EPERM
 * with the first difference and the way out. */
int overlay_check(const char *rootfs, const struct layer_stack *stack, struct error **error);

/* The same of one mount, which stands at `point` or does not. */
int overlay_compare(const struct mount_status *mount, const char *point, const struct layer_stack *stack,
		    struct error **error);

#endif
