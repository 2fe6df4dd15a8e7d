/* nerdctl's own files for a container of containerd's. It keeps them below its data root
 * in a folder named after containerd's socket, which containerd's shim has on its command
 * line, then by namespace and container: none of these is the container's user's word. */
#ifndef OCI_HARDEN_SHIM_IDENTITY_NERDCTL_H
#define OCI_HARDEN_SHIM_IDENTITY_NERDCTL_H

#include "shim/identity/identity.h"

/* Adds nerdctl's files, named volumes and hook program; nothing where nerdctl has no
 * folder for this container, which another client then made. `nerdctl/…` annotations are
 * the client's word and not read. */
int nerdctl_add_files(const struct circumstances *circumstances, struct facts *facts);

#endif
