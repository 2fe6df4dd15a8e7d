/* Which image has the layers of this chain id? By the documents of containerd's content
 * store alone: what a name points to may have been moved after the container was made. */
#ifndef OCI_HARDEN_SHIM_CONTAINERD_IMAGE_PROOF_H
#define OCI_HARDEN_SHIM_CONTAINERD_IMAGE_PROOF_H

#include "shim/containerd/containerd.h"
#include "shim/containerd/content.h"
#include "shim/containerd/image_documents.h"

/* What is read for it in one conversation. Owned, but for the cache. */
struct image_proof {
	const char *cache; /* as in struct containerd_question */
	char target[DIGEST_LENGTH + 1]; /* what the rest is read for; "": nothing yet */
	struct content content;
	struct image_documents documents; /* of the content */
};

/* Asks for what is likely to be needed of `target`, or NULL, with `beside` at once (content.h). */
int image_proof_expect(struct image_proof *proof, struct grpc *grpc, const char *target, struct grpc_call *beside,
		       size_t beside_count, struct error **error);

/* Fills the proven_ members of *container by its chain_id and config_digest, and by `target`,
 * the manifest or index that it is supposed to run; either may be NULL. What cannot be read
 * as an image proves nothing, which is no error. */
int image_proof_find(struct image_proof *proof, struct grpc *grpc, const char *target,
		     struct containerd_container *container, struct error **error);

/* The same where there is no container: the chain id, too, is set to that which one would
 * have. Nothing is where images with other layers are there for this machine, too. */
int image_proof_of_content(struct grpc *grpc, const char *target, struct containerd_container *container,
			   struct error **error);

void image_proof_release(struct image_proof *proof);
#define cleanup_image_proof __attribute__((cleanup(image_proof_release)))

#endif
