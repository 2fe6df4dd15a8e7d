#include "policy/trust/jws.h"

#include <errno.h>
#include <string.h>
#include <strings.h>

#include "policy/base/text.h"
#include "policy/base/timestamp.h"
#include "policy/document/document.h"
#include "policy/trust/base64.h"
#include "policy/trust/certificate.h"
#include "policy/trust/fields.h"

#define NOTARY "io.cncf.notary."
#define SCHEME NOTARY "signingScheme"
#define SIGNING_TIME NOTARY "signingTime"
#define AUTHENTIC_SIGNING_TIME NOTARY "authenticSigningTime"
#define EXPIRY NOTARY "expiry"
#define PAYLOAD_TYPE "application/vnd.cncf.notary.payload.v1+json"

void jws_release(struct jws *jws)
{
	material_memory_release(&jws->memory);
	*jws = (struct jws){0};
}

static int decode(struct jws *jws, const json_t *envelope, const char *key, struct bytes *ret_bytes,
		  struct error **error)
{
	const char *text = field_text(envelope, key);
	uint8_t *data = NULL;
	size_t size = 0;
	int result = base64_decode(text, strlen(text), BASE64_URL_UNPADDED, key, &data, &size, error);
	if (result < 0)
		return result;
	*ret_bytes = (struct bytes){data, size};
	return material_memory_keep(&jws->memory, data) < 0 ? error_out_of_memory(error) : 0;
}

/* RFC 7515, section 5.1: the two texts as they stand there. */
static int make_input(struct jws *jws, const json_t *envelope, struct error **error)
{
	struct text input = {0};
	text_append_format(&input, "%s.%s", field_text(envelope, "protected"), field_text(envelope, "payload"));
	size_t length = input.length;
	char *text = text_finish(&input);
	if (!text || material_memory_keep(&jws->memory, text) < 0)
		return error_out_of_memory(error);
	jws->input = (struct bytes){(const uint8_t *)text, length};
	return 0;
}

/* ---- the header that is not signed ---- */

static int read_certificates(struct jws *jws, const json_t *header, struct error **error)
{
	static const struct field fields[] = {
		{"x5c", FIELD_ARRAY, true},
		{NOTARY "timestampSignature", FIELD_TEXT, false},
		{NOTARY "timestamp", FIELD_TEXT, false},
		{NOTARY "signingAgent", FIELD_ANY, false},
	};
	int result = fields_check(header, "the unprotected header", FIELDS(fields), error);
	if (result < 0)
		return result;
	const json_t *list = json_object_get(header, "x5c");
	size_t count = json_array_size(list);
	if (count == 0 || count > CERTIFICATES_OF_PATH)
		return error_set(error, EINVAL, "x5c has %zu certificates, expected 1 to %u", count,
				 CERTIFICATES_OF_PATH);
	struct bytes *certificates = material_memory_allocate(&jws->memory, count, sizeof(*certificates));
	if (!certificates)
		return error_out_of_memory(error);
	for (size_t i = 0; i < count; i++) {
		const char *text = document_text(json_array_get(list, i));
		if (!text)
			return error_set(error, EINVAL, "x5c has something else than texts in it");
		result = material_memory_decode(&jws->memory, text, "a certificate of x5c", &certificates[i], error);
		if (result < 0)
			return result;
	}
	jws->certificates = certificates;
	jws->certificate_count = count;
	return 0;
}

/* ---- the signed header ---- */

static const struct scheme {
	const char *name;
	enum notation_scheme scheme;
	const char *time, *foreign_time; /* the header of its signing time, and the other scheme's */
	bool critical;                   /* the time */
} schemes[] = {
	{"notary.x509", NOTATION_X509, SIGNING_TIME, AUTHENTIC_SIGNING_TIME, false},
	{"notary.x509.signingAuthority", NOTATION_SIGNING_AUTHORITY, AUTHENTIC_SIGNING_TIME, SIGNING_TIME, true},
};

/* Section 4.1.11 of RFC 7515 and the Notary Project's: exactly what is critical, all of it, once. */
static int check_critical(const json_t *header, const struct scheme *scheme, struct error **error)
{
	const char *const critical[] = {
		SCHEME,
		scheme->critical ? scheme->time : NULL,
		json_object_get(header, EXPIRY) ? EXPIRY : NULL,
	};
	const json_t *list = json_object_get(header, "crit");
	size_t expected = 0;
	for (size_t i = 0; i < json_array_size(list); i++)
		if (!document_text(json_array_get(list, i)))
			return error_set(error, EINVAL, "crit has something else than texts in it");
	for (size_t i = 0; i < ARRAY_SIZE(critical); i++) {
		bool listed = false;
		for (size_t j = 0; critical[i] && j < json_array_size(list); j++)
			listed = listed || text_equal(critical[i], document_text(json_array_get(list, j)));
		if (critical[i] && !listed)
			return error_set(error, EINVAL, "crit does not list %s", critical[i]);
		expected += critical[i] != NULL;
	}
	if (json_array_size(list) != expected)
		return error_set(error, EINVAL, "crit lists a header that this verifier does not understand, one that is "
						"not critical, or one twice");
	return 0;
}

/* Names that nobody but their owner can mean anything by have a dot in them. */
static int check_extended(const char *name, struct error **error)
{
	static const char *const known[] = {"alg", "cty", "crit", SCHEME, SIGNING_TIME, AUTHENTIC_SIGNING_TIME,
					    EXPIRY, NULL};
	if (text_is_one_of(name, known))
		return 0;
	if (strncasecmp(name, NOTARY "verificationPlugin", strlen(NOTARY "verificationPlugin")) == 0)
		return error_set(error, EINVAL, "it asks for a verification plugin, which this verifier does not have");
	if (!strchr(name, '.') || strncasecmp(name, NOTARY, strlen(NOTARY)) == 0)
		return error_set(error, EINVAL, "the protected header has a header that this verifier does not know");
	return 0;
}

static int read_time(const json_t *header, const char *name, int64_t *ret_seconds, struct error **error)
{
	const char *text = field_text(header, name);
	if (!text)
		return error_set(error, EINVAL, "the protected header has no %s", name);
	return timestamp_parse(text, ret_seconds) == 0
		? 0
		: error_set(error, EINVAL, "%s is no RFC 3339 moment", name);
}

static int read_scheme(struct jws *jws, const json_t *header, struct error **error)
{
	const char *name = field_text(header, SCHEME);
	for (size_t i = 0; i < ARRAY_SIZE(schemes); i++) {
		const struct scheme *scheme = &schemes[i];
		if (strcmp(name, scheme->name) != 0)
			continue;
		if (json_object_get(header, scheme->foreign_time))
			return error_set(error, EINVAL, "%s does not belong to %s", scheme->foreign_time, name);
		jws->scheme = scheme->scheme;
		int result = read_time(header, scheme->time, &jws->signing_time, error);
		return result < 0 ? result : check_critical(header, scheme, error);
	}
	return error_set(error, EINVAL, "%s is neither notary.x509 nor notary.x509.signingAuthority", SCHEME);
}

static int read_protected(struct jws *jws, struct bytes encoded, struct error **error)
{
	static const struct field fields[] = {
		{"alg", FIELD_TEXT, true},
		{"cty", FIELD_TEXT, true},
		{"crit", FIELD_ARRAY, true},
		{SCHEME, FIELD_TEXT, true},
		{SIGNING_TIME, FIELD_TEXT, false},
		{AUTHENTIC_SIGNING_TIME, FIELD_TEXT, false},
		{EXPIRY, FIELD_TEXT, false},
	};
	const json_t *header = NULL;
	int result = material_memory_parse(&jws->memory, encoded.data, encoded.size, &header, error);
	if (result == 0)
		result = fields_check_known(header, "the protected header", FIELDS(fields), error);
	const char *name = NULL;
	json_t *value = NULL;
	json_object_foreach((json_t *)(uintptr_t)header, name, value)
		result = result < 0 ? result : check_extended(name, error);
	if (result < 0)
		return result;
	if (!text_equal(field_text(header, "cty"), PAYLOAD_TYPE))
		return error_set(error, EINVAL, "its cty is not %s", PAYLOAD_TYPE);
	jws->algorithm = field_text(header, "alg");
	jws->expiry = INT64_MAX;
	if (json_object_get(header, EXPIRY))
		result = read_time(header, EXPIRY, &jws->expiry, error);
	return result < 0 ? result : read_scheme(jws, header, error);
}

int jws_read(const void *data, size_t size, struct jws *ret_jws, struct error **error)
{
	static const struct field fields[] = {
		{"payload", FIELD_TEXT, true},
		{"protected", FIELD_TEXT, true},
		{"header", FIELD_OBJECT, true},
		{"signature", FIELD_TEXT, true},
	};
	cleanup_jws struct jws jws = {0};
	const json_t *envelope = NULL;
	struct bytes protected = {0};
	int result = material_memory_parse(&jws.memory, data, size, &envelope, error);
	if (result == 0)
		result = fields_check(envelope, "the envelope", FIELDS(fields), error);
	if (result == 0)
		result = decode(&jws, envelope, "protected", &protected, error);
	if (result == 0)
		result = decode(&jws, envelope, "payload", &jws.payload, error);
	if (result == 0)
		result = decode(&jws, envelope, "signature", &jws.signature, error);
	if (result == 0)
		result = make_input(&jws, envelope, error);
	if (result == 0)
		result = read_protected(&jws, protected, error);
	if (result == 0)
		result = read_certificates(&jws, json_object_get(envelope, "header"), error);
	if (result < 0)
		return result;
	*ret_jws = jws;
	jws = (struct jws){0};
	return 0;
}
