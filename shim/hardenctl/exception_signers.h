/* What an exception can be bound to in the place of an image's digest: who has signed it. */
#ifndef OCI_HARDEN_HARDENCTL_EXCEPTION_SIGNERS_H
#define OCI_HARDEN_HARDENCTL_EXCEPTION_SIGNERS_H

#include <jansson.h>

#include "policy/base/text.h"

/* Appends it as a comment: a release has another digest than the one before, who signs it
 * stays the same. Nothing where it would not hold for this image: what was signed has to be
 * proven to be what is mounted. */
void exception_append_signers(struct text *stanza, const json_t *decision);

#endif
