/* Which images containerd has under a name, in every namespace. */
#ifndef OCI_HARDEN_SHIM_CONTAINERD_IMAGE_FIND_H
#define OCI_HARDEN_SHIM_CONTAINERD_IMAGE_FIND_H

#include <jansson.h>
#include <stddef.h>

#include "policy/base/error.h"

/* Appends to the array `images` for each namespace and name of `names` (taken
 * literally) that is an image there
 *   {"namespace", "digest": what it points to, an index or a manifest,
 *    "config", "manifest", "index", "chain-id": as they would be proven of a container of it (containerd.h),
 *    each NULL where it is not}
 * once where both names point to the same. -ENOENT where there is no such socket,
 * -ECONNREFUSED where nobody listens; -EPERM where it is not root's. */
int containerd_find_image(const char *socket, unsigned milliseconds, const char *const *names, size_t count,
			  json_t *images, struct error **error);

#endif
