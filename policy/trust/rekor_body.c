#include "policy/trust/rekor_body.h"

#include <errno.h>
#include <openssl/evp.h>
#include <openssl/x509.h>
#include <string.h>

#include "policy/base/cleanup.h"
#include "policy/base/text.h"
#include "policy/document/document.h"
#include "policy/trust/base64.h"
#include "policy/trust/certificate.h"
#include "policy/trust/fields.h"
#include "policy/trust/material_memory.h"

#define ENTRY "the log's entry"

static const struct field body_fields[] = {
	{"apiVersion", FIELD_TEXT, true},
	{"kind", FIELD_TEXT, true},
	{"spec", FIELD_OBJECT, true},
};

/* Of what is read: the entry's parts are decoded into `memory`. */
struct reading {
	const struct signed_material *material;
	struct material_memory memory;
};

static bool same(const struct bytes *left, const struct bytes *right)
{
	return left->size == right->size && left->size > 0 && memcmp(left->data, right->data, left->size) == 0;
}

/* The member `key` decoded is what the signature has; `what` names it. */
static int check_bytes(struct reading *reading, const json_t *object, const char *key, const struct bytes *expected,
		       const char *what, struct error **error)
{
	struct bytes found = {0};
	int result = material_memory_decode_member(&reading->memory, object, key, &found, error);
	if (result == 0 && !same(&found, expected))
		return error_set(error, EPERM, ENTRY " is another signature's: it has another %s", what);
	return result;
}

static int check_signature(struct reading *reading, const json_t *object, const char *key, struct error **error)
{
	return check_bytes(reading, object, key, &reading->material->signature, "signature", error);
}

static int check_leaf(const struct bytes *der, const struct reading *reading, struct error **error)
{
	if (same(der, &reading->material->certificates[0]))
		return 0;
	return error_set(error, EPERM, ENTRY " is another signature's: it has another certificate");
}

/* The member `key`: PEM in base64. */
static int check_pem(struct reading *reading, const json_t *object, const char *key, struct error **error)
{
	struct bytes pem = {0};
	cleanup_certificate X509 *certificate = NULL;
	cleanup_encoding unsigned char *der = NULL;
	int result = material_memory_decode_member(&reading->memory, object, key, &pem, error);
	if (result == 0)
		result = certificate_read_pem(&pem, "the certificate in " ENTRY, &certificate, error);
	if (result < 0)
		return result;
	int size = i2d_X509(certificate, &der);
	if (size <= 0)
		return error_out_of_memory(error);
	return check_leaf(&(struct bytes){der, (size_t)size}, reading, error);
}

/* `algorithm` is one of ours, by either of its names; its digest of `data`. */
static int digest(const char *algorithm, const struct bytes *data, uint8_t digest[EVP_MAX_MD_SIZE], size_t *ret_size,
		  struct error **error)
{
	static const char *const algorithms[][3] = {
		{"sha256", "SHA2_256", "SHA256"}, {"sha384", "SHA2_384", "SHA384"}, {"sha512", "SHA2_512", "SHA512"}};
	for (size_t i = 0; i < ARRAY_SIZE(algorithms); i++) {
		if (strcmp(algorithm, algorithms[i][0]) != 0 && strcmp(algorithm, algorithms[i][1]) != 0)
			continue;
		if (EVP_Q_digest(NULL, algorithms[i][2], NULL, data->data, data->size, digest, ret_size) != 1)
			return error_out_of_memory(error);
		return 0;
	}
	return error_set(error, EPERM, ENTRY " has a hash that is none of SHA-256, SHA-384 and SHA-512");
}

static const struct field hash_fields[] = {{"algorithm", FIELD_TEXT, true}, {"value", FIELD_TEXT, true}};

/* {"algorithm", "value" in hexadecimal}, as Rekor v1 writes it. */
static int check_hash(const json_t *hash, const struct bytes *data, struct error **error)
{
	uint8_t bytes[EVP_MAX_MD_SIZE];
	char digits[2 * EVP_MAX_MD_SIZE + 1];
	size_t size = 0;
	int result = fields_check(hash, "a hash of " ENTRY, FIELDS(hash_fields), error);
	if (result == 0)
		result = digest(field_text(hash, "algorithm"), data, bytes, &size, error);
	if (result < 0)
		return result;
	for (size_t i = 0; i < size; i++) {
		digits[2 * i] = "0123456789abcdef"[bytes[i] >> 4];
		digits[2 * i + 1] = "0123456789abcdef"[bytes[i] & 15];
	}
	digits[2 * size] = '\0';
	if (strcmp(field_text(hash, "value"), digits) != 0)
		return error_set(error, EPERM, ENTRY " is another signature's: it has the hash of something else");
	return 0;
}

static const struct field digest_fields[] = {{"algorithm", FIELD_TEXT, true}, {"digest", FIELD_TEXT, true}};

/* {"algorithm", "digest" in base64}, as Rekor v2 writes it. */
static int check_digest(struct reading *reading, const json_t *hash, const struct bytes *data, struct error **error)
{
	uint8_t bytes[EVP_MAX_MD_SIZE];
	size_t size = 0;
	int result = fields_check(hash, "a hash of " ENTRY, FIELDS(digest_fields), error);
	if (result == 0)
		result = digest(field_text(hash, "algorithm"), data, bytes, &size, error);
	if (result < 0)
		return result;
	return check_bytes(reading, hash, "digest", &(struct bytes){bytes, size}, "hash", error);
}

/* The one element of the list `key`, checked. */
static int one_of(const json_t *object, const char *key, const struct field *fields, size_t count,
		  const json_t **ret_element, struct error **error)
{
	const json_t *list = json_object_get(object, key);
	if (json_array_size(list) != 1)
		return error_set(error, EPERM, ENTRY " has %zu signatures; exactly one can be this one", json_array_size(list));
	*ret_element = json_array_get(list, 0);
	return fields_check(*ret_element, "the signature in " ENTRY, fields, count, error);
}

static const struct field hashedrekord_fields[] = {{"data", FIELD_OBJECT, true}, {"signature", FIELD_OBJECT, true}};
static const struct field data_fields[] = {{"hash", FIELD_OBJECT, true}};
static const struct field signature_fields[] = {{"content", FIELD_TEXT, true}, {"publicKey", FIELD_OBJECT, true}};
static const struct field public_key_fields[] = {{"content", FIELD_TEXT, true}};

static int check_hashedrekord(struct reading *reading, const json_t *spec, struct error **error)
{
	const json_t *data = json_object_get(spec, "data"), *signature = json_object_get(spec, "signature");
	int result = fields_check(spec, "spec of " ENTRY, FIELDS(hashedrekord_fields), error);
	if (result == 0)
		result = fields_check(data, "data of " ENTRY, FIELDS(data_fields), error);
	if (result == 0)
		result = fields_check(signature, "signature of " ENTRY, FIELDS(signature_fields), error);
	if (result < 0)
		return result;
	const json_t *key = json_object_get(signature, "publicKey");
	result = fields_check(key, "publicKey of " ENTRY, FIELDS(public_key_fields), error);
	if (result == 0)
		result = check_signature(reading, signature, "content", error);
	if (result == 0)
		result = check_pem(reading, key, "content", error);
	return result == 0 ? check_hash(json_object_get(data, "hash"), &reading->material->message, error) : result;
}

static const struct field dsse_fields[] = {
	{"envelopeHash", FIELD_OBJECT, true}, /* of a JSON text that is not kept: says nothing */
	{"payloadHash", FIELD_OBJECT, true},
	{"signatures", FIELD_ARRAY, true},
};
static const struct field dsse_signature_fields[] = {{"signature", FIELD_TEXT, true}, {"verifier", FIELD_TEXT, true}};

static int check_dsse(struct reading *reading, const json_t *spec, struct error **error)
{
	const json_t *signature = NULL;
	int result = fields_check(spec, "spec of " ENTRY, FIELDS(dsse_fields), error);
	if (result == 0)
		result = one_of(spec, "signatures", FIELDS(dsse_signature_fields), &signature, error);
	if (result == 0)
		result = check_signature(reading, signature, "signature", error);
	if (result == 0)
		result = check_pem(reading, signature, "verifier", error);
	return result == 0 ? check_hash(json_object_get(spec, "payloadHash"), &reading->material->payload, error) : result;
}

static const struct field intoto_fields[] = {{"content", FIELD_OBJECT, true}};
static const struct field content_fields[] = {
	{"envelope", FIELD_OBJECT, true},
	{"hash", FIELD_OBJECT, true}, /* of the envelope: as above */
	{"payloadHash", FIELD_OBJECT, true},
};
static const struct field envelope_fields[] = {{"payloadType", FIELD_TEXT, true}, {"signatures", FIELD_ARRAY, true}};
static const struct field envelope_signature_fields[] = {
	{"keyid", FIELD_TEXT, false},
	{"publicKey", FIELD_TEXT, true},
	{"sig", FIELD_TEXT, true},
};

/* Here the signature is the base64 of its base64. */
static int check_twice_encoded(struct reading *reading, const json_t *signature, struct error **error)
{
	struct bytes text = {0};
	cleanup_free uint8_t *data = NULL;
	size_t size = 0;
	int result = material_memory_decode_member(&reading->memory, signature, "sig", &text, error);
	if (result == 0)
		result = base64_decode((const char *)text.data, text.size, BASE64_STANDARD, "the signature in " ENTRY, &data,
				       &size, error);
	if (result == 0 && !same(&(struct bytes){data, size}, &reading->material->signature))
		return error_set(error, EPERM, ENTRY " is another signature's: it has another signature");
	return result;
}

static int check_intoto(struct reading *reading, const json_t *spec, struct error **error)
{
	const json_t *content = json_object_get(spec, "content"), *signature = NULL;
	int result = fields_check(spec, "spec of " ENTRY, FIELDS(intoto_fields), error);
	if (result == 0)
		result = fields_check(content, "content of " ENTRY, FIELDS(content_fields), error);
	if (result < 0)
		return result;
	const json_t *envelope = json_object_get(content, "envelope");
	result = fields_check(envelope, "envelope of " ENTRY, FIELDS(envelope_fields), error);
	if (result == 0)
		result = one_of(envelope, "signatures", FIELDS(envelope_signature_fields), &signature, error);
	if (result == 0 && strcmp(field_text(envelope, "payloadType"), reading->material->payload_type) != 0)
		result = error_set(error, EPERM, ENTRY " is another signature's: it has another payloadType");
	if (result == 0)
		result = check_twice_encoded(reading, signature, error);
	if (result == 0)
		result = check_pem(reading, signature, "publicKey", error);
	return result == 0 ? check_hash(json_object_get(content, "payloadHash"), &reading->material->payload, error)
			   : result;
}

static const struct field signature_v2_fields[] = {{"content", FIELD_TEXT, true}, {"verifier", FIELD_OBJECT, true}};
static const struct field verifier_fields[] = {
	{"keyDetails", FIELD_TEXT, true},
	{"x509Certificate", FIELD_OBJECT, true},
};
static const struct field certificate_fields[] = {{"rawBytes", FIELD_TEXT, true}};

static int check_signature_v2(struct reading *reading, const json_t *signature, struct error **error)
{
	const json_t *verifier = json_object_get(signature, "verifier");
	struct bytes der = {0};
	int result = fields_check(signature, "signature of " ENTRY, FIELDS(signature_v2_fields), error);
	if (result == 0)
		result = fields_check(verifier, "verifier of " ENTRY, FIELDS(verifier_fields), error);
	if (result < 0)
		return result;
	const json_t *certificate = json_object_get(verifier, "x509Certificate");
	result = fields_check(certificate, "x509Certificate of " ENTRY, FIELDS(certificate_fields), error);
	if (result == 0)
		result = check_signature(reading, signature, "content", error);
	if (result == 0)
		result = material_memory_decode_member(&reading->memory, certificate, "rawBytes", &der, error);
	return result == 0 ? check_leaf(&der, reading, error) : result;
}

static const struct field hashedrekord_v2_fields[] = {{"hashedRekordV002", FIELD_OBJECT, true}};

static int check_hashedrekord_v2(struct reading *reading, const json_t *spec, struct error **error)
{
	const json_t *entry = json_object_get(spec, "hashedRekordV002");
	int result = fields_check(spec, "spec of " ENTRY, FIELDS(hashedrekord_v2_fields), error);
	if (result == 0)
		result = fields_check(entry, "hashedRekordV002 of " ENTRY, FIELDS(hashedrekord_fields), error);
	if (result == 0)
		result = check_signature_v2(reading, json_object_get(entry, "signature"), error);
	return result == 0 ? check_digest(reading, json_object_get(entry, "data"), &reading->material->message, error)
			   : result;
}

static const struct field dsse_v2_spec_fields[] = {{"dsseV002", FIELD_OBJECT, true}};
static const struct field dsse_v2_fields[] = {{"payloadHash", FIELD_OBJECT, true}, {"signatures", FIELD_ARRAY, true}};

static int check_dsse_v2(struct reading *reading, const json_t *spec, struct error **error)
{
	const json_t *entry = json_object_get(spec, "dsseV002"), *signature = NULL;
	int result = fields_check(spec, "spec of " ENTRY, FIELDS(dsse_v2_spec_fields), error);
	if (result == 0)
		result = fields_check(entry, "dsseV002 of " ENTRY, FIELDS(dsse_v2_fields), error);
	if (result == 0)
		result = one_of(entry, "signatures", FIELDS(signature_v2_fields), &signature, error);
	if (result == 0)
		result = check_signature_v2(reading, signature, error);
	if (result < 0)
		return result;
	return check_digest(reading, json_object_get(entry, "payloadHash"), &reading->material->payload, error);
}

static const struct {
	const char *name, *version;
	bool promises;    /* Rekor v1 */
	bool of_envelope; /* a DSSE envelope's alone */
	int (*check)(struct reading *reading, const json_t *spec, struct error **error);
} kinds[] = {
	{"hashedrekord", "0.0.1", true, false, check_hashedrekord},
	{"dsse", "0.0.1", true, true, check_dsse},
	{"intoto", "0.0.2", true, true, check_intoto},
	{"hashedrekord", "0.0.2", false, false, check_hashedrekord_v2},
	{"dsse", "0.0.2", false, true, check_dsse_v2},
};

static int refuse_kind(const char *kind, const char *version, struct error **error)
{
	cleanup_text struct text quoted = {0};
	text_append_quoted(&quoted, kind);
	text_append(&quoted, " ");
	text_append_quoted(&quoted, version);
	cleanup_free char *shown = text_finish(&quoted);
	if (!shown)
		return error_out_of_memory(error);
	return error_set(error, EPERM, ENTRY " is of a kind and version that is not known here: %.80s", shown);
}

static int check_body(struct reading *reading, const struct log_entry *entry, const json_t *body, bool *ret_promises,
		      struct error **error)
{
	const char *kind = field_text(body, "kind"), *version = field_text(body, "apiVersion");
	if ((entry->kind && strcmp(entry->kind, kind) != 0) || (entry->version && strcmp(entry->version, version) != 0))
		return error_set(error, EPERM, ENTRY " is of another kind than the bundle says (kindVersion)");
	size_t i = 0;
	while (i < ARRAY_SIZE(kinds) && (strcmp(kinds[i].name, kind) != 0 || strcmp(kinds[i].version, version) != 0))
		i++;
	if (i == ARRAY_SIZE(kinds))
		return refuse_kind(kind, version, error);
	if (kinds[i].of_envelope && !reading->material->payload_type)
		return error_set(error, EPERM, ENTRY " is an attestation's, and this is none");
	int result = kinds[i].check(reading, json_object_get(body, "spec"), error);
	if (result == 0)
		*ret_promises = kinds[i].promises;
	return result;
}

int rekor_body_check(const struct log_entry *entry, const struct signed_material *material, bool *ret_promises,
		     struct error **error)
{
	struct reading reading = {.material = material};
	const json_t *body = NULL;
	int result = material_memory_parse(&reading.memory, entry->body.data, entry->body.size, &body, error);
	if (result == 0)
		result = fields_check(body, ENTRY, FIELDS(body_fields), error);
	if (result == 0)
		result = check_body(&reading, entry, body, ret_promises, error);
	material_memory_release(&reading.memory);
	return result;
}
