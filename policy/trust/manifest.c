#include "policy/trust/manifest.h"

#include <errno.h>
#include <string.h>

#include "policy/base/cleanup.h"
#include "policy/base/text.h"
#include "policy/document/document.h"
#include "policy/trust/digest.h"
#include "policy/trust/fields.h"

#define SCHEMA_VERSION 2

static const struct field manifest_fields[] = {
	{"schemaVersion", FIELD_COUNT, true}, {"mediaType", FIELD_TEXT, false},     {"config", FIELD_OBJECT, true},
	{"layers", FIELD_ARRAY, true},        {"subject", FIELD_OBJECT, false},     {"annotations", FIELD_TEXTS, false},
};
static const struct field descriptor_fields[] = {
	{"mediaType", FIELD_TEXT, true},
	{"digest", FIELD_TEXT, true},
	{"size", FIELD_COUNT, true},
	{"annotations", FIELD_TEXTS, false},
};
static const char *const media_types[] = {
	"application/vnd.oci.image.manifest.v1+json",
	"application/vnd.docker.distribution.manifest.v2+json",
	NULL,
};

bool manifest_may_have(const struct blob *blob, const char *layer_type)
{
	return blob->size > 0 && blob->data[0] == '{' && memmem(blob->data, blob->size, "\"layers\"", 8) &&
	       memmem(blob->data, blob->size, layer_type, strlen(layer_type));
}

static int check_descriptor(const json_t *descriptor, const char *where, struct error **error)
{
	int result = fields_check_known(descriptor, where, FIELDS(descriptor_fields), error);
	if (result == 0 && !digest_is_valid(field_text(descriptor, "digest")))
		return error_set(error, EINVAL, "\"digest\" of %s is not sha256 and 64 lower-case hexadecimal digits",
				 where);
	return result;
}

static int check_kind(const json_t *root, struct error **error)
{
	if (json_object_get(root, "manifests"))
		return error_set(error, EINVAL, "the manifest has \"manifests\" beside its \"layers\", so that it could be "
						"read as an index, too");
	const char *media_type = field_text(root, "mediaType");
	if (media_type && !text_is_one_of(media_type, media_types))
		return error_set(error, EINVAL, "the mediaType is not that of an image manifest");
	if (field_count(root, "schemaVersion", 0) != SCHEMA_VERSION)
		return error_set(error, EINVAL, "the manifest's schemaVersion is not %d", SCHEMA_VERSION);
	return 0;
}

static int check_descriptors(const json_t *root, struct error **error)
{
	const json_t *layers = json_object_get(root, "layers"), *subject = json_object_get(root, "subject");
	int result = check_descriptor(json_object_get(root, "config"), "the manifest's config", error);
	for (size_t i = 0; result == 0 && i < json_array_size(layers); i++)
		result = check_descriptor(json_array_get(layers, i), "a layer of the manifest", error);
	return result == 0 && subject ? check_descriptor(subject, "the manifest's subject", error) : result;
}

int manifest_read(const struct blob *blob, struct manifest *ret_manifest, struct error **error)
{
	cleanup_json json_t *root = NULL;
	int result = document_parse((const char *)blob->data, blob->size, DOCUMENT_PLAIN, &root, error);
	if (result == 0)
		result = fields_check_known(root, "the manifest", FIELDS(manifest_fields), error);
	if (result == 0)
		result = check_kind(root, error);
	if (result == 0)
		result = check_descriptors(root, error);
	if (result < 0)
		return result;
	ret_manifest->layers = json_object_get(root, "layers");
	ret_manifest->subject = field_text(json_object_get(root, "subject"), "digest");
	ret_manifest->root = take_pointer(root);
	return 0;
}

void manifest_release(struct manifest *manifest)
{
	json_decref(manifest->root);
	*manifest = (struct manifest){0};
}

const char *manifest_layer_type(const json_t *layer)
{
	return field_text(layer, "mediaType");
}

const char *manifest_layer_digest(const json_t *layer)
{
	return field_text(layer, "digest");
}

const json_t *manifest_layer_annotations(const json_t *layer)
{
	return json_object_get(layer, "annotations");
}

int manifest_layer_find(const json_t *layer, const struct evidence *evidence, struct bytes *ret_bytes,
			struct error **error)
{
	const struct blob *blob = evidence_find(evidence, manifest_layer_digest(layer));
	if (!blob)
		return error_set(error, ENOENT, "the store does not have the blob that the manifest names");
	if (field_count(layer, "size", -1) != (int64_t)blob->size)
		return error_set(error, EINVAL, "the blob has another size than the manifest says");
	*ret_bytes = (struct bytes){blob->data, blob->size};
	return 0;
}
