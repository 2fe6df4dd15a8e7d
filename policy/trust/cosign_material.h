/* What cosign up to version 2 writes beside a signed blob: the annotations of a layer
 * (sigstore/cosign, specs/SIGNATURE_SPEC.md). */
#ifndef OCI_HARDEN_TRUST_COSIGN_MATERIAL_H
#define OCI_HARDEN_TRUST_COSIGN_MATERIAL_H

#include <jansson.h>

#include "policy/base/error.h"
#include "policy/trust/material_memory.h"
#include "policy/trust/signed_material.h"

struct cosign_material {
	struct signed_material material; /* borrows from memory, the blob and the annotations */
	struct material_memory memory;
};

/* `annotations`: of the layer, an object of texts, or NULL; keys that are not cosign's say
 * nothing of the signature. Both set everything but what is absent; nothing is verified. */

/* `payload` is what was signed: a simple signing document. */
int cosign_material_read_simple(const json_t *annotations, struct bytes payload,
				struct cosign_material *ret_material, struct error **error);
/* `envelope` is a DSSE envelope with the signature in it. */
int cosign_material_read_envelope(const json_t *annotations, struct bytes envelope,
				  struct cosign_material *ret_material, struct error **error);

void cosign_material_release(struct cosign_material *material); /* *material is zero afterwards */
#define cleanup_cosign_material __attribute__((cleanup(cosign_material_release)))

#endif
