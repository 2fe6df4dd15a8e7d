/* Is a process that somebody wants to start in a container no looser than the
 * process the container was started with? What cannot be shown to be is a reason
 * to refuse. */
#ifndef OCI_HARDEN_SHIM_EXEC_HOLD_H
#define OCI_HARDEN_SHIM_EXEC_HOLD_H

#include <jansson.h>

#include "shim/interception.h"

/* `asked`: process.json. `start`: the hardened config.json's process. Adds a
 * sentence to the reasons for each field that is looser, and for each field that
 * is not known. */
int exec_hold_process(struct interception *interception, const json_t *start, const json_t *asked,
		      struct error **error);

/* Limits of `start` that `asked` does not mention: runc keeps them, crun would
 * not, so they are written. */
int exec_hold_fill_limits(json_t *asked, const json_t *start, struct error **error);

#endif
