/* The layers by which a manifest carries signatures. What is in a manifest is as trustworthy
 * as whoever could write to the registry: it only tells where to look. */
#ifndef OCI_HARDEN_TRUST_SIGNED_LAYER_H
#define OCI_HARDEN_TRUST_SIGNED_LAYER_H

#include <jansson.h>
#include <stdbool.h>

#include "policy/base/error.h"
#include "policy/trust/evidence.h"
#include "policy/trust/manifest.h"

/* False for blobs that cannot be a manifest with a layer of this type: a cheap look before
 * anything is parsed. */
bool signed_layer_is_possible(const struct blob *blob, const char *media_type);

/* manifest_read(), and -EINVAL for an index. */
int signed_layer_read_manifest(const struct blob *blob, struct manifest *ret_manifest, struct error **error);

/* The layer's blob, whose size is the one that its descriptor says; -ENOENT, -EINVAL. */
int signed_layer_find(const struct descriptor *layer, const struct evidence *evidence, struct bytes *ret_bytes,
		      struct error **error);

/* cosign writes a new manifest for each signature that joins the others, and a store that is
 * fed daily has them all: the layers of the older ones are in the newer ones again. Anybody
 * may wrap the same layer in any number of manifests. `seen` is an object; *ret_new is false
 * for a layer that is the same in all that counts: its bytes, and `beside`, or where that is
 * NULL its annotations. */
int signed_layer_note(const struct descriptor *layer, const char *beside, json_t *seen, bool *ret_new,
		      struct error **error);

#endif
