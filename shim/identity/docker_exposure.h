/* hostconfig.json: what dockerd does for a container beside its configuration. */
#ifndef OCI_HARDEN_SHIM_IDENTITY_DOCKER_EXPOSURE_H
#define OCI_HARDEN_SHIM_IDENTITY_DOCKER_EXPOSURE_H

#include "shim/identity/store.h"

/* Fills facts->exposure from the file in `folder`, the container's own; without one it
 * stays unseen. -ENOMEM without an error, or what is wrong with the file. */
int docker_exposure_fill(const struct store *folder, struct facts *facts, struct error **error);

#endif
