/* DSSE: an envelope around signed bytes that says of what type they are
 * (secure-systems-lab/dsse, envelope.md and protocol.md, version 1). */
#ifndef OCI_HARDEN_TRUST_DSSE_H
#define OCI_HARDEN_TRUST_DSSE_H

#include <jansson.h>

#include "policy/base/error.h"
#include "policy/trust/material_memory.h"
#include "policy/trust/signed_material.h"

#define DSSE_MEDIA_TYPE "application/vnd.dsse.envelope.v1+json"
#define DSSE_IN_TOTO "application/vnd.in-toto+json"

/* Sets message (PAE), signature, payload and payload_type of *material, which borrow from
 * `envelope` and `memory`. Exactly one signature and the payload type of an in-toto
 * statement, else -EINVAL; a key id is nobody's proof and not looked at. */
int dsse_read(const json_t *envelope, struct material_memory *memory, struct signed_material *material,
	      struct error **error);

#endif
