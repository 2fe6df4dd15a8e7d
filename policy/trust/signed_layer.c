#include "policy/trust/signed_layer.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "policy/base/cleanup.h"
#include "policy/base/text.h"
#include "policy/document/document.h"
#include "policy/trust/digest.h"

#define LAYERS "\"layers\""

bool signed_layer_is_possible(const struct blob *blob, const char *media_type)
{
	return blob->size > 0 && blob->data[0] == '{' && memmem(blob->data, blob->size, LAYERS, strlen(LAYERS)) &&
	       memmem(blob->data, blob->size, media_type, strlen(media_type));
}

int signed_layer_read_manifest(const struct blob *blob, struct manifest *ret_manifest, struct error **error)
{
	cleanup_manifest struct manifest manifest = {0};
	int result = manifest_read(blob->data, blob->size, &manifest, error);
	if (result < 0)
		return result;
	if (manifest.kind != MANIFEST_IMAGE)
		return error_set(error, EINVAL, "an index carries no signatures");
	*ret_manifest = manifest;
	manifest = (struct manifest){0};
	return 0;
}

int signed_layer_find(const struct descriptor *layer, const struct evidence *evidence, struct bytes *ret_bytes,
		      struct error **error)
{
	const struct blob *blob = evidence_find(evidence, layer->digest);
	if (!blob)
		return error_set(error, ENOENT, "the store does not have the blob that the manifest names");
	if (layer->size != blob->size)
		return error_set(error, EINVAL, "the blob has another size than the manifest says");
	*ret_bytes = (struct bytes){blob->data, blob->size};
	return 0;
}

int signed_layer_note(const struct descriptor *layer, const char *beside, json_t *seen, bool *ret_new,
		      struct error **error)
{
	bool dumps = !beside && layer->annotations;
	cleanup_free char *annotations = dumps ? document_dump(layer->annotations, JSON_COMPACT | JSON_SORT_KEYS) : NULL;
	cleanup_text struct text text = {0};
	char key[DIGEST_LENGTH + 1];
	text_append_format(&text, "%s %s %" PRIu64 " ", layer->media_type, layer->digest, layer->size);
	text_append(&text, beside ? beside : annotations ? annotations : "");
	if (text.failed || (dumps && !annotations))
		return error_out_of_memory(error);
	digest_of(text.data, text.length, key);
	*ret_new = !json_object_get(seen, key);
	return *ret_new && json_object_set_new(seen, key, json_true()) < 0 ? error_out_of_memory(error) : 0;
}
