/* Private to the collectors: from a signature that was found to claims. */
#ifndef OCI_HARDEN_TRUST_COLLECT_SIGNED_H
#define OCI_HARDEN_TRUST_COLLECT_SIGNED_H

#include <stdbool.h>

#include "policy/trust/collect.h"
#include "policy/trust/signed_material.h"

/* A signature, and how what it covers is read once it is verified. Borrowed. */
struct found_signature {
	const char *source; /* the blob's digest */
	const char *format; /* for a person: "cosign", "bundle" */
	const struct signed_material *material;
	const char *announced_type; /* the predicate's, as an unsigned annotation says; NULL: it says none */

	/* Appends a claim for each of the image's digests that is spoken of: kind, subject and
	 * what is said of it. -EINVAL where none is, or it cannot be read. */
	int (*read)(const struct collection *collection, const struct found_signature *found, struct claims *said,
		    struct error **error);
};

/* Checks it for every signer; a claim for each whose signature it is and each digest, or
 * a rejection. -ENOMEM; -E2BIG beyond CLAIM_CHECKS. */
int collect_signed(const struct collection *collection, const struct found_signature *found, struct claims *claims,
		   struct error **error);

/* Three ways to read: a simple signing document; a statement that is always an
 * attestation; a statement that is a signature where its predicate type says so. */
int collect_read_simple(const struct collection *collection, const struct found_signature *found,
			struct claims *said, struct error **error);
int collect_read_attestation(const struct collection *collection, const struct found_signature *found,
			     struct claims *said, struct error **error);
int collect_read_statement(const struct collection *collection, const struct found_signature *found,
			   struct claims *said, struct error **error);

bool collect_is_subject(const struct collection *collection, const char *digest);

/* -ENOMEM stays an error; anything else becomes a rejection and 0. `why` is freed. */
int collect_reject(int result, const char *source, const char *format, struct error *why, struct claims *claims,
		   struct error **error);

#endif
