/* containerd's content store: blobs by digest, proven by it. */
#ifndef OCI_HARDEN_SHIM_CONTAINERD_CONTENT_H
#define OCI_HARDEN_SHIM_CONTAINERD_CONTENT_H

#include "policy/trust/digest_set.h"
#include "policy/trust/evidence.h"
#include "shim/containerd/grpc.h"

#define CONTENT_READS 48u /* at once */
#define CONTENT_BESIDE 4u

/* What was read in one conversation. Owned. */
struct content {
	struct evidence evidence;
	struct digest_set asked; /* and not there, where the evidence has it not */
};

/* Adds those of the blobs that were not asked for before and that the store has; all are
 * asked for at once. What is beyond CONTENT_READS is left out. -EPROTO where bytes come that
 * have another digest. */
int content_read(struct grpc *grpc, const char *const *digests, size_t count, struct content *content,
		 struct error **error);

/* The same with up to CONTENT_BESIDE other calls at once, which the caller reads. */
int content_read_beside(struct grpc *grpc, const char *const *digests, size_t count, struct grpc_call *beside,
			size_t beside_count, struct content *content, struct error **error);
void content_release(struct content *content);

#endif
