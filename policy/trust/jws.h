/* The envelope of a Notary Project signature: a JSON Web Signature (RFC 7515) in flattened
 * JSON, with the headers of the Notary Project's specification "JWS Signature Envelope".
 * Reading it proves its shape alone.
 *
 * Stricter than RFC 7515 asks for: the header that is not signed has the certificates, a
 * countersignature and the signing agent, of which only the certificates are looked at. Of the
 * signed one an extended header that is not critical and not of the Notary Project's own name
 * space is passed over; whatever else is not known is refused, a verification plugin too. */
#ifndef OCI_HARDEN_TRUST_JWS_H
#define OCI_HARDEN_TRUST_JWS_H

#include <openssl/evp.h>
#include <stdint.h>

#include "policy/base/error.h"
#include "policy/trust/material_memory.h"

enum notation_scheme {
	NOTATION_SCHEME_NONE = 0,
	NOTATION_X509,              /* the signing time is the signer's own word */
	NOTATION_SIGNING_AUTHORITY, /* the signing time is an authority's */
};

struct jws {
	const char *algorithm; /* "PS256" */
	enum notation_scheme scheme;
	int64_t signing_time; /* seconds */
	int64_t expiry;       /* seconds; INT64_MAX: none */
	struct bytes input;   /* what the signature covers */
	struct bytes signature, payload;
	const struct bytes *certificates; /* DER, leaf to root */
	size_t certificate_count;
	struct material_memory memory; /* owned: all of the above */
};

/* -EINVAL; -ENOMEM. */
int jws_read(const void *data, size_t size, struct jws *ret_jws, struct error **error);
void jws_release(struct jws *jws);
#define cleanup_jws __attribute__((cleanup(jws_release)))

/* 0 where `key` made the signature by the one algorithm that such a key is for; -EPERM. */
int jws_verify(const struct jws *jws, EVP_PKEY *key, struct error **error);

#endif
