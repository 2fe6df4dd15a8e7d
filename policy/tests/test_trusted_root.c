/* trusted_root.json, read strictly. */
#include "policy/tests/keyless_support.h"

#include <errno.h>
#include <string.h>

#include "policy/base/cleanup.h"

static void what_it_pins(void **state)
{
	(void)state;
	struct trusted_root *root = keyless_root("keyless/made/trusted_root-made.json");
	assert_int_equal(root->log_count, 3);
	assert_int_equal(root->ct_log_count, 1);
	assert_int_equal(root->authority_count, 1);
	assert_int_equal(root->timestamp_authority_count, 2);
	assert_memory_equal(root->logs[0].id, root->logs[0].spki, SHA256_SIZE);
	assert_string_equal(root->logs[1].details, "PKIX_ED25519");
	assert_non_null(root->logs[1].key);
	/* a kind of key that is not known verifies nothing */
	assert_string_equal(root->logs[2].details, "ML_DSA_65");
	assert_null(root->logs[2].key);
	assert_null(root->authorities[0].leaf);
	assert_non_null(root->timestamp_authorities[1].leaf);
	assert_true(root->logs[0].valid.start == 1766819737 && root->logs[0].valid.end == INT64_MAX);
	assert_true(root->timestamp_authorities[1].valid.end == 1893456000);
	trusted_root_free(root);
}

/* Replaces what stands at a pointer; NULL: takes it away. */
static void change(json_t *json, const char *pointer, const char *value)
{
	if (!value) {
		assert_int_equal(document_remove(json, pointer, NULL), 0);
		return;
	}
	cleanup_json json_t *parsed = json_loads(value, JSON_DECODE_ANY, NULL);
	assert_non_null(parsed);
	assert_int_equal(document_set(json, pointer, parsed, NULL), 0);
}

static void anything_odd_is_an_error(void **state)
{
	static const struct {
		const char *pointer, *value, *why;
	} rows[] = {
		{"/mediaType", "\"application/vnd.dev.sigstore.trustedroot+json;version=0.3\"", "version 0.1 and 0.2"},
		{"/mediaType", NULL, "has no \"mediaType\""},
		{"/signingConfig", "{}", "a key that is not known"},
		{"/tlogs", "{}", "\"tlogs\""},
		{"/tlogs/0/logId", NULL, "has no \"logId\""},
		{"/tlogs/0/logId/keyId", "\"AAAA\"", "too short"},
		{"/tlogs/0/logId/keyId", "\"AAAAAAAA\"", "not 32 bytes"},
		{"/tlogs/0/logId/keyId", "\"AAAA\\u000aAAAA\"", "base64"},
		{"/tlogs/0/checkpointKeyId", "{\"keyId\":\"AAA=\"}", "too short"},
		{"/tlogs/0/hashAlgorithm", "\"SHA2_512\"", "another \"hashAlgorithm\""},
		{"/tlogs/0/publicKey/rawBytes", "\"AAAA\"", "not one of the kind PKIX_ECDSA_P256_SHA_256"},
		{"/tlogs/0/publicKey/keyDetails", "\"PKIX_ECDSA_P384_SHA_384\"", "not one of the kind"},
		{"/tlogs/0/publicKey/keyDetails", "\"PKIX_ED25519\"", "not one of the kind"},
		{"/tlogs/0/publicKey/keyDetails", "\"PKIX_RSA_PKCS1V15_2048_SHA256\"", "not one of the kind"},
		{"/tlogs/1/publicKey/keyDetails", "\"PKIX_ECDSA_P256_SHA_256\"", "not one of the kind"},
		{"/tlogs/0/publicKey/keyDetails", "\"pkix ecdsa\"", "no name of a kind of key"},
		{"/tlogs/0/publicKey/keyDetails", "5", "\"keyDetails\""},
		{"/tlogs/0/publicKey/validFor", "null", "\"validFor\""},
		{"/tlogs/0/publicKey/validFor/start", NULL, "has no \"start\""},
		{"/tlogs/0/publicKey/validFor/start", "\"2025-12-27\"", "no time"},
		{"/tlogs/0/publicKey/validFor/start", "\"2025-02-30T00:00:00Z\"", "no time"},
		{"/tlogs/0/publicKey/validFor/end", "\"2025-12-27T07:15:36Z\"", "ends before it starts"},
		{"/tlogs/0/publicKey/validFor/end", "null", "\"end\""},
		{"/ctlogs/0/publicKey/rawBytes", "\"\"", "base64"},
		{"/certificateAuthorities", "[]", "pins no certificate authority"},
		{"/certificateAuthorities/0/validFor", NULL, "has no \"validFor\""},
		{"/certificateAuthorities/0/subject/country", "\"x\"", "a key that is not known"},
		{"/certificateAuthorities/0/certChain/certificates", "[]", "has 0 certificates"},
		{"/certificateAuthorities/0/certChain/certificates/1", NULL, "does not end in the one certificate"},
		{"/certificateAuthorities/0/certChain/certificates/0/rawBytes", "\"MAA=\"", "certificate"},
		{"/timestampAuthorities/0/certChain/certificates/1", NULL, "does not end in the one certificate"},
	};
	(void)state;
	size_t size = 0;
	cleanup_free char *text = keyless_file("keyless/made/trusted_root-made.json", &size);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		cleanup_json json_t *json = parse_document(text, DOCUMENT_PLAIN);
		change(json, rows[i].pointer, rows[i].value);
		cleanup_free char *changed = document_dump(json, 0);
		struct trusted_root *root = NULL;
		cleanup_error struct error *error = NULL;
		int result = trusted_root_read(changed, strlen(changed), &root, &error);
		assert_signature_refused(rows[i].pointer, result, error, rows[i].why);
		assert_null(root);
	}
}

/* The specification has it as optional for a key alone. */
static void a_key_without_a_period(void **state)
{
	(void)state;
	size_t size = 0;
	cleanup_free char *text = keyless_file("keyless/trusted_root.json", &size);
	cleanup_json json_t *json = parse_document(text, DOCUMENT_PLAIN);
	change(json, "/ctlogs/0/publicKey/validFor", NULL);
	cleanup_free char *changed = document_dump(json, 0);
	struct trusted_root *root = NULL;
	assert_int_equal(trusted_root_read(changed, strlen(changed), &root, NULL), 0);
	assert_true(root->ct_logs[0].valid.start == 0 && root->ct_logs[0].valid.end == INT64_MAX);
	trusted_root_free(root);
}

/* The root first: what would be whom the path ends in stands anywhere. */
static void a_chain_ends_in_its_root(void **state)
{
	(void)state;
	size_t size = 0;
	cleanup_free char *text = keyless_file("keyless/trusted_root.json", &size);
	cleanup_json json_t *json = parse_document(text, DOCUMENT_PLAIN);
	json_t *chain = json_object_get(json_object_get(json_array_get(json_object_get(json, "certificateAuthorities"), 0),
							"certChain"), "certificates");
	json_t *first = json_incref(json_array_get(chain, 0));
	json_array_remove(chain, 0);
	json_array_append_new(chain, first);
	cleanup_free char *changed = document_dump(json, 0);
	struct trusted_root *root = NULL;
	cleanup_error struct error *error = NULL;
	int result = trusted_root_read(changed, strlen(changed), &root, &error);
	assert_signature_refused("the root first", result, error, "does not end in the one certificate");
}

static void cut_off_it_is_nothing(void **state)
{
	(void)state;
	size_t size = 0;
	cleanup_free char *text = keyless_file("keyless/trusted_root.json", &size);
	while (size > 0 && text[size - 1] == '\n')
		size--;
	for (size_t length = 0; length < size; length++) {
		struct trusted_root *root = NULL;
		assert_true(trusted_root_read(text, length, &root, NULL) < 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_it_pins),
		cmocka_unit_test(anything_odd_is_an_error),
		cmocka_unit_test(a_key_without_a_period),
		cmocka_unit_test(a_chain_ends_in_its_root),
		cmocka_unit_test(cut_off_it_is_nothing),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
