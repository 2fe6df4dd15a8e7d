/* The verdict itself, from bytes that come from outside. Runs in a confined process; tests
 * and fuzz targets call it as it is. */
#ifndef OCI_HARDEN_TRUST_VERDICT_MAKE_H
#define OCI_HARDEN_TRUST_VERDICT_MAKE_H

#include "policy/base/text.h"
#include "policy/trust/evidence.h"
#include "policy/trust/verdict.h"

/* Takes blobs out of *evidence whose digest is wrong. */
int verdict_make(const struct trust_question *question, struct evidence *evidence, json_t **ret_verdict,
		 struct error **error);

/* The same as confine()'s work; `context` is a struct verdict_task. */
struct verdict_task {
	const struct trust_question *question;
	struct evidence *evidence;
};
int verdict_make_confined(void *context, struct text *output, struct error **error);

#endif
