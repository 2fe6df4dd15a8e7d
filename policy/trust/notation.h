/* Notary Project signatures (notation): what one says once it is taken apart. */
#ifndef OCI_HARDEN_TRUST_NOTATION_H
#define OCI_HARDEN_TRUST_NOTATION_H

#include <jansson.h>
#include <stdint.h>

#include "policy/trust/collect.h"
#include "policy/trust/jws.h"
#include "policy/trust/notation_chain.h"

#define NOTATION_MEDIA_TYPE "application/vnd.cncf.notary.signature"
#define NOTATION_JWS "application/jose+json"
#define NOTATION_COSE "application/cose"

/* Signatures whose certificates lead to a trust store, so that they are worth the
 * arithmetic; beyond that none is looked at (CVE-2023-33957, CVE-2023-33958). */
#define NOTATION_SIGNATURES 100u
/* Bytes of an envelope: eight certificates and a countersignature are a fourth of it. Many
 * manifests may name the same one, and each reads it. */
#define NOTATION_ENVELOPE_SIZE ((size_t)256 << 10)

struct notation_signature {
	struct jws jws;
	STACK_OF(X509) *chain;  /* leaf first */
	json_t *annotations;    /* object of strings: the user's metadata; NULL: none */
};

/* The payload: its targetArtifact is `subject`, by media type, digest and size of what the
 * store has for it. *ret_annotations is a new reference, or NULL. -EINVAL; -ENOMEM. */
int notation_payload_check(struct bytes payload, const char *subject, const struct evidence *evidence,
			   json_t **ret_annotations, struct error **error);

/* Is it the signer's, now: his trust store, scheme and subject, and the times. -EPERM.
 * *ret_expires: the first second at which it no longer is; 0: never. */
int notation_signer_check(const struct notation_signature *signature, const struct signer *signer, int64_t now,
			  int64_t *ret_expires, struct error **error);

void notation_signature_release(struct notation_signature *signature);
#define cleanup_notation_signature __attribute__((cleanup(notation_signature_release)))

#endif
