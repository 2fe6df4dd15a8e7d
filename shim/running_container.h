/* The container that exec, update and checkpoint name by its ID alone. */
#ifndef OCI_HARDEN_SHIM_RUNNING_CONTAINER_H
#define OCI_HARDEN_SHIM_RUNNING_CONTAINER_H

#include "shim/bundle.h"
#include "shim/interception.h"

/* Finds it in its backend's state, opens its bundle and resolves the interception for
 * it. An error where nobody knows it, or where another backend than the policy's
 * started it. */
int running_container_open(struct interception *interception, struct bundle *ret_bundle, struct error **error);

#endif
