/* An image manifest (OCI image specification, manifest.md) that carries signatures. What is
 * in it is as trustworthy as whoever could write to the registry: it only tells where to
 * look. */
#ifndef OCI_HARDEN_TRUST_MANIFEST_H
#define OCI_HARDEN_TRUST_MANIFEST_H

#include <jansson.h>
#include <stdbool.h>

#include "policy/base/error.h"
#include "policy/trust/evidence.h"

struct manifest {
	json_t *root;         /* owned */
	const json_t *layers; /* array of descriptors */
	const char *subject;  /* the digest that it refers to, or NULL */
};

/* False for blobs that cannot be a manifest with a layer of this type: a cheap look before
 * anything is parsed. */
bool manifest_may_have(const struct blob *blob, const char *layer_type);

/* -EINVAL for what is none; for one that is an index as well (CVE-2021-41190) or has a
 * descriptor whose digest is none (CVE-2024-3727). */
int manifest_read(const struct blob *blob, struct manifest *ret_manifest, struct error **error);
void manifest_release(struct manifest *manifest);
#define cleanup_manifest __attribute__((cleanup(manifest_release)))

const char *manifest_layer_type(const json_t *layer);
const char *manifest_layer_digest(const json_t *layer);
const json_t *manifest_layer_annotations(const json_t *layer); /* object of texts, or NULL */

/* The layer's blob, whose size is the one that its descriptor says; -ENOENT, -EINVAL. */
int manifest_layer_find(const json_t *layer, const struct evidence *evidence, struct bytes *ret_bytes,
			struct error **error);

#endif
