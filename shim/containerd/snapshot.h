/* On which layers does a container stand, by containerd's snapshotter? */
#ifndef OCI_HARDEN_SHIM_CONTAINERD_SNAPSHOT_H
#define OCI_HARDEN_SHIM_CONTAINERD_SNAPSHOT_H

#include "shim/containerd/containerd.h"
#include "shim/containerd/grpc.h"

#define SNAPSHOT_CALLS 3u

/* The calls that ask for container->snapshot_key, its "-init" and its mounts; owned by the
 * caller also where it fails. */
int snapshot_calls(const struct containerd_container *container, struct grpc_call calls[SNAPSHOT_CALLS],
		   struct error **error);

/* Fills chain_id, lower and upper by their answers. A snapshot that is not there leaves
 * them NULL. */
int snapshot_answers(const struct grpc_call calls[SNAPSHOT_CALLS], struct containerd_container *container,
		     struct error **error);

#endif
