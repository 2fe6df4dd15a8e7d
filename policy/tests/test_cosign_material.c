/* The annotations by which cosign up to version 2 says whose signature a layer is. */
#include "policy/tests/signing_support.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "policy/base/cleanup.h"
#include "policy/trust/cosign_material.h"

#define MANIFEST "keyless/classic-manifest-good.json"
#define CERTIFICATE "dev.sigstore.cosign/certificate"
#define CHAIN "dev.sigstore.cosign/chain"
#define LOG_ENTRY "dev.sigstore.cosign/bundle"
#define TIMESTAMP "dev.sigstore.cosign/rfc3161timestamp"

static const struct bytes payload = {(const uint8_t *)"payload", 7};

/* The kept layer's annotations; the caller releases them. */
static json_t *annotations(void)
{
	size_t size = 0;
	cleanup_free char *text = kept(MANIFEST, &size);
	cleanup_json json_t *manifest = parse_document(text, DOCUMENT_PLAIN);
	json_t *found = document_get(manifest, "/layers/0/annotations");
	assert_non_null(found);
	return json_incref(found);
}

static void reads_all_of_a_keyless_layer(void **state)
{
	(void)state;
	cleanup_json json_t *given = annotations();
	json_object_set_new(given, TIMESTAMP, json_string("{\"SignedRFC3161Timestamp\":\"MAA=\"}"));
	cleanup_cosign_material struct cosign_material read = {0};
	assert_int_equal(cosign_material_read_simple(given, payload, &read, NULL), 0);
	const struct signed_material *material = &read.material;
	assert_int_equal(material->rules, SIGNATURE_CLASSIC);
	assert_ptr_equal(material->message.data, payload.data);
	assert_int_equal(material->payload.size, 0);
	assert_int_equal(material->certificate_count, 3);
	for (size_t i = 0; i < material->certificate_count; i++)
		assert_int_equal(material->certificates[i].data[0], 0x30);
	assert_int_equal(material->entry_count, 1);
	const struct log_entry *entry = &material->entries[0];
	assert_int_equal(entry->log_index, 1002);
	assert_int_equal(entry->integrated_time, 1792739797);
	assert_int_equal(entry->log_id.size, 32);
	assert_memory_equal(entry->log_id.data, "\x60\x75\xe3\xdf", 4);
	assert_true(entry->set.size > 64 && entry->body.data[0] == '{' && !entry->has_proof);
	assert_null(entry->kind);
	assert_int_equal(entry->proof_index, -1);
	assert_int_equal(material->timestamp_count, 1);
	assert_ptr_equal(material->timestamped.data, material->signature.data);
}

/* cosign stamps an attestation's envelope and not its signature. */
static void an_envelope_is_stamped_as_a_whole(void **state)
{
	(void)state;
	size_t size = 0;
	cleanup_free char *text = kept("cosign25-key/att-16bff293.json", &size);
	const struct bytes envelope = {(uint8_t *)text, size};
	cleanup_cosign_material struct cosign_material read = {0};
	assert_int_equal(cosign_material_read_envelope(NULL, envelope, &read, NULL), 0);
	assert_ptr_equal(read.material.timestamped.data, text);
	assert_int_equal(read.material.timestamped.size, size);
	assert_int_equal(read.material.rules, SIGNATURE_CLASSIC);
	assert_int_equal(read.material.certificate_count + read.material.entry_count, 0);
}

/* The JSON in an annotation with `value` (JSON, or NULL: nothing) at `pointer`. */
static void alter(json_t *given, const char *name, const char *pointer, const char *value)
{
	cleanup_json json_t *inner = json_loads(json_string_value(json_object_get(given, name)), 0, NULL);
	cleanup_json json_t *put_there = value ? json_loads(value, JSON_DECODE_ANY, NULL) : NULL;
	assert_int_equal(value ? document_set(inner, pointer, put_there, NULL) : document_remove(inner, pointer, NULL), 0);
	cleanup_free char *text = document_dump(inner, JSON_COMPACT);
	json_object_set_new(given, name, json_string(text));
}

static void refuses_odd_log_entries_and_timestamps(void **state)
{
	(void)state;
#define ID "6075e3dfe9352ce7b72bda29a0ed36382be56428e76b7e314747660e0e4b5746"
	static const struct {
		const char *name, *pointer, *value, *why;
	} rows[] = {
		{LOG_ENTRY, "/SignedEntryTimestamp", NULL, "SignedEntryTimestamp"},
		{LOG_ENTRY, "/SignedEntryTimestamp", "\"\"", "base64"},
		{LOG_ENTRY, "/Payload", NULL, "Payload"},
		{LOG_ENTRY, "/Payload", "[]", "Payload"},
		{LOG_ENTRY, "/extra", "1", "extra"},
		{LOG_ENTRY, "/Payload/extra", "1", "extra"},
		{LOG_ENTRY, "/Payload/body", "{}", "body"},
		{LOG_ENTRY, "/Payload/body", "\"e30\"", "base64"},
		{LOG_ENTRY, "/Payload/integratedTime", "\"1792739797\"", "integratedTime"},
		{LOG_ENTRY, "/Payload/integratedTime", "-1", "integratedTime"},
		{LOG_ENTRY, "/Payload/integratedTime", "1792739797.5", "integratedTime"},
		{LOG_ENTRY, "/Payload/logIndex", NULL, "logIndex"},
		{LOG_ENTRY, "/Payload/logID", NULL, "logID"},
		{LOG_ENTRY, "/Payload/logID", "\"" ID "00\"", "hexadecimal"},
		{LOG_ENTRY, "/Payload/logID", "\"6075e3\"", "hexadecimal"},
		{LOG_ENTRY, "/Payload/logID", "\"" "6075E3DFE9352CE7B72BDA29A0ED36382BE56428E76B7E314747660E0E4B5746" "\"", "hexadecimal"},
		{LOG_ENTRY, "/Payload/logID", "\"" "YHXj3+k1LOe3K9opoO02OCvlZCjna34xR0dmDg5LV0Y=" "\"", "hexadecimal"},
		{TIMESTAMP, "/SignedRFC3161Timestamp", NULL, "SignedRFC3161Timestamp"},
		{TIMESTAMP, "/SignedRFC3161Timestamp", "\"\"", "base64"},
		{TIMESTAMP, "/extra", "1", "extra"},
	};
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		cleanup_json json_t *given = annotations();
		json_object_set_new(given, TIMESTAMP, json_string("{\"SignedRFC3161Timestamp\":\"MAA=\"}"));
		alter(given, rows[i].name, rows[i].pointer, rows[i].value);
		cleanup_cosign_material struct cosign_material read = {0};
		cleanup_error struct error *error = NULL;
		if (cosign_material_read_simple(given, payload, &read, &error) != -EINVAL ||
		    !strstr(error_message(error), rows[i].why))
			fail_msg("%s = %s: %s", rows[i].pointer, rows[i].value, error ? error_message(error) : "is read");
	}
}

static void refuses_odd_annotations(void **state)
{
	(void)state;
	cleanup_json json_t *good = annotations();
	const char *leaf = json_string_value(json_object_get(good, CERTIFICATE));
	const char *chain = json_string_value(json_object_get(good, CHAIN));
	const struct {
		const char *name, *value, *why;
	} rows[] = {
		{"dev.cosignproject.cosign/signature", NULL, "no annotation"},
		{"dev.cosignproject.cosign/signature", "", "base64"},
		{"dev.cosignproject.cosign/signature", "MEUC\n", "base64"},
		{CERTIFICATE, NULL, "without"},
		{CERTIFICATE, "", "not PEM"},
		{CERTIFICATE, leaf + 1, "not PEM"},
		{CERTIFICATE, chain, "more than one"},
		{CHAIN, "", "not PEM"},
		{CHAIN, chain + 1, "not PEM"},
		{LOG_ENTRY, "", "expected"},
		{LOG_ENTRY, "[]", "object"},
		{LOG_ENTRY, "{}x", "JSON"},
		{TIMESTAMP, "null", "expected"},
	};
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		cleanup_json json_t *given = annotations();
		if (rows[i].value)
			json_object_set_new(given, rows[i].name, json_string(rows[i].value));
		else
			json_object_del(given, rows[i].name);
		cleanup_cosign_material struct cosign_material read = {0};
		cleanup_error struct error *error = NULL;
		if (cosign_material_read_simple(given, payload, &read, &error) != -EINVAL ||
		    !strstr(error_message(error), rows[i].why))
			fail_msg("%s = %s: %s", rows[i].name, rows[i].value, error ? error_message(error) : "is read");
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_all_of_a_keyless_layer),
		cmocka_unit_test(an_envelope_is_stamped_as_a_whole),
		cmocka_unit_test(refuses_odd_log_entries_and_timestamps),
		cmocka_unit_test(refuses_odd_annotations),
	};
	return cmocka_run_group_tests_name("cosign_material", tests, NULL, NULL);
}
