/* update: new limits for a running container, held to the policy's. */
#ifndef OCI_HARDEN_SHIM_GATE_UPDATE_H
#define OCI_HARDEN_SHIM_GATE_UPDATE_H

#include "shim/interception.h"

/* Becomes the backend, or returns as gate_create() does. */
int gate_update(struct interception *interception, struct error **error);

#endif
