/* What containerd knows of a container, asked over its local socket (gRPC: HTTP/2 by
 * nghttp2, messages by protobuf-c) with one deadline for the whole conversation. Only root
 * can write where the socket is, and its other end has to be root's. Asking while the
 * engine waits for the runtime does not deadlock. */
#ifndef OCI_HARDEN_SHIM_CONTAINERD_H
#define OCI_HARDEN_SHIM_CONTAINERD_H

#include "policy/base/error.h"

#define CONTAINERD_MILLISECONDS 2000u

/* Owned; NULL where containerd has none. */
struct containerd_container {
	char *image;           /* the name by which it was made */
	char *image_digest;    /* what that name points to now: an index or a manifest. Not proof of
	                        * what runs: the name may have been moved since (chain_id tells) */
	char *image_media_type;
	char *config_digest;   /* CRI's own record of the container's image: ImageRef */
	char *snapshotter, *snapshot_key;
	char *chain_id;        /* parent of the container's snapshot, by name: the topmost layer's
	                        * chain id (image specification, config.md), where it is one */
	char *lower, *upper;   /* of the overlay mount that the snapshotter gives for the key */
};

/* `socket`: an absolute path. -ETIMEDOUT, -ENOENT where there is no such container, -EPERM
 * where the other end is not root's; the message names the socket and the way out. */
int containerd_ask(const char *socket, const char *namespace, const char *container,
		   struct containerd_container *ret_container, struct error **error);
void containerd_container_release(struct containerd_container *container);
#define cleanup_containerd_container __attribute__((cleanup(containerd_container_release)))

#endif
