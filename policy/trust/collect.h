/* Goes through an image's evidence and collects what the policy's signers have verifiably
 * said of it. One function for each family of formats, all of the same shape. */
#ifndef OCI_HARDEN_TRUST_COLLECT_H
#define OCI_HARDEN_TRUST_COLLECT_H

#include <stdint.h>

#include "policy/trust/claim.h"
#include "policy/trust/evidence.h"
#include "policy/trust/signer.h"

struct collection {
	const struct evidence *evidence; /* verified by digest */
	const struct signers *signers;
	const char *const *subjects; /* digests that may be spoken of: manifests and indexes of this image */
	size_t subject_count;
	int64_t now; /* seconds */
};

/* Adds to *claims. What does not verify is a rejection, not an error; a negative value
 * is for want of memory, or where there is more than can be checked (CLAIM_CHECKS). */
int collect_cosign(const struct collection *collection, struct claims *claims, struct error **error);
int collect_bundles(const struct collection *collection, struct claims *claims, struct error **error);
int collect_notation(const struct collection *collection, struct claims *claims, struct error **error);
/* All three. */
int collect_all(const struct collection *collection, struct claims *claims, struct error **error);

#endif
