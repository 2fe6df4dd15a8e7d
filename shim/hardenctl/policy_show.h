/* `hardenctl policy show`: what holds, and for whom. */
#ifndef OCI_HARDEN_HARDENCTL_POLICY_SHOW_H
#define OCI_HARDEN_HARDENCTL_POLICY_SHOW_H

#include <jansson.h>
#include <stdbool.h>
#include <time.h>

#include "policy/base/error.h"

/* Prints the active policy below `state_directory`; `source`: the YAML that it was
 * made from instead. */
int policy_show(const char *state_directory, bool source, time_t now, struct error **error);

/* One line with the flaws that stand in a backend's pin; nothing where none do. */
void policy_show_flaws(const json_t *pin);

#endif
