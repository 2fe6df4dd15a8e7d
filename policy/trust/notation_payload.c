#include "policy/trust/notation.h"

#include <errno.h>

#include "policy/base/text.h"
#include "policy/document/document.h"
#include "policy/trust/fields.h"
#include "policy/trust/manifest.h"

/* Of the very bytes that the signature means, not of what another document says of them. */
static int check_subject(const json_t *target, const char *subject, const struct evidence *evidence,
			 struct error **error)
{
	cleanup_manifest struct manifest manifest = {0};
	const struct blob *blob = evidence_find(evidence, subject);
	if (!text_equal(field_text(target, "digest"), subject))
		return error_set(error, EINVAL, "it is for another digest than the one its manifest refers to");
	if (!blob)
		return error_set(error, EINVAL, "the store does not have the manifest that is signed");
	if (field_count(target, "size", -1) != (int64_t)blob->size)
		return error_set(error, EINVAL, "it is for a manifest of another size");
	int result = manifest_read(blob->data, blob->size, &manifest, error);
	if (result < 0)
		return result;
	if (!text_equal(field_text(target, "mediaType"), manifest.media_type))
		return error_set(error, EINVAL, "it is for a manifest of another media type");
	return 0;
}

int notation_payload_check(struct bytes payload, const char *subject, const struct evidence *evidence,
			   json_t **ret_annotations, struct error **error)
{
	static const struct field fields[] = {{"targetArtifact", FIELD_OBJECT, true}};
	static const struct field target_fields[] = {
		{"mediaType", FIELD_TEXT, true},
		{"digest", FIELD_TEXT, true},
		{"size", FIELD_COUNT, true},
		{"annotations", FIELD_TEXTS, false},
		{"artifactType", FIELD_TEXT, false},
	};
	cleanup_json json_t *root = NULL;
	int result = document_parse((const char *)payload.data, payload.size, DOCUMENT_PLAIN, &root, error);
	if (result == 0)
		result = fields_check(root, "the payload", FIELDS(fields), error);
	json_t *target = json_object_get(root, "targetArtifact");
	if (result == 0)
		result = fields_check(target, "targetArtifact", FIELDS(target_fields), error);
	if (result == 0)
		result = check_subject(target, subject, evidence, error);
	if (result == 0)
		*ret_annotations = json_incref(json_object_get(target, "annotations"));
	return result;
}
