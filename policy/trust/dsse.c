#include "policy/trust/dsse.h"

#include <errno.h>
#include <string.h>

#include "policy/base/text.h"
#include "policy/trust/fields.h"

#define ENVELOPE "the DSSE envelope"

static const struct field envelope_fields[] = {
	{"payloadType", FIELD_TEXT, true},
	{"payload", FIELD_TEXT, true},
	{"signatures", FIELD_ARRAY, true},
};
static const struct field signature_fields[] = {
	{"keyid", FIELD_TEXT, false},
	{"sig", FIELD_TEXT, true},
};

/* Pre-authentication encoding: with its lengths in it, type and payload cannot be taken
 * for one another. */
static int encode(const char *type, struct bytes payload, struct material_memory *memory, struct bytes *ret_message,
		  struct error **error)
{
	cleanup_text struct text encoding = {0};
	text_append_format(&encoding, "DSSEv1 %zu %s %zu ", strlen(type), type, payload.size);
	text_append_bytes(&encoding, (const char *)payload.data, payload.size);
	size_t size = encoding.length;
	char *data = text_finish(&encoding);
	if (!data || material_memory_keep(memory, data) < 0)
		return error_out_of_memory(error);
	*ret_message = (struct bytes){(const uint8_t *)data, size};
	return 0;
}

int dsse_read(const json_t *envelope, struct material_memory *memory, struct signed_material *material,
	      struct error **error)
{
	int result = fields_check(envelope, ENVELOPE, FIELDS(envelope_fields), error);
	if (result < 0)
		return result;
	const char *type = field_text(envelope, "payloadType");
	if (strcmp(type, DSSE_IN_TOTO) != 0)
		return error_set(error, EINVAL, ENVELOPE " holds no in-toto statement: its payloadType is not "
						"\"" DSSE_IN_TOTO "\"");
	const json_t *signatures = json_object_get(envelope, "signatures");
	if (json_array_size(signatures) != 1)
		return error_set(error, EINVAL, ENVELOPE " has %zu signatures; exactly one is understood",
				 json_array_size(signatures));
	const json_t *signature = json_array_get(signatures, 0);
	result = fields_check(signature, "the signature of " ENVELOPE, FIELDS(signature_fields), error);
	if (result < 0)
		return result;
	struct bytes payload = {0}, decoded = {0}, message = {0};
	result = material_memory_decode_member(memory, envelope, "payload", &payload, error);
	if (result == 0)
		result = material_memory_decode_member(memory, signature, "sig", &decoded, error);
	if (result == 0)
		result = encode(type, payload, memory, &message, error);
	if (result < 0)
		return result;
	material->message = message;
	material->signature = decoded;
	material->payload = payload;
	material->payload_type = type;
	return 0;
}
