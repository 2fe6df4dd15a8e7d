#include "policy/trust/cosign_material.h"

#include <errno.h>
#include <string.h>

#include "policy/base/cleanup.h"
#include "policy/trust/dsse.h"
#include "policy/trust/fields.h"
#include "policy/trust/pem.h"

#define SIGNATURE "dev.cosignproject.cosign/signature"
#define CERTIFICATE "dev.sigstore.cosign/certificate"
#define CHAIN "dev.sigstore.cosign/chain"
#define LOG_ENTRY "dev.sigstore.cosign/bundle"
#define TIMESTAMP "dev.sigstore.cosign/rfc3161timestamp"
#define LOG_ID_SIZE 32u

static const struct field entry_fields[] = {
	{"SignedEntryTimestamp", FIELD_TEXT, true},
	{"Payload", FIELD_OBJECT, true},
};
static const struct field payload_fields[] = {
	{"body", FIELD_TEXT, true},
	{"integratedTime", FIELD_COUNT, true},
	{"logIndex", FIELD_COUNT, true},
	{"logID", FIELD_TEXT, true},
};
static const struct field timestamp_fields[] = {{"SignedRFC3161Timestamp", FIELD_TEXT, true}};

/* One certificate, and those behind it. */
static int read_certificates(const json_t *annotations, struct cosign_material *into, struct error **error)
{
	const char *leaf = field_text(annotations, CERTIFICATE), *chain = field_text(annotations, CHAIN);
	if (!leaf)
		return chain ? error_set(error, EINVAL, "the annotation " CHAIN " stands there without " CERTIFICATE) : 0;
	const struct bytes *first = NULL, *others = NULL;
	size_t count = 0, other_count = 0;
	int result = pem_read(leaf, "CERTIFICATE", "the annotation " CERTIFICATE, &into->memory, &first, &count, error);
	if (result == 0 && chain)
		result = pem_read(chain, "CERTIFICATE", "the annotation " CHAIN, &into->memory, &others, &other_count,
				  error);
	if (result < 0)
		return result;
	if (count != 1)
		return error_set(error, EINVAL, "the annotation " CERTIFICATE " has more than one certificate");
	struct bytes *all = material_memory_allocate(&into->memory, count + other_count, sizeof(*all));
	if (!all)
		return error_out_of_memory(error);
	all[0] = first[0];
	for (size_t i = 0; i < other_count; i++)
		all[1 + i] = others[i];
	into->material.certificates = all;
	into->material.certificate_count = 1 + other_count;
	return 0;
}

static int nibble(char digit)
{
	const char *digits = "0123456789abcdef";
	const char *found = digit ? strchr(digits, digit) : NULL;
	return found ? (int)(found - digits) : -1;
}

/* Here alone the log's id is hexadecimal. */
static int read_log_id(const char *text, struct material_memory *memory, struct bytes *ret_id, struct error **error)
{
	uint8_t *id = material_memory_allocate(memory, LOG_ID_SIZE, 1);
	if (!id)
		return error_out_of_memory(error);
	bool valid = strlen(text) == (size_t)LOG_ID_SIZE * 2;
	for (size_t i = 0; valid && i < LOG_ID_SIZE; i++) {
		int high = nibble(text[2 * i]), low = nibble(text[2 * i + 1]);
		valid = high >= 0 && low >= 0;
		id[i] = valid ? (uint8_t)(high << 4 | low) : 0;
	}
	if (!valid)
		return error_set(error, EINVAL, "logID of the annotation " LOG_ENTRY " is not 64 hexadecimal digits");
	*ret_id = (struct bytes){id, LOG_ID_SIZE};
	return 0;
}

static int read_log_entry(const json_t *annotations, struct cosign_material *into, struct error **error)
{
	const char *text = field_text(annotations, LOG_ENTRY);
	if (!text)
		return 0;
	struct material_memory *memory = &into->memory;
	const json_t *root = NULL;
	int result = material_memory_parse(memory, text, strlen(text), &root, error);
	if (result == 0)
		result = fields_check(root, "the annotation " LOG_ENTRY, FIELDS(entry_fields), error);
	if (result < 0)
		return result;
	const json_t *payload = json_object_get(root, "Payload");
	result = fields_check(payload, "Payload of the annotation " LOG_ENTRY, FIELDS(payload_fields), error);
	if (result < 0)
		return result;
	struct log_entry *entry = material_memory_allocate(memory, 1, sizeof(*entry));
	if (!entry)
		return error_out_of_memory(error);
	*entry = (struct log_entry){
		.integrated_time = field_count(payload, "integratedTime", -1),
		.log_index = field_count(payload, "logIndex", -1),
		.proof_index = -1,
		.tree_size = -1,
	};
	result = material_memory_decode_member(memory, payload, "body", &entry->body, error);
	if (result == 0)
		result = material_memory_decode_member(memory, root, "SignedEntryTimestamp", &entry->set, error);
	if (result == 0)
		result = read_log_id(field_text(payload, "logID"), memory, &entry->log_id, error);
	into->material.entries = entry;
	into->material.entry_count = 1;
	return result;
}

static int read_timestamp(const json_t *annotations, struct cosign_material *into, struct error **error)
{
	const char *text = field_text(annotations, TIMESTAMP);
	if (!text)
		return 0;
	const json_t *root = NULL;
	int result = material_memory_parse(&into->memory, text, strlen(text), &root, error);
	if (result == 0)
		result = fields_check(root, "the annotation " TIMESTAMP, FIELDS(timestamp_fields), error);
	if (result < 0)
		return result;
	struct bytes *timestamp = material_memory_allocate(&into->memory, 1, sizeof(*timestamp));
	if (!timestamp)
		return error_out_of_memory(error);
	into->material.timestamps = timestamp;
	into->material.timestamp_count = 1;
	return material_memory_decode_member(&into->memory, root, "SignedRFC3161Timestamp", timestamp, error);
}

static int read_annotations(const json_t *annotations, struct cosign_material *into, struct error **error)
{
	into->material.rules = SIGNATURE_CLASSIC;
	int result = read_certificates(annotations, into, error);
	if (result == 0)
		result = read_log_entry(annotations, into, error);
	return result == 0 ? read_timestamp(annotations, into, error) : result;
}

static int hand_out(int result, struct cosign_material *from, struct cosign_material *ret_material)
{
	if (result == 0) {
		*ret_material = *from;
		*from = (struct cosign_material){0};
	}
	return result;
}

int cosign_material_read_simple(const json_t *annotations, struct bytes payload,
				struct cosign_material *ret_material, struct error **error)
{
	cleanup_cosign_material struct cosign_material read = {.material.message = payload};
	const char *signature = field_text(annotations, SIGNATURE);
	if (!signature)
		return error_set(error, EINVAL, "the layer has no annotation " SIGNATURE);
	int result = material_memory_decode(&read.memory, signature, "the annotation " SIGNATURE,
					    &read.material.signature, error);
	if (result == 0)
		result = read_annotations(annotations, &read, error);
	read.material.timestamped = read.material.signature;
	return hand_out(result, &read, ret_material);
}

int cosign_material_read_envelope(const json_t *annotations, struct bytes envelope,
				  struct cosign_material *ret_material, struct error **error)
{
	cleanup_cosign_material struct cosign_material read = {.material.timestamped = envelope};
	const json_t *root = NULL;
	int result = material_memory_parse(&read.memory, envelope.data, envelope.size, &root, error);
	if (result == 0)
		result = dsse_read(root, &read.memory, &read.material, error);
	if (result == 0)
		result = read_annotations(annotations, &read, error);
	return hand_out(result, &read, ret_material);
}

void cosign_material_release(struct cosign_material *material)
{
	material_memory_release(&material->memory);
	*material = (struct cosign_material){0};
}
