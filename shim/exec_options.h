/* exec's options (--user, --env …) and command as the process.json that they stand
 * for, so that both forms are judged and handed on alike: crun starts such a
 * process as root whatever the container's own process is (seen with 1.8.1). */
#ifndef OCI_HARDEN_SHIM_EXEC_OPTIONS_H
#define OCI_HARDEN_SHIM_EXEC_OPTIONS_H

#include <jansson.h>

#include "shim/interception.h"

/* Edits `process`, a copy of the container's own, into what the options and the
 * command ask for. */
int exec_options_apply(const struct invocation *invocation, json_t *process, struct error **error);

/* Takes out of the invocation what a process.json says now. Beside a --process, runc
 * and crun pay no attention to these either. What stays, --cgroup, counts there too. */
void exec_options_drop(struct invocation *invocation);

#endif
