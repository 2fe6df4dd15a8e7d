/* The environment comes from the engine and goes on to the backend. What makes
 * the C library, libcrypto, the dynamic linker or the backend itself load foreign
 * files or skip steps is taken out, before any library call. */
#ifndef OCI_HARDEN_SHIM_ENVIRONMENT_H
#define OCI_HARDEN_SHIM_ENVIRONMENT_H

#include <stdbool.h>

/* Edits `environment` (NULL-ended "NAME=value") in place. Uses no library call
 * that could itself read the environment. */
void environment_clean(char **environment);

/* True where the variable "NAME=value" is one of those that are taken out. */
bool environment_is_harmful(const char *variable);

#endif
