/* Saying no so that the user of docker, ctr, crictl or podman sees why. */
#ifndef OCI_HARDEN_SHIM_REFUSAL_H
#define OCI_HARDEN_SHIM_REFUSAL_H

#include "policy/base/error.h"
#include "shim/interception.h"

/* The sentence: "oci-harden: container web refused: REASON; REASON. hardenctl why
 * ID shows all; …". `error`: what went wrong where nothing could be decided, or
 * NULL. On one line, at most about 8,000 bytes, and free of the words that docker
 * takes for another exit code. The caller frees it; never NULL but without memory. */
char *refusal_text(const struct interception *interception, const struct error *error);

/* The line for the engine's --log file: JSON or text as --log-format says. The
 * caller frees it; NULL without memory. */
char *refusal_log_line(const char *text, bool json);

/* Logs the decision, writes one line to the --log file and the sentence to
 * standard error. Returns the exit status: 255 for exec, else 1. */
int refuse(struct interception *interception, const struct error *error);

#endif
