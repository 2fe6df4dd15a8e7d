/* Bundles as they are read before anything is verified: everything of a keyless one, and
 * what is refused because it is not known, not whole or not of its type. */
#include "policy/tests/signing_support.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "policy/base/cleanup.h"
#include "policy/trust/sigstore_bundle.h"

#define GOOD "keyless/bundle-good.json"
#define STAMPED "keyless/bundle-tsa-good.json"
#define ENTRY "/verificationMaterial/tlogEntries/0"

static void reads_all_of_a_keyless_bundle(void **state)
{
	(void)state;
	size_t size = 0;
	cleanup_free char *text = kept(STAMPED, &size);
	cleanup_sigstore_bundle struct sigstore_bundle read = {0};
	assert_int_equal(sigstore_bundle_read(text, size, &read, NULL), 0);
	/* the material borrows from blocks that stay where they are */
	struct sigstore_bundle moved = read;
	memset(&read, 0, sizeof(read));
	const struct signed_material *material = &moved.material;
	assert_int_equal(material->rules, SIGNATURE_BUNDLE);
	assert_int_equal(material->certificate_count, 1);
	assert_int_equal(material->certificates[0].data[0], 0x30);
	assert_int_equal(material->timestamp_count, 1);
	assert_int_equal(material->timestamps[0].data[0], 0x30);
	assert_ptr_equal(material->timestamped.data, material->signature.data);
	assert_string_equal(material->payload_type, "application/vnd.in-toto+json");
	assert_memory_equal(material->payload.data, "{\"_type\"", 8);
	assert_memory_equal(material->message.data, "DSSEv1 28 application/vnd.in-toto+json ", 39);
	assert_int_equal(material->entry_count, 1);
	const struct log_entry *entry = &material->entries[0];
	assert_string_equal(entry->kind, "dsse");
	assert_string_equal(entry->version, "0.0.1");
	assert_int_equal(entry->log_id.size, 32);
	assert_true(entry->log_index >= 0 && entry->integrated_time > 1700000000);
	assert_true(entry->set.size > 64 && entry->body.data[0] == '{');
	assert_true(entry->has_proof && entry->tree_size > entry->proof_index);
	assert_int_equal(entry->root_hash.size, 32);
	for (size_t i = 0; i < entry->hash_count; i++)
		assert_int_equal(entry->hashes[i].size, 32);
	assert_non_null(strstr(entry->checkpoint, "\n"));
	sigstore_bundle_release(&moved);
}

/* The kept bundle with the JSON `value` at `pointer`, or nothing there where it is NULL. */
static char *edited(const char *path, const char *pointer, const char *value)
{
	size_t size = 0;
	cleanup_free char *text = kept(path, &size);
	cleanup_json json_t *root = parse_document(text, DOCUMENT_PLAIN);
	cleanup_json json_t *put_there = value ? json_loads(value, JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL) : NULL;
	assert_true(!value || put_there);
	cleanup_error struct error *error = NULL;
	int result = value ? document_set(root, pointer, put_there, &error) : document_remove(root, pointer, &error);
	if (result < 0)
		fail_msg("%s: %s", pointer, error_message(error));
	return document_dump(root, JSON_COMPACT);
}

struct alteration {
	const char *pointer, *value, *why; /* why NULL: it is read */
};

static void try_edits(const char *path, const struct alteration *edits, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		cleanup_free char *text = edited(path, edits[i].pointer, edits[i].value);
		cleanup_sigstore_bundle struct sigstore_bundle bundle = {0};
		cleanup_error struct error *error = NULL;
		int result = sigstore_bundle_read(text, strlen(text), &bundle, &error);
		if (result != (edits[i].why ? -EINVAL : 0))
			fail_msg("%s = %s: %s", edits[i].pointer, edits[i].value, result ? error_message(error) : "is read");
		if (edits[i].why && !strstr(error_message(error), edits[i].why))
			fail_msg("%s = %s: \"%s\" is not in \"%s\"", edits[i].pointer, edits[i].value, edits[i].why,
				 error_message(error));
	}
}

static void refuses_what_it_does_not_know(void **state)
{
	(void)state;
	static const struct alteration edits[] = {
		{"/mediaType", NULL, "mediaType"},
		{"/mediaType", "\"application/vnd.dev.sigstore.bundle+json;version=0.3\"", "mediaType"},
		{"/mediaType", "\"application/vnd.dev.sigstore.bundle.v0.2+json\"", "mediaType"},
		{"/mediaType", "\"application/vnd.dev.sigstore.bundle.v0.3+json \"", "mediaType"},
		{"/extra", "1", "extra"},
		{"/MediaType", "\"x\"", "MediaType"},
		{"/verificationMaterial", NULL, "verificationMaterial"},
		{"/verificationMaterial", "[]", "verificationMaterial"},
		{"/verificationMaterial/extra", "{}", "extra"},
		{"/verificationMaterial/certificate", NULL, "exactly one"},
		{"/verificationMaterial/publicKey", "{\"hint\":\"x\"}", "exactly one"},
		{"/verificationMaterial/certificate/rawBytes", NULL, "rawBytes"},
		{"/verificationMaterial/certificate/rawBytes", "\"\"", "base64"},
		{"/verificationMaterial/certificate/rawBytes", "\"AA\"", "base64"},
		{"/verificationMaterial/certificate/extra", "1", "extra"},
		{"/verificationMaterial/tlogEntries", "{}", "tlogEntries"},
		{"/verificationMaterial/tlogEntries", "[1]", "not an object"},
		{"/verificationMaterial/tlogEntries", NULL, NULL},
		{"/verificationMaterial/tlogEntries", "[]", NULL},
		{"/dsseEnvelope", NULL, "dsseEnvelope"},
		{"/messageSignature", "{}", "messageSignature"},
		{"/dsseEnvelope/payloadType", "\"text/plain\"", "payloadType"},
		{"/dsseEnvelope/payload", "\"\"", "base64"},
		{"/dsseEnvelope/payload", NULL, "payload"},
		{"/dsseEnvelope/signatures", "[]", "0 signatures"},
		{"/dsseEnvelope/signatures", "[{\"sig\":\"AA==\"},{\"sig\":\"AA==\"}]", "2 signatures"},
		{"/dsseEnvelope/signatures/0/sig", NULL, "sig"},
		{"/dsseEnvelope/signatures/0/sig", "7", "sig"},
		{"/dsseEnvelope/signatures/0/cert", "\"\"", "cert"},
		{"/dsseEnvelope/signatures/0/keyid", "\"anything\"", NULL},
		{"/dsseEnvelope/extra", "1", "extra"},
	};
	try_edits(GOOD, edits, ARRAY_SIZE(edits));
}

static void refuses_odd_log_entries(void **state)
{
	(void)state;
	static const struct alteration edits[] = {
		{ENTRY "/logIndex", "1002", "logIndex"},
		{ENTRY "/logIndex", "\"01002\"", "decimal"},
		{ENTRY "/logIndex", "\"-1\"", "decimal"},
		{ENTRY "/logIndex", "\"+1\"", "decimal"},
		{ENTRY "/logIndex", "\"1e3\"", "decimal"},
		{ENTRY "/logIndex", "\" 1\"", "decimal"},
		{ENTRY "/logIndex", "\"\"", "decimal"},
		{ENTRY "/logIndex", "\"9223372036854775808\"", "decimal"},
		{ENTRY "/logIndex", "\"9223372036854775807\"", NULL},
		{ENTRY "/logIndex", NULL, NULL},
		{ENTRY "/integratedTime", NULL, NULL},
		{ENTRY "/integratedTime", "\"0x10\"", "decimal"},
		{ENTRY "/integratedTime", "null", "integratedTime"},
		{ENTRY "/logId", "{}", "keyId"},
		{ENTRY "/logId/keyId", "\"6075e3df!\"", "base64"},
		{ENTRY "/kindVersion", "{\"kind\":\"dsse\"}", "version"},
		{ENTRY "/kindVersion", NULL, NULL},
		{ENTRY "/inclusionPromise", "{}", "signedEntryTimestamp"},
		{ENTRY "/inclusionPromise", NULL, NULL},
		{ENTRY "/inclusionProof", NULL, NULL},
		{ENTRY "/inclusionProof/rootHash", NULL, "rootHash"},
		{ENTRY "/inclusionProof/treeSize", "7", "treeSize"},
		{ENTRY "/inclusionProof/hashes", "[1]", "not a string"},
		{ENTRY "/inclusionProof/hashes", "[\"AA\"]", "base64"},
		{ENTRY "/inclusionProof/checkpoint", "{}", "envelope"},
		{ENTRY "/inclusionProof/checkpoint/envelope", "\"a\\u0000b\"", "without NUL"},
		{ENTRY "/canonicalizedBody", NULL, "canonicalizedBody"},
		{ENTRY "/canonicalizedBody", "\"e30\"", "base64"},
		{ENTRY "/extra", "1", "extra"},
	};
	try_edits(GOOD, edits, ARRAY_SIZE(edits));
	static const struct alteration stamps[] = {
		{"/verificationMaterial/timestampVerificationData", "{}", NULL},
		{"/verificationMaterial/timestampVerificationData", "null", NULL},
		{"/verificationMaterial/timestampVerificationData", "\"\"", "timestampVerificationData"},
		{"/verificationMaterial/timestampVerificationData", "[]", "timestampVerificationData"},
		{"/verificationMaterial/timestampVerificationData/extra", "1", "extra"},
		{"/verificationMaterial/timestampVerificationData/rfc3161Timestamps", "[]", NULL},
		{"/verificationMaterial/timestampVerificationData/rfc3161Timestamps", "[{}]", "signedTimestamp"},
		{"/verificationMaterial/timestampVerificationData/rfc3161Timestamps/0/signedTimestamp", "\"\"", "base64"},
	};
	try_edits(STAMPED, stamps, ARRAY_SIZE(stamps));
}

/* A list that is longer than any real one is not gone through. */
static void lists_are_bounded(void **state)
{
	(void)state;
	cleanup_json json_t *hashes = json_array();
	for (size_t i = 0; i < 257; i++)
		json_array_append_new(hashes, json_string("AA=="));
	cleanup_free char *value = document_dump(hashes, 0);
	const struct alteration edit = {ENTRY "/inclusionProof/hashes", value, "at most 256"};
	try_edits(GOOD, &edit, 1);
}

static void no_part_of_a_bundle_is_one(void **state)
{
	(void)state;
	size_t size = 0;
	cleanup_free char *text = kept(STAMPED, &size);
	for (size_t length = 0; length < size; length++) {
		/* of its own, so that a byte beyond is seen */
		cleanup_free char *part = malloc(length ? length : 1);
		memcpy(part, text, length);
		struct sigstore_bundle bundle = {0};
		assert_int_equal(sigstore_bundle_read(part, length, &bundle, NULL), -EINVAL);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_all_of_a_keyless_bundle),
		cmocka_unit_test(refuses_what_it_does_not_know),
		cmocka_unit_test(refuses_odd_log_entries),
		cmocka_unit_test(lists_are_bounded),
		cmocka_unit_test(no_part_of_a_bundle_is_one),
	};
	return cmocka_run_group_tests_name("sigstore_bundle", tests, NULL, NULL);
}
