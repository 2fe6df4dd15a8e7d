/* Private to verdict.c: a verdict's text, which comes from a process that read hostile
 * bytes or from a file, back into a verdict. */
#ifndef OCI_HARDEN_TRUST_VERDICT_SHAPE_H
#define OCI_HARDEN_TRUST_VERDICT_SHAPE_H

#include <stddef.h>

#include "policy/trust/verdict.h"

/* Exact keys and types, and nothing that contradicts the question: its proven digests.
 * -EINVAL. */
int verdict_read(const char *text, size_t length, const struct trust_question *question, json_t **ret_verdict,
		 struct error **error);

#endif
