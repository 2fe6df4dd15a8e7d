/* What the call says about the container beside its configuration: options of the
 * command line, and the two variables of the environment that runc and crun obey. */
#ifndef OCI_HARDEN_SHIM_COMMAND_FACTS_H
#define OCI_HARDEN_SHIM_COMMAND_FACTS_H

#include "shim/interception.h"

/* -EINVAL where a count of descriptors cannot be read. */
int command_facts_fill(const struct invocation *invocation, struct facts *facts, struct error **error);

#endif
