/* What containerd knows of a container, asked over its local socket (gRPC: HTTP/2 by
 * nghttp2, messages by protobuf-c) with one deadline for the whole conversation. Only root
 * can write where the socket is, and its other end has to be root's. Asking while the
 * engine waits for the runtime does not deadlock. */
#ifndef OCI_HARDEN_SHIM_CONTAINERD_H
#define OCI_HARDEN_SHIM_CONTAINERD_H

#include "policy/base/error.h"

#define CONTAINERD_MILLISECONDS 2000u

/* Borrowed. */
struct containerd_question {
	const char *socket;    /* an absolute path */
	const char *namespace; /* containerd's */
	const char *container;
	/* Where containerd's record names no snapshot (dockerd mounts its containers itself):
	 * the snapshotter, whose key is the container then; NULL: as the record says. */
	const char *snapshotter;
	/* The manifest or index that the engine's own store says was run, or NULL: what the
	 * image's name points to now. */
	const char *image_digest;
	/* A folder of root's alone, made where it is missing, for what documents said that were
	 * read before, or NULL. */
	const char *cache;
};

/* Owned; NULL where containerd has none. */
struct containerd_container {
	char *image;           /* the name by which it was made */
	char *image_digest;    /* what that name points to now: an index or a manifest. Not proof of
	                        * what runs: the name may have been moved since */
	char *config_digest;   /* CRI's own record of the container's image: ImageRef */
	char *snapshotter, *snapshot_key;
	char *chain_id;        /* the topmost layer's, where the snapshot that the container's stands on
	                        * is named by one; Docker's "-init" between the two is passed over */
	char *lower, *upper;   /* of the overlay mount that the snapshotter gives for the key */

	/* Documents from containerd's content store that have these digests and lead to each
	 * other and to layers with `chain_id`: this image is what the container stands on,
	 * whatever its name points to. Several of an index that have the same layers, or that
	 * only containerd can read, are not told apart: the index alone is proven then. */
	char *proven_config, *proven_manifest, *proven_index;
	char *possible; /* where the index alone is: the digests of all that it may be, with spaces between */
};

/* -ETIMEDOUT, -ENOENT where there is no such container, -EPERM where the other end is not
 * root's; the message names the socket and the way out. */
int containerd_ask(const struct containerd_question *question, struct containerd_container *ret_container,
		   struct error **error);

/* The same over a socket that is connected already, which is taken over. */
int containerd_ask_over(int descriptor, const struct containerd_question *question, unsigned milliseconds,
			struct containerd_container *ret_container, struct error **error);

void containerd_container_release(struct containerd_container *container);
#define cleanup_containerd_container __attribute__((cleanup(containerd_container_release)))

#endif
