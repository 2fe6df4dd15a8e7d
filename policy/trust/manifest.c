#include "policy/trust/manifest.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "policy/base/text.h"
#include "policy/document/document.h"
#include "policy/trust/digest.h"
#include "policy/trust/manifest_parts.h"

static int read_annotations(const json_t *object, const char *place, const json_t **ret, struct error **error)
{
	json_t *annotations = json_object_get(object, "annotations");
	if (document_is_missing(annotations))
		return 0;
	if (!json_is_object(annotations))
		return error_set(error, EINVAL, "%s: \"annotations\" is not an object", place);
	const char *key = NULL;
	json_t *value = NULL;
	json_object_foreach(annotations, key, value)
		if (!document_text(value))
			return error_set(error, EINVAL, "%s: an annotation is not a text", place);
	*ret = annotations;
	return 0;
}

static int read_platform(const json_t *object, const char *place, struct descriptor *descriptor, struct error **error)
{
	static const char *const keys[] = {"architecture", "os", "variant", NULL};
	const json_t *platform = json_object_get(object, "platform");
	if (document_is_missing(platform))
		return 0;
	if (!json_is_object(platform))
		return error_set(error, EINVAL, "%s: \"platform\" is not an object", place);
	int result = manifest_check_keys(platform, keys, place, error);
	if (result == 0)
		result = manifest_text(platform, "architecture", true, place, &descriptor->architecture, error);
	if (result == 0)
		result = manifest_text(platform, "os", true, place, &descriptor->os, error);
	return result < 0 ? result : manifest_text(platform, "variant", false, place, &descriptor->variant, error);
}

/* descriptor.md */
static int read_descriptor(const json_t *object, const char *place, struct descriptor *ret, struct error **error)
{
	static const char *const keys[] = {"mediaType", "digest", "size", "platform", "annotations", "artifactType", NULL};
	struct descriptor descriptor = {0};
	const char *digest = NULL;
	int64_t size = -1;
	if (!json_is_object(object))
		return error_set(error, EINVAL, "%s is not an object", place);
	int result = manifest_check_keys(object, keys, place, error);
	if (result == 0)
		result = manifest_text(object, "mediaType", true, place, &descriptor.media_type, error);
	if (result == 0)
		result = manifest_text(object, "digest", true, place, &digest, error);
	if (result == 0)
		result = manifest_text(object, "artifactType", false, place, &descriptor.artifact_type, error);
	if (result == 0)
		result = read_platform(object, place, &descriptor, error);
	if (result == 0)
		result = read_annotations(object, place, &descriptor.annotations, error);
	if (result < 0)
		return result;
	if (!digest_is_valid(digest))
		return error_set(error, EINVAL, "%s: its digest is not \"sha256:\" and 64 lower-case hexadecimal digits",
				 place);
	if (document_read_int64(json_object_get(object, "size"), &size) < 0 || size < 0)
		return error_set(error, EINVAL, "%s: its size is not a number of bytes", place);
	memcpy(descriptor.digest, digest, sizeof(descriptor.digest));
	descriptor.size = (uint64_t)size;
	*ret = descriptor;
	return 0;
}

static int read_list(const json_t *array, const char *key, struct manifest *manifest, struct error **error)
{
	size_t count = json_array_size(array);
	if (!json_is_array(array))
		return error_set(error, EINVAL, "\"%s\" is not an array", key);
	if (count > MANIFEST_DESCRIPTORS)
		return error_set(error, EINVAL, "\"%s\" has more than %u entries", key, MANIFEST_DESCRIPTORS);
	manifest->list = calloc(count ? count : 1, sizeof(*manifest->list));
	if (!manifest->list)
		return error_out_of_memory(error);
	for (size_t i = 0; i < count; i++) {
		char place[64];
		(void)snprintf(place, sizeof(place), "/%s/%zu", key, i);
		int result = read_descriptor(json_array_get(array, i), place, &manifest->list[i], error);
		if (result < 0)
			return result;
		manifest->count++;
	}
	return 0;
}

static const struct kind {
	enum manifest_kind kind;
	const char *list;           /* the key that makes it one */
	const char *media_types[3]; /* the first: where it doesn't say */
	const char *foreign[5];     /* keys of the other kind, and of Docker's schema 1 */
} kinds[] = {
	{MANIFEST_INDEX, "manifests", {MEDIA_TYPE_INDEX, MEDIA_TYPE_DOCKER_LIST, NULL},
	 {"config", "layers", "fsLayers", "blobs", NULL}},
	{MANIFEST_IMAGE, "layers", {MEDIA_TYPE_MANIFEST, MEDIA_TYPE_DOCKER_MANIFEST, NULL},
	 {"manifests", "fsLayers", "blobs", NULL}},
};

static int check_kind(const json_t *document, const struct kind *kind, struct manifest *manifest, struct error **error)
{
	for (const char *const *key = kind->foreign; *key; key++)
		if (json_object_get(document, *key))
			return error_set(error, EINVAL, "it has both \"%s\" and \"%s\": which of them is meant depends on who "
					 "reads it (CVE-2021-41190)", kind->list, *key);
	int result = manifest_text(document, "mediaType", false, "it", &manifest->media_type, error);
	if (result == 0 && !manifest->media_type)
		manifest->media_type = kind->media_types[0];
	if (result == 0 && !text_is_one_of(manifest->media_type, kind->media_types))
		return error_set(error, EINVAL, "its mediaType is not that of a document with \"%s\"", kind->list);
	manifest->kind = kind->kind;
	return result;
}

static int read_parts(const json_t *document, struct manifest *manifest, struct error **error)
{
	static const char *const keys[] = {"schemaVersion", "mediaType", "artifactType", "config", "layers", "manifests",
					   "subject", "annotations", "fsLayers", "blobs", NULL};
	const struct kind *kind = json_object_get(document, "manifests") ? &kinds[0] : &kinds[1];
	int64_t version = 0;
	int result = manifest_check_keys(document, keys, "it", error);
	if (result < 0)
		return result;
	if (document_read_int64(json_object_get(document, "schemaVersion"), &version) < 0 || version != 2)
		return error_set(error, EINVAL, "its schemaVersion is not 2");
	result = check_kind(document, kind, manifest, error);
	if (result == 0)
		result = read_list(json_object_get(document, kind->list), kind->list, manifest, error);
	if (result == 0 && kind->kind == MANIFEST_IMAGE)
		result = read_descriptor(json_object_get(document, "config"), "/config", &manifest->config, error);
	const json_t *subject = json_object_get(document, "subject");
	if (result == 0 && !document_is_missing(subject))
		result = read_descriptor(subject, "/subject", &manifest->subject, error);
	if (result == 0)
		result = manifest_text(document, "artifactType", false, "it", &manifest->artifact_type, error);
	return result < 0 ? result : read_annotations(document, "it", &manifest->annotations, error);
}

int manifest_read(const void *data, size_t size, struct manifest *ret_manifest, struct error **error)
{
	cleanup_manifest struct manifest manifest = {0};
	int result = document_parse(data, size, DOCUMENT_PLAIN, &manifest.document, error);
	if (result == 0)
		result = read_parts(manifest.document, &manifest, error);
	if (result < 0)
		return result;
	*ret_manifest = manifest;
	manifest = (struct manifest){0};
	return 0;
}

void manifest_release(struct manifest *manifest)
{
	free(manifest->list);
	json_decref(manifest->document);
	*manifest = (struct manifest){0};
}
