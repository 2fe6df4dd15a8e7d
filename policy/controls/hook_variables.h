/* The environment of a hook, which runs as root. */
#ifndef OCI_HARDEN_CONTROLS_HOOK_VARIABLES_H
#define OCI_HARDEN_CONTROLS_HOOK_VARIABLES_H

/* Why a hook may not have `variable` ("NAME=value"; NULL: no text), as the predicate of
 * a sentence about its name; NULL where it may. */
const char *hook_variable_danger(const char *variable);

#endif
