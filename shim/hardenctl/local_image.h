/* An image that is on this host, by the name that a person has for it. A name is only how
 * people find it: what is judged is what it leads to now. */
#ifndef OCI_HARDEN_HARDENCTL_LOCAL_IMAGE_H
#define OCI_HARDEN_HARDENCTL_LOCAL_IMAGE_H

#include "policy/base/error.h"
#include "policy/facts.h"

/* Looks into Docker's classic store, containers/storage (Podman, CRI-O) and the local
 * store of signatures, and fills the digest that the first of them has. `data_root` is
 * Docker's; NULL: the usual one. -ENOENT. */
int local_image_find(const char *name, const char *data_root, struct facts *ret_facts, struct error **error);

#endif
