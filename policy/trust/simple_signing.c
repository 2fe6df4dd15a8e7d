#include "policy/trust/simple_signing.h"

#include <errno.h>

#include "policy/base/text.h"
#include "policy/document/document.h"
#include "policy/trust/digest.h"
#include "policy/trust/fields.h"

#define TYPE "cosign container image signature"

static const struct field payload_fields[] = {
	{"critical", FIELD_OBJECT, true},
	{"optional", FIELD_ANY, true},
};
static const struct field critical_fields[] = {
	{"identity", FIELD_OBJECT, true},
	{"image", FIELD_OBJECT, true},
	{"type", FIELD_TEXT, true},
};
static const struct field identity_fields[] = {{"docker-reference", FIELD_TEXT, true}};
static const struct field image_fields[] = {{"docker-manifest-digest", FIELD_TEXT, true}};
/* cosign writes texts alone; Podman and skopeo say by a number when they signed */
static const struct field optional_fields[] = {{"optional", FIELD_OBJECT, true}};

static int check_shape(const json_t *root, struct error **error)
{
	int result = fields_check(root, "the signed payload", FIELDS(payload_fields), error);
	if (result < 0)
		return result;
	if (!json_is_null(json_object_get(root, "optional")))
		result = fields_check_known(root, "the signed payload", FIELDS(optional_fields), error);
	const json_t *critical = json_object_get(root, "critical");
	if (result == 0)
		result = fields_check(critical, "\"critical\" of the signed payload", FIELDS(critical_fields), error);
	if (result == 0)
		result = fields_check(json_object_get(critical, "identity"), "\"identity\" of the signed payload",
				      FIELDS(identity_fields), error);
	if (result == 0)
		result = fields_check(json_object_get(critical, "image"), "\"image\" of the signed payload",
				      FIELDS(image_fields), error);
	return result;
}

int simple_signing_read(struct bytes payload, struct simple_signing *ret_signing, struct error **error)
{
	cleanup_json json_t *root = NULL;
	int result = document_parse((const char *)payload.data, payload.size, DOCUMENT_PLAIN, &root, error);
	if (result == 0)
		result = check_shape(root, error);
	if (result < 0)
		return result;
	const json_t *critical = json_object_get(root, "critical"), *optional = json_object_get(root, "optional");
	const char *digest = field_text(json_object_get(critical, "image"), "docker-manifest-digest");
	const char *reference = field_text(json_object_get(critical, "identity"), "docker-reference");
	if (!text_equal(field_text(critical, "type"), TYPE))
		return error_set(error, EINVAL, "\"type\" of the signed payload is not \"" TYPE "\"");
	if (!digest_is_valid(digest))
		return error_set(error, EINVAL, "the digest in the signed payload is not sha256 and 64 lower-case "
						"hexadecimal digits");
	*ret_signing = (struct simple_signing){
		.root = take_pointer(root),
		.digest = digest,
		.reference = *reference ? reference : NULL,
		.annotations = json_is_object(optional) ? optional : NULL,
	};
	return 0;
}

void simple_signing_release(struct simple_signing *signing)
{
	json_decref(signing->root);
	*signing = (struct simple_signing){0};
}
