/* exec: passes only where the new process is provably no looser than the process
 * the container was started with. */
#ifndef OCI_HARDEN_SHIM_GATE_EXEC_H
#define OCI_HARDEN_SHIM_GATE_EXEC_H

#include "shim/interception.h"

/* Becomes the backend, or returns as gate_create() does. */
int gate_exec(struct interception *interception, struct error **error);

#endif
