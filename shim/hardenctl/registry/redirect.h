/* Where a registry may send us, and what goes along. */
#ifndef OCI_HARDEN_REGISTRY_REDIRECT_H
#define OCI_HARDEN_REGISTRY_REDIRECT_H

#include <stdbool.h>

#include "policy/base/error.h"
#include "shim/hardenctl/registry/address.h"

struct direction {
	bool own;     /* the registry itself: credentials and our certificate may go along */
	bool outside; /* addresses internal to this host must not be connected to */
};

/* May we go to `url`, which the registry at `registry` named? By https only; by http
 * where the registry itself speaks it and it stays there or, of a registry on loopback,
 * on loopback. Never to an internal address but from loopback. -EPERM and why not. */
int redirect_check(const struct origin *registry, const char *url, struct direction *ret_direction,
		   struct error **error);

#endif
