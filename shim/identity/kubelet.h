/* What the kubelet prepares for a pod, whichever engine it calls. */
#ifndef OCI_HARDEN_SHIM_IDENTITY_KUBELET_H
#define OCI_HARDEN_SHIM_IDENTITY_KUBELET_H

#include "policy/facts.h"

/* facts_add_path() of the volumes, hosts and termination logs of the pod with this uid
 * (Kubernetes' own, not the sandbox's id). None where `uid` is NULL, no name, or the
 * kubelet has no folder for it. */
int kubelet_add_files(const char *uid, struct facts *facts);

#endif
