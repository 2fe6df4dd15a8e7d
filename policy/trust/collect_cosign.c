/* cosign up to version 2: manifests whose layers are signatures and attestations, at tags
 * that nobody looks at here. */
#include <errno.h>

#include "policy/base/cleanup.h"
#include "policy/base/text.h"
#include "policy/document/document.h"
#include "policy/trust/collect_signed.h"
#include "policy/trust/cosign_material.h"
#include "policy/trust/dsse.h"
#include "policy/trust/fields.h"
#include "policy/trust/signed_layer.h"
#include "policy/trust/simple_signing.h"

#define FORMAT "cosign"
#define PREDICATE_TYPE "predicateType"

static const struct layer_kind {
	const char *media_type;
	int (*read_material)(const json_t *annotations, struct bytes blob, struct cosign_material *ret_material,
			     struct error **error);
	int (*read)(const struct collection *collection, const struct found_signature *found, struct claims *said,
		    struct error **error);
	const char *announces; /* the annotation with the predicate's type, or NULL */
} layer_kinds[] = {
	{SIMPLE_SIGNING_MEDIA_TYPE, cosign_material_read_simple, collect_read_simple, NULL},
	{DSSE_MEDIA_TYPE, cosign_material_read_envelope, collect_read_attestation, PREDICATE_TYPE},
};

static int collect_layer(const struct collection *collection, const struct layer_kind *kind,
			 const struct descriptor *layer, struct claims *claims, struct error **error)
{
	const char *source = layer->digest;
	const json_t *annotations = layer->annotations;
	cleanup_cosign_material struct cosign_material read = {0};
	struct bytes blob = {0};
	struct error *why = NULL;
	int result = signed_layer_find(layer, collection->evidence, &blob, &why);
	if (result == 0)
		result = kind->read_material(annotations, blob, &read, &why);
	if (result < 0)
		return collect_reject(result, source, FORMAT, why, claims, error);
	const struct found_signature found = {
		.source = source,
		.format = FORMAT,
		.material = &read.material,
		.announced_type = kind->announces ? field_text(annotations, kind->announces) : NULL,
		.read = kind->read,
	};
	return collect_signed(collection, &found, claims, error);
}

static int collect_manifest(const struct collection *collection, const struct layer_kind *kind,
			    const struct blob *blob, json_t *seen, struct claims *claims, struct error **error)
{
	cleanup_manifest struct manifest manifest = {0};
	struct error *why = NULL;
	int result = signed_layer_read_manifest(blob, &manifest, &why);
	if (result < 0)
		return collect_reject(result, blob->digest, FORMAT, why, claims, error);
	for (size_t i = 0; result == 0 && i < manifest.count; i++) {
		const struct descriptor *layer = &manifest.list[i];
		bool is_new = false;
		if (text_equal(layer->media_type, kind->media_type))
			result = signed_layer_note(layer, NULL, seen, &is_new, error);
		if (is_new)
			result = collect_layer(collection, kind, layer, claims, error);
	}
	return result;
}

int collect_cosign(const struct collection *collection, struct claims *claims, struct error **error)
{
	cleanup_json json_t *seen = json_object();
	if (!seen)
		return error_out_of_memory(error);
	for (size_t i = 0; i < collection->evidence->count; i++) {
		const struct blob *blob = &collection->evidence->blobs[i];
		for (size_t j = 0; j < ARRAY_SIZE(layer_kinds); j++) {
			if (!signed_layer_is_possible(blob, layer_kinds[j].media_type))
				continue;
			int result = collect_manifest(collection, &layer_kinds[j], blob, seen, claims, error);
			if (result < 0)
				return result;
		}
	}
	return 0;
}
