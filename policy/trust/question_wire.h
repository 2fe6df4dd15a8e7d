/* A question and its evidence as bytes, from the shim to the program that verifies. Both
 * are of one build: what one writes the other reads, and nothing else ever is. */
#ifndef OCI_HARDEN_TRUST_QUESTION_WIRE_H
#define OCI_HARDEN_TRUST_QUESTION_WIRE_H

#include <stddef.h>

#include "policy/base/text.h"
#include "policy/trust/evidence.h"
#include "policy/trust/verdict.h"

#define QUESTION_WIRE_SIZE (EVIDENCE_SIZE + ((size_t)8 << 20))

/* Appends; a failure for want of memory is the text's. */
void question_wire_write(const struct trust_question *question, const struct evidence *evidence, struct text *bytes);

/* The question borrows from *ret_memory, which the caller releases with json_decref().
 * -EINVAL where these are no such bytes. */
int question_wire_read(const char *bytes, size_t length, struct trust_question *ret_question,
		       struct evidence *ret_evidence, json_t **ret_memory, struct error **error);

#endif
