/* The steps of a verification, in words for a person. */
#ifndef OCI_HARDEN_TRUST_PROOF_H
#define OCI_HARDEN_TRUST_PROOF_H

#include <jansson.h>

#include "policy/base/error.h"

/* Appends a sentence to the array; -ENOMEM. */
int proof_add(json_t *proof, struct error **error, const char *format, ...) __attribute__((format(printf, 3, 4)));

#endif
