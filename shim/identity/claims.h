/* Digests that an engine knows an image by without any proof: whoever wrote them down may be
 * wrong, or have been told wrong, so that they may refuse an image and never let one run. */
#ifndef OCI_HARDEN_SHIM_IDENTITY_CLAIMS_H
#define OCI_HARDEN_SHIM_IDENTITY_CLAIMS_H

#include "policy/base/error.h"
#include "policy/facts.h"

/* Where facts->claims_file names Docker's repositories.json: into facts->claimed_digests every
 * digest by which an image with the container's configuration was pulled. -EINVAL where the
 * file is written as no Docker writes it. */
int identity_read_claims(struct facts *facts, struct error **error);

#endif
