/* When a signature was made, as far as somebody trusted tells: a Rekor log by its signed
 * entry timestamp, or a timestamp authority (RFC 3161). Nothing else does; what a signer
 * or a bundle says of its own time proves nothing. */
#ifndef OCI_HARDEN_TRUST_PROVEN_TIME_H
#define OCI_HARDEN_TRUST_PROVEN_TIME_H

#include <jansson.h>
#include <stdint.h>

#include "policy/base/error.h"
#include "policy/trust/signed_material.h"
#include "policy/trust/trusted_root.h"

/* A certificate that is valid at both ends is valid at each time between them. */
struct proven_time {
	size_t count; /* of those who tell it; 0: nobody */
	int64_t earliest, latest; /* seconds */
};

/* How far the clock of a log, or of who signs for Notation, may be ahead of this host's. */
#define PROVEN_TIME_SKEW 300

/* Asks all that the material has: one that does not verify, or tells a time that is still
 * to come, makes it fail (-EPERM), whatever others say. Adds a sentence for each. */
int proven_time_find(const struct signed_material *material, const struct trusted_root *root, int64_t now,
		     struct proven_time *ret_time, json_t *proof, struct error **error);

#endif
