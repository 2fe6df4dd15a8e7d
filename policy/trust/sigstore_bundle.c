#include "policy/trust/sigstore_bundle.h"

#include <errno.h>
#include <string.h>

#include "policy/base/text.h"
#include "policy/document/document.h"
#include "policy/trust/bundle_log_entry.h"
#include "policy/trust/dsse.h"
#include "policy/trust/fields.h"

static const struct field bundle_fields[] = {
	{"mediaType", FIELD_TEXT, true},
	{"verificationMaterial", FIELD_OBJECT, true},
	{"dsseEnvelope", FIELD_OBJECT, false},
	{"messageSignature", FIELD_OBJECT, false},
};
static const struct field material_fields[] = {
	{"publicKey", FIELD_OBJECT, false},
	{"certificate", FIELD_OBJECT, false},
	{"x509CertificateChain", FIELD_OBJECT, false},
	{"tlogEntries", FIELD_ARRAY, false},
	{"timestampVerificationData", FIELD_ANY, false}, /* an object; sigstore-js writes null for none */
};
static const struct field key_fields[] = {{"hint", FIELD_TEXT, false}};
static const struct field certificate_fields[] = {{"rawBytes", FIELD_TEXT, true}};
static const struct field chain_fields[] = {{"certificates", FIELD_ARRAY, true}};
static const struct field timestamps_fields[] = {{"rfc3161Timestamps", FIELD_ARRAY, false}};
static const struct field timestamp_fields[] = {{"signedTimestamp", FIELD_TEXT, true}};

/* Decodes the one member that each object of `array` has. */
static int read_list(const json_t *array, const char *where, const struct field *field, struct material_memory *memory,
		     const struct bytes **ret_list, size_t *ret_count, struct error **error)
{
	size_t count = json_array_size(array);
	struct bytes *list = material_memory_allocate(memory, count, sizeof(*list));
	if (!list)
		return error_out_of_memory(error);
	for (size_t i = 0; i < count; i++) {
		const json_t *element = json_array_get(array, i);
		int result = fields_check(element, where, field, 1, error);
		if (result == 0)
			result = material_memory_decode_member(memory, element, field->key, &list[i], error);
		if (result < 0)
			return result;
	}
	*ret_list = list;
	*ret_count = count;
	return 0;
}

/* A key has at most a hint, which proves nothing. */
static int read_key(const json_t *key, struct sigstore_bundle *bundle, struct error **error)
{
	(void)bundle;
	return fields_check(key, "publicKey of the bundle", FIELDS(key_fields), error);
}

static int read_certificate(const json_t *certificate, struct sigstore_bundle *bundle, struct error **error)
{
	cleanup_json json_t *list = json_pack("[O]", certificate);
	if (!list)
		return error_out_of_memory(error);
	return read_list(list, "certificate of the bundle", certificate_fields, &bundle->memory,
			 &bundle->material.certificates, &bundle->material.certificate_count, error);
}

static int read_chain(const json_t *chain, struct sigstore_bundle *bundle, struct error **error)
{
	const char *where = "x509CertificateChain of the bundle";
	int result = fields_check(chain, where, FIELDS(chain_fields), error);
	if (result < 0)
		return result;
	const json_t *certificates = json_object_get(chain, "certificates");
	if (json_array_size(certificates) == 0)
		return error_set(error, EINVAL, "%s is empty", where);
	return read_list(certificates, "a certificate of the bundle", certificate_fields, &bundle->memory,
			 &bundle->material.certificates, &bundle->material.certificate_count, error);
}

static const struct {
	const char *key;
	int (*read)(const json_t *value, struct sigstore_bundle *bundle, struct error **error);
} whose[] = {
	{"publicKey", read_key},
	{"certificate", read_certificate},
	{"x509CertificateChain", read_chain},
};

/* Exactly one of the ways to say whose signature it is. */
static int read_whose(const json_t *material, struct sigstore_bundle *bundle, struct error **error)
{
	size_t found = 0, chosen = 0;
	for (size_t i = 0; i < ARRAY_SIZE(whose); i++) {
		if (json_object_get(material, whose[i].key)) {
			found++;
			chosen = i;
		}
	}
	if (found != 1)
		return error_set(error, EINVAL, "verificationMaterial of the bundle has not exactly one of publicKey, "
						"certificate and x509CertificateChain");
	return whose[chosen].read(json_object_get(material, whose[chosen].key), bundle, error);
}

static int read_timestamps(const json_t *material, struct sigstore_bundle *bundle, struct error **error)
{
	const json_t *timestamps = json_object_get(material, "timestampVerificationData");
	if (document_is_missing(timestamps))
		return 0;
	int result = fields_check(timestamps, "timestampVerificationData of the bundle", FIELDS(timestamps_fields),
				  error);
	if (result < 0)
		return result;
	return read_list(json_object_get(timestamps, "rfc3161Timestamps"), "a timestamp of the bundle", timestamp_fields,
			 &bundle->memory, &bundle->material.timestamps, &bundle->material.timestamp_count, error);
}

static int read_signed(const json_t *root, struct sigstore_bundle *bundle, struct error **error)
{
	if (json_object_get(root, "messageSignature"))
		return error_set(error, EINVAL, "the bundle signs bytes (messageSignature) and not an image; sign the "
						"image with cosign sign");
	if (!json_object_get(root, "dsseEnvelope"))
		return error_set(error, EINVAL, "the bundle has no dsseEnvelope");
	int result = dsse_read(json_object_get(root, "dsseEnvelope"), &bundle->memory, &bundle->material, error);
	bundle->material.timestamped = bundle->material.signature;
	return result;
}

static int read_bundle(const void *data, size_t size, struct sigstore_bundle *bundle, struct error **error)
{
	const json_t *root = NULL;
	int result = material_memory_parse(&bundle->memory, data, size, &root, error);
	if (result == 0)
		result = fields_check(root, "the bundle", FIELDS(bundle_fields), error);
	if (result < 0)
		return result;
	if (!text_equal(field_text(root, "mediaType"), BUNDLE_MEDIA_TYPE))
		return error_set(error, EINVAL, "the bundle's mediaType is not \"" BUNDLE_MEDIA_TYPE "\", the only one "
						"that is understood");
	const json_t *material = json_object_get(root, "verificationMaterial");
	result = fields_check(material, "verificationMaterial of the bundle", FIELDS(material_fields), error);
	if (result == 0)
		result = read_whose(material, bundle, error);
	if (result == 0)
		result = bundle_log_entries_read(json_object_get(material, "tlogEntries"), &bundle->memory,
						 &bundle->material, error);
	if (result == 0)
		result = read_timestamps(material, bundle, error);
	return result == 0 ? read_signed(root, bundle, error) : result;
}

int sigstore_bundle_read(const void *data, size_t size, struct sigstore_bundle *ret_bundle, struct error **error)
{
	cleanup_sigstore_bundle struct sigstore_bundle bundle = {.material = {.rules = SIGNATURE_BUNDLE}};
	int result = read_bundle(data, size, &bundle, error);
	if (result < 0)
		return result;
	*ret_bundle = bundle;
	bundle = (struct sigstore_bundle){0};
	return 0;
}

void sigstore_bundle_release(struct sigstore_bundle *bundle)
{
	material_memory_release(&bundle->memory);
	*bundle = (struct sigstore_bundle){0};
}
