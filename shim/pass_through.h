/* Verbs that change nothing about what a container may do: a daemon must be able
 * to clean up (delete, kill, state) whatever state the policy is in. */
#ifndef OCI_HARDEN_SHIM_PASS_THROUGH_H
#define OCI_HARDEN_SHIM_PASS_THROUGH_H

#include "shim/interception.h"

/* Becomes the backend. Returns only on failure. */
int pass_through(struct interception *interception, struct error **error);

#endif
