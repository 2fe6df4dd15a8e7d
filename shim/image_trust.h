/* The image of one container: may it run, is it what is mounted, and who signed it. The
 * same for the gates and for `hardenctl verify`. */
#ifndef OCI_HARDEN_SHIM_IMAGE_TRUST_H
#define OCI_HARDEN_SHIM_IMAGE_TRUST_H

#include <jansson.h>
#include <stdbool.h>
#include <time.h>

#include "policy/base/error.h"
#include "policy/facts.h"
#include "policy/rules/policy.h"
#include "policy/trust/verdict.h"

/* below /run, since neither should outlive a boot */
#define TRUST_CACHES "/run/oci-harden"
#define TRUST_VERDICTS TRUST_CACHES "/verdicts"
#define TRUST_CONTENTS TRUST_CACHES "/contents"

enum image_trust_purpose {
	IMAGE_TRUST_START = 0, /* it is about to be started: everything is demanded */
	IMAGE_TRUST_RUNNING,   /* it runs: what was written into it since is its own affair */
	IMAGE_TRUST_IMAGE,     /* no container: nothing is mounted that could be looked at */
};

/* Owned; all NULL where the policy asks for nothing. */
struct image_trust {
	json_t *verdict; /* policy/trust/verdict.h */
	json_t *reasons; /* array of sentences: why it may not run */
	json_t *proof;   /* array of sentences: the verdict's, then what is mounted */
	bool cached;
};

/* How to ask. */
struct image_trust_question {
	const struct policy *policy; /* borrowed */
	enum image_trust_purpose purpose;
	trust_maker *make;
	bool anew; /* no cached verdict will do */
	time_t now;
};

/* Asks, and puts into *facts what is proven: the names of the signers and the digests that
 * the engine does not say. */
int image_trust_judge(const struct image_trust_question *question, struct facts *facts,
		      struct image_trust *ret_trust, struct error **error);

/* Does the policy, for a container that runs, have anything that depends on its image by
 * trust: deny, or an exception that may be for it, bound to signers, or to a digest while not
 * all of the image's are known without it? */
int image_trust_matters(const struct policy *policy, const struct facts *facts, bool *ret_matters,
			struct error **error);

void image_trust_release(struct image_trust *trust);
#define cleanup_image_trust __attribute__((cleanup(image_trust_release)))

#endif
