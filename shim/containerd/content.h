/* containerd's content store: blobs by digest, proven by it. */
#ifndef OCI_HARDEN_SHIM_CONTAINERD_CONTENT_H
#define OCI_HARDEN_SHIM_CONTAINERD_CONTENT_H

#include "policy/trust/evidence.h"
#include "shim/containerd/grpc.h"

#define CONTENT_READS 48u /* at once */

/* Adds those of the blobs to `evidence` that it has not and the store has; all are asked
 * for at once. What is beyond CONTENT_READS is left out. -EPROTO where bytes come that
 * have another digest. */
int content_read(struct grpc *grpc, const char *const *digests, size_t count, struct evidence *evidence,
		 struct error **error);

#endif
