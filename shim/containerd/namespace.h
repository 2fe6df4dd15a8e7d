/* One of containerd's namespaces, which each have images and containers of their own. */
#ifndef OCI_HARDEN_SHIM_CONTAINERD_NAMESPACE_H
#define OCI_HARDEN_SHIM_CONTAINERD_NAMESPACE_H

#include <jansson.h>

#include "policy/base/error.h"
#include "shim/containerd/grpc.h"

#define CONTAINERD_NAMESPACES 64u

/* A connection for each, since the namespace goes with all that is asked over one. Filled
 * in place: it may not be moved while it is open. */
struct containerd_namespace {
	const char *metadata[3];
	struct grpc *grpc;
};

/* `socket` and `name` are borrowed. -ENOENT where there is no such socket, -ECONNREFUSED
 * where nobody listens; -EPERM where its other end is not root's. */
int containerd_namespace_open(const char *socket, const char *name, unsigned milliseconds,
			      struct containerd_namespace *namespace, struct error **error);
void containerd_namespace_close(struct containerd_namespace *namespace);
#define cleanup_containerd_namespace __attribute__((cleanup(containerd_namespace_close)))

/* Appends the names of all there are to the array `names`. As above; -E2BIG beyond
 * CONTAINERD_NAMESPACES. */
int containerd_namespaces(const char *socket, unsigned milliseconds, json_t *names, struct error **error);

#endif
