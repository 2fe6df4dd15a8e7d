/* exec: the new process is held to the one that the container was started with, so
 * that it has nothing more than what runs there already. */
#ifndef OCI_HARDEN_SHIM_GATE_EXEC_H
#define OCI_HARDEN_SHIM_GATE_EXEC_H

#include "shim/interception.h"

/* Becomes the backend, or returns as gate_create() does. */
int gate_exec(struct interception *interception, struct error **error);

#endif
