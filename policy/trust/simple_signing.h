/* The document that cosign's classic signatures cover (containers/image,
 * docs/containers-signature.5.md, with cosign's own type). */
#ifndef OCI_HARDEN_TRUST_SIMPLE_SIGNING_H
#define OCI_HARDEN_TRUST_SIMPLE_SIGNING_H

#include <jansson.h>

#include "policy/base/error.h"
#include "policy/trust/evidence.h"

#define SIMPLE_SIGNING_MEDIA_TYPE "application/vnd.dev.cosign.simplesigning.v1+json"

struct simple_signing {
	json_t *root;              /* owned */
	const char *digest;        /* what is signed: digest_is_valid() */
	const char *reference;     /* the repository that it names, or NULL */
	const json_t *annotations; /* object, or NULL */
};

/* Exact keys, exact type; -EINVAL. */
int simple_signing_read(struct bytes payload, struct simple_signing *ret_signing, struct error **error);
void simple_signing_release(struct simple_signing *signing);
#define cleanup_simple_signing __attribute__((cleanup(simple_signing_release)))

#endif
