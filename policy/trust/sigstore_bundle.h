/* Sigstore bundle v0.3 (sigstore/protobuf-specs, sigstore_bundle.proto), as its JSON: a
 * signed in-toto statement together with what proves who signed it and when. */
#ifndef OCI_HARDEN_TRUST_SIGSTORE_BUNDLE_H
#define OCI_HARDEN_TRUST_SIGSTORE_BUNDLE_H

#include <stddef.h>

#include "policy/base/error.h"
#include "policy/trust/material_memory.h"
#include "policy/trust/signed_material.h"

#define BUNDLE_MEDIA_TYPE "application/vnd.dev.sigstore.bundle.v0.3+json"
#define BUNDLE_PREDICATE_TYPE "dev.sigstore.bundle.predicateType" /* an annotation of its manifest */

struct sigstore_bundle {
	struct signed_material material; /* borrows from memory */
	struct material_memory memory;
};

/* Nothing of it is verified. -EINVAL where it is no bundle of this version, has a field
 * that is not known, or signs bytes (messageSignature) instead of a statement. Protobuf's
 * JSON leaves out what is zero, so the indexes and the tree size of a log entry that are
 * not there are 0; integrated_time is -1, for a log (Rekor v2) that tells no time. */
int sigstore_bundle_read(const void *data, size_t size, struct sigstore_bundle *ret_bundle, struct error **error);
void sigstore_bundle_release(struct sigstore_bundle *bundle); /* *bundle is zero afterwards */
#define cleanup_sigstore_bundle __attribute__((cleanup(sigstore_bundle_release)))

#endif
