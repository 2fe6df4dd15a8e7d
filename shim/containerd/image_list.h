/* Which images containerd has, by name and digest, and when they were pulled. */
#ifndef OCI_HARDEN_SHIM_CONTAINERD_IMAGE_LIST_H
#define OCI_HARDEN_SHIM_CONTAINERD_IMAGE_LIST_H

#include <jansson.h>

#include "policy/base/error.h"

/* Adds a member NAME: {"digest", "changed"} to the object `images` for each image of each
 * namespace; a name that several namespaces have with different digests is there as
 * NAME@DIGEST as well. "changed" is another number after each pull, also where the image was
 * there before: of several namespaces the latest.
 * -ENOENT where there is no such socket; -EPERM where its other end is not root's. */
int containerd_list_images(const char *socket, unsigned milliseconds, json_t *images, struct error **error);

#endif
