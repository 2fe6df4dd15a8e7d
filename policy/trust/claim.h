/* What somebody whom the policy names has verifiably said of a digest, and what was
 * looked at and did not count. Readers of the formats make claims, evaluate.h weighs
 * them. */
#ifndef OCI_HARDEN_TRUST_CLAIM_H
#define OCI_HARDEN_TRUST_CLAIM_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "policy/base/error.h"

enum claim_kind {
	CLAIM_NONE = 0,
	CLAIM_SIGNATURE,   /* "this image is mine" */
	CLAIM_ATTESTATION, /* "this predicate holds of it": never counts as a signature */
};

/* Owned. Times are seconds since 1970, 0 where nothing trusted tells one. */
struct claim {
	enum claim_kind kind;
	char *signer;  /* the policy's name for who said it */
	char *key;      /* that it was made with: SHA-256 of its SubjectPublicKeyInfo, "sha256:…" */
	char *identity; /* its certificate's: what the policy asked, of Notation the subject's digest; NULL: a bare key */
	char *subject; /* the digest it is about, one of those asked for */
	char *source;  /* the blob it was read from: "sha256:…" */
	char *reference;     /* the repository that a signature names; NULL: none */
	json_t *annotations; /* object that the signature covers; NULL: none */
	char *predicate_type; /* of an attestation */
	json_t *predicate;    /* of an attestation: an object */
	int64_t signed_at;    /* proven by a log or a timestamp, or the signer's own word (Notation); 0: nothing tells */
	int64_t expires;      /* from then on the signature holds no longer */
	json_t *proof;        /* array of texts: each step that was checked, for a person */
};

struct claims {
	struct claim *list; /* owned */
	size_t count;
	/* array of {"source": DIGEST, "format": TEXT, "why": SENTENCE}: signatures that did not
	 * count, for a person. Capped at CLAIM_REJECTIONS; never more than a help. */
	json_t *rejections;
	size_t checks; /* by how many keys signatures were tried so far */
};

#define CLAIM_REJECTIONS 64u
#define CLAIM_CHECKS 8192u /* a few seconds at most: somebody waits for the container */

/* Takes over what `claim` owns, also where it fails (-ENOMEM). */
int claims_add(struct claims *claims, struct claim *claim);
int claims_reject(struct claims *claims, const char *source, const char *format, const struct error *why);
void claim_release(struct claim *claim);

/* Wherever each was read from: what is not signed around it makes no difference. */
bool claim_says_the_same(const struct claim *left, const struct claim *right);
void claims_release(struct claims *claims);
#define cleanup_claims __attribute__((cleanup(claims_release)))

#endif
