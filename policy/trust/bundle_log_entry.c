#include "policy/trust/bundle_log_entry.h"

#include <errno.h>

#include "policy/document/document.h"
#include "policy/trust/fields.h"

#define ENTRY "a log entry of the bundle"
#define PROOF "an inclusion proof of the bundle"

static const struct field entry_fields[] = {
	{"logIndex", FIELD_TEXT, false},
	{"logId", FIELD_OBJECT, false},
	{"kindVersion", FIELD_OBJECT, false},
	{"integratedTime", FIELD_TEXT, false},
	{"inclusionPromise", FIELD_OBJECT, false},
	{"inclusionProof", FIELD_OBJECT, false},
	{"canonicalizedBody", FIELD_TEXT, true},
};
static const struct field id_fields[] = {{"keyId", FIELD_TEXT, true}};
static const struct field kind_fields[] = {{"kind", FIELD_TEXT, true}, {"version", FIELD_TEXT, true}};
static const struct field promise_fields[] = {{"signedEntryTimestamp", FIELD_TEXT, true}};
static const struct field proof_fields[] = {
	{"logIndex", FIELD_TEXT, false},
	{"rootHash", FIELD_TEXT, true},
	{"treeSize", FIELD_TEXT, false},
	{"hashes", FIELD_ARRAY, false},
	{"checkpoint", FIELD_OBJECT, false},
};
static const struct field checkpoint_fields[] = {{"envelope", FIELD_TEXT, true}};

/* The object `key` of `parent`, checked; NULL where there is none. */
static int read_object(const json_t *parent, const char *key, const struct field *fields, size_t count,
		       const json_t **ret_object, struct error **error)
{
	const json_t *object = json_object_get(parent, key);
	*ret_object = object;
	return object ? fields_check(object, key, fields, count, error) : 0;
}

static int read_hashes(const json_t *hashes, struct material_memory *memory, struct log_entry *entry,
		       struct error **error)
{
	size_t count = json_array_size(hashes);
	struct bytes *list = material_memory_allocate(memory, count, sizeof(*list));
	if (!list)
		return error_out_of_memory(error);
	for (size_t i = 0; i < count; i++) {
		const char *hash = document_text(json_array_get(hashes, i));
		if (!hash)
			return error_set(error, EINVAL, "a hash of " PROOF " is not a string");
		int result = material_memory_decode(memory, hash, "a hash of " PROOF, &list[i], error);
		if (result < 0)
			return result;
	}
	entry->hashes = list;
	entry->hash_count = count;
	return 0;
}

static int read_proof(const json_t *value, struct material_memory *memory, struct log_entry *entry,
		      struct error **error)
{
	const json_t *proof = NULL, *checkpoint = NULL;
	int result = read_object(value, "inclusionProof", FIELDS(proof_fields), &proof, error);
	if (result < 0 || !proof)
		return result;
	entry->has_proof = true;
	entry->proof_index = 0;
	entry->tree_size = 0;
	result = field_decimal(proof, PROOF, "logIndex", &entry->proof_index, error);
	if (result == 0)
		result = field_decimal(proof, PROOF, "treeSize", &entry->tree_size, error);
	if (result == 0)
		result = material_memory_decode_member(memory, proof, "rootHash", &entry->root_hash, error);
	if (result == 0)
		result = read_hashes(json_object_get(proof, "hashes"), memory, entry, error);
	if (result == 0)
		result = read_object(proof, "checkpoint", FIELDS(checkpoint_fields), &checkpoint, error);
	if (result == 0 && checkpoint)
		entry->checkpoint = field_text(checkpoint, "envelope");
	return result;
}

/* What stands in objects of its own: who keeps the log, what kind of entry it is, the
 * log's promise to include it. */
static int read_objects(const json_t *value, struct material_memory *memory, struct log_entry *entry,
			struct error **error)
{
	const json_t *id = NULL, *kind = NULL, *promise = NULL;
	int result = read_object(value, "logId", FIELDS(id_fields), &id, error);
	if (result == 0)
		result = read_object(value, "kindVersion", FIELDS(kind_fields), &kind, error);
	if (result == 0)
		result = read_object(value, "inclusionPromise", FIELDS(promise_fields), &promise, error);
	if (result == 0)
		result = material_memory_decode_member(memory, id, "keyId", &entry->log_id, error);
	if (result == 0)
		result = material_memory_decode_member(memory, promise, "signedEntryTimestamp", &entry->set, error);
	if (result < 0)
		return result;
	entry->kind = field_text(kind, "kind");
	entry->version = field_text(kind, "version");
	return 0;
}

static int read_entry(const json_t *value, struct material_memory *memory, struct log_entry *entry,
		      struct error **error)
{
	*entry = (struct log_entry){.log_index = 0, .integrated_time = -1, .proof_index = -1, .tree_size = -1};
	int result = fields_check(value, ENTRY, FIELDS(entry_fields), error);
	if (result == 0)
		result = field_decimal(value, ENTRY, "logIndex", &entry->log_index, error);
	if (result == 0)
		result = field_decimal(value, ENTRY, "integratedTime", &entry->integrated_time, error);
	if (result == 0)
		result = material_memory_decode_member(memory, value, "canonicalizedBody", &entry->body, error);
	if (result == 0)
		result = read_objects(value, memory, entry, error);
	return result == 0 ? read_proof(value, memory, entry, error) : result;
}

int bundle_log_entries_read(const json_t *entries, struct material_memory *memory, struct signed_material *material,
			    struct error **error)
{
	size_t count = json_array_size(entries);
	struct log_entry *list = material_memory_allocate(memory, count, sizeof(*list));
	if (!list)
		return error_out_of_memory(error);
	for (size_t i = 0; i < count; i++) {
		int result = read_entry(json_array_get(entries, i), memory, &list[i], error);
		if (result < 0)
			return result;
	}
	material->entries = list;
	material->entry_count = count;
	return 0;
}
