/* What containerd's CRI plugin notes of a container beside containerd's record of it. */
#ifndef OCI_HARDEN_SHIM_CONTAINERD_CRI_RECORD_H
#define OCI_HARDEN_SHIM_CONTAINERD_CRI_RECORD_H

#include "shim/containerd/api.h"

/* ImageRef, the configuration's digest, from the extension of a container's record; *ret
 * stays NULL where it has none. -EPROTO where it cannot be read. */
int cri_record_config_digest(const ContainerdApi__Container *container, char **ret, struct error **error);

#endif
