/* Which image has the layers of this chain id? By the documents of containerd's content
 * store alone: what a name points to may have been moved after the container was made. */
#ifndef OCI_HARDEN_SHIM_CONTAINERD_IMAGE_PROOF_H
#define OCI_HARDEN_SHIM_CONTAINERD_IMAGE_PROOF_H

#include "shim/containerd/containerd.h"
#include "shim/containerd/grpc.h"

/* Fills the proven_ members of *container by its chain_id and config_digest, and by `target`,
 * the manifest or index that it is supposed to run; either may be NULL. `cache` as in
 * struct containerd_question. What cannot be read as an image proves nothing, which is no
 * error. */
int image_proof(struct grpc *grpc, const char *cache, const char *target, struct containerd_container *container,
		struct error **error);

#endif
