/* in-toto statements (in-toto/attestation, spec/v1/statement.md; v0.1 is what cosign up to
 * version 2 writes): a predicate about subjects, which are told by their digests. */
#ifndef OCI_HARDEN_TRUST_STATEMENT_H
#define OCI_HARDEN_TRUST_STATEMENT_H

#include <jansson.h>

#include "policy/base/error.h"
#include "policy/trust/evidence.h"

/* The predicate by which cosign says in a bundle that an image is signed; anything else
 * is an attestation. */
#define STATEMENT_COSIGN_SIGNATURE "https://sigstore.dev/cosign/sign/v1"

struct statement {
	json_t *root;               /* owned */
	const char *predicate_type; /* not empty */
	const json_t *predicate;    /* object */
	const json_t *subjects;     /* array; statement_subject_…() read its elements */
};

/* Exact keys, exact types; -EINVAL. */
int statement_read(struct bytes payload, struct statement *ret_statement, struct error **error);
void statement_release(struct statement *statement);
#define cleanup_statement __attribute__((cleanup(statement_release)))

/* "sha256:…" of a subject; -ENOENT where it is told by other digests. */
int statement_subject_digest(const json_t *subject, char ret_digest[DIGEST_LENGTH + 1]);
const char *statement_subject_name(const json_t *subject);         /* or NULL */
const json_t *statement_subject_annotations(const json_t *subject); /* object of texts, or NULL */

#endif
