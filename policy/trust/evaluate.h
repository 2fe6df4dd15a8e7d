/* The policy's trust section against one image: which demands are meant, and are they
 * met. Weighs claims that were verified before; reads no bytes from outside. */
#ifndef OCI_HARDEN_TRUST_EVALUATE_H
#define OCI_HARDEN_TRUST_EVALUATE_H

#include <jansson.h>
#include <stdbool.h>

#include "policy/trust/demand.h"

/* `settings`: settings.h. *assessment is zero before; without a reason the image is
 * trusted. *ret_matched: false where it is so only because trust/unmatched says it; an entry
 * of one scope alone is enough, so that what it demands is bound to what is mounted. */
int evaluate(const json_t *settings, const struct image *image, struct assessment *assessment, bool *ret_matched,
	     struct error **error);

void assessment_release(struct assessment *assessment);
#define cleanup_assessment __attribute__((cleanup(assessment_release)))

#endif
