/* Sigstore bundles: manifests that refer to the image by their subject. Whatever an index
 * says of a manifest's artifactType is not looked at; cosign 3.1.1 writes a wrong one. */
#include "policy/base/cleanup.h"
#include "policy/base/text.h"
#include "policy/document/document.h"
#include "policy/trust/sigstore_bundle.h"
#include "policy/trust/collect_signed.h"
#include "policy/trust/fields.h"
#include "policy/trust/signed_layer.h"

#define FORMAT "bundle"

static int collect_layer(const struct collection *collection, const char *announced_type,
			 const struct descriptor *layer, struct claims *claims, struct error **error)
{
	const char *source = layer->digest;
	cleanup_sigstore_bundle struct sigstore_bundle bundle = {0};
	struct bytes blob = {0};
	struct error *why = NULL;
	int result = signed_layer_find(layer, collection->evidence, &blob, &why);
	if (result == 0)
		result = sigstore_bundle_read(blob.data, blob.size, &bundle, &why);
	if (result < 0)
		return collect_reject(result, source, FORMAT, why, claims, error);
	const struct found_signature found = {
		.source = source,
		.format = FORMAT,
		.material = &bundle.material,
		.announced_type = announced_type,
		.read = collect_read_statement,
	};
	return collect_signed(collection, &found, claims, error);
}

static int collect_manifest(const struct collection *collection, const struct blob *blob, json_t *seen,
			    struct claims *claims, struct error **error)
{
	cleanup_manifest struct manifest manifest = {0};
	struct error *why = NULL;
	int result = signed_layer_read_manifest(blob, &manifest, &why);
	if (result < 0)
		return collect_reject(result, blob->digest, FORMAT, why, claims, error);
	if (!collect_is_subject(collection, manifest.subject.digest))
		return 0;
	const char *type = field_text(manifest.annotations, BUNDLE_PREDICATE_TYPE);
	/* an empty one says as little as none, and is the same to signed_layer_note() */
	if (type && !*type)
		type = NULL;
	for (size_t i = 0; result == 0 && i < manifest.count; i++) {
		const struct descriptor *layer = &manifest.list[i];
		bool is_new = false;
		if (text_equal(layer->media_type, BUNDLE_MEDIA_TYPE))
			result = signed_layer_note(layer, type ? type : "", seen, &is_new, error);
		if (is_new)
			result = collect_layer(collection, type, layer, claims, error);
	}
	return result;
}

int collect_bundles(const struct collection *collection, struct claims *claims, struct error **error)
{
	cleanup_json json_t *seen = json_object();
	int result = seen ? 0 : error_out_of_memory(error);
	for (size_t i = 0; result == 0 && i < collection->evidence->count; i++)
		if (signed_layer_is_possible(&collection->evidence->blobs[i], BUNDLE_MEDIA_TYPE))
			result = collect_manifest(collection, &collection->evidence->blobs[i], seen, claims, error);
	return result;
}
