/* checkpoint and restore: refused unless the control command-line allows them. Nothing
 * of a restored container can be hardened, and the decision log says so. */
#ifndef OCI_HARDEN_SHIM_GATE_CHECKPOINT_H
#define OCI_HARDEN_SHIM_GATE_CHECKPOINT_H

#include "shim/interception.h"

/* Become the backend, or return as gate_create() does. The question by which Podman
 * and CRI-O find out what restore can do goes to the backend as it is. */
int gate_checkpoint(struct interception *interception, struct error **error);
int gate_restore(struct interception *interception, struct error **error);

#endif
