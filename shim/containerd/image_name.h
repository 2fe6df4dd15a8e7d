/* What a name of containerd's image service points to now. */
#ifndef OCI_HARDEN_SHIM_CONTAINERD_IMAGE_NAME_H
#define OCI_HARDEN_SHIM_CONTAINERD_IMAGE_NAME_H

#include "shim/containerd/containerd.h"
#include "shim/containerd/grpc.h"

/* Images/Get; what the call holds is owned already where it fails. */
int image_name_call(const char *name, struct grpc_call *call, struct error **error);

/* Fills the image_digest of *container by what was answered about its image; it stays NULL
 * where there is no such name. */
int image_name_answer(const struct grpc_call *call, struct containerd_container *container, struct error **error);

#endif
