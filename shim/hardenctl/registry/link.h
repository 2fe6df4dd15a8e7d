/* The Link header (RFC 8288), by which a registry says where a list goes on. */
#ifndef OCI_HARDEN_REGISTRY_LINK_H
#define OCI_HARDEN_REGISTRY_LINK_H

#include "policy/base/error.h"

/* The target of the link whose relation is "next", as it is written; NULL where there is
 * none. -EINVAL where it does not follow the grammar or there are two. The caller frees
 * *ret_target. */
int link_next(const char *header, char **ret_target, struct error **error);

#endif
