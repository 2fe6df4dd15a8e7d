/* What the logs sign: SCTs, trees, checkpoints; and timestamps. */
#include "policy/tests/keyless_support.h"

#include <errno.h>
#include <openssl/ts.h>
#include <stdio.h>
#include <string.h>

#include "policy/base/cleanup.h"
#include "policy/trust/checkpoint.h"
#include "policy/trust/merkle.h"
#include "policy/trust/sct.h"
#include "policy/trust/trusted_timestamp.h"

#define MADE "keyless/made/"

static void certificate_timestamps(void **state)
{
	static const struct {
		const char *leaf, *why;
	} rows[] = {
		{"keyless/leaf.pem", NULL},
		{MADE "leaf-sct-good.pem", NULL},
		{MADE "leaf-sct-extensions.pem", NULL},
		{MADE "leaf-sct-two.pem", NULL}, /* the other log says nothing */
		{MADE "leaf-sct-unknown-log.pem", "is by a log of certificates that the trusted root pins"},
		{MADE "leaf-sct-second-bad.pem", "is not signed by the key"},
		{MADE "leaf-sct-other-key.pem", "is not signed by the key"},
		{MADE "leaf-sct-too-early.pem", "was not in use at 1970-01-01T00:00:01Z"},
		{MADE "leaf-sct-version.pem", "cannot be read"},
		{MADE "leaf-sct-trailing.pem", "another length"},
		{MADE "leaf-sct-empty.pem", "is by a log of certificates that the trusted root pins"},
		{MADE "leaf-nul.pem", "has no signed certificate timestamp"},
	};
	(void)state;
	struct trusted_root *root = keyless_root("keyless/trusted_root.json");
	cleanup_certificate X509 *issuer = keyless_certificate("keyless/inter.pem"),
				 *other = keyless_certificate("keyless/root.pem");
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		cleanup_certificate X509 *leaf = keyless_certificate(rows[i].leaf);
		cleanup_error struct error *error = NULL;
		int result = sct_check(leaf, issuer, root->ct_logs, root->ct_log_count, &error);
		if (rows[i].why)
			assert_signature_refused(rows[i].leaf, result, error, rows[i].why);
		else if (result < 0)
			fail_msg("%s: %s", rows[i].leaf, error_message(error));
		/* it is for a certificate of this issuer */
		assert_int_equal(sct_check(leaf, other, root->ct_logs, root->ct_log_count, NULL), -EPERM);
	}
	trusted_root_free(root);
}

#define ENTRIES 20

static void root_of(uint8_t leaves[][SHA256_SIZE], size_t count, uint8_t ret_root[SHA256_SIZE])
{
	if (count == 1) {
		memcpy(ret_root, leaves[0], SHA256_SIZE);
		return;
	}
	size_t left = 1;
	while (left * 2 < count)
		left *= 2;
	uint8_t node[1 + 2 * SHA256_SIZE] = {1};
	root_of(leaves, left, node + 1);
	root_of(leaves + left, count - left, node + 1 + SHA256_SIZE);
	sha256(node, sizeof(node), ret_root);
}

/* RFC 6962, section 2.1.1, as it stands there. */
static size_t path_of(uint8_t leaves[][SHA256_SIZE], size_t count, size_t index, uint8_t path[][SHA256_SIZE])
{
	if (count == 1)
		return 0;
	size_t left = 1;
	while (left * 2 < count)
		left *= 2;
	size_t length = index < left ? path_of(leaves, left, index, path)
				     : path_of(leaves + left, count - left, index - left, path);
	if (index < left)
		root_of(leaves + left, count - left, path[length]);
	else
		root_of(leaves, left, path[length]);
	return length + 1;
}

static void every_entry_of_every_tree(void **state)
{
	(void)state;
	uint8_t leaves[ENTRIES][SHA256_SIZE], root[SHA256_SIZE], path[8][SHA256_SIZE];
	for (uint8_t i = 0; i < ENTRIES; i++)
		assert_int_equal(merkle_leaf(&(struct bytes){&i, 1}, leaves[i], NULL), 0);
	for (size_t size = 1; size <= ENTRIES; size++) {
		root_of(leaves, size, root);
		const struct bytes root_bytes = {root, sizeof(root)};
		for (size_t index = 0; index < size; index++) {
			struct bytes hashes[9];
			size_t length = path_of(leaves, size, index, path);
			for (size_t i = 0; i < 9; i++)
				hashes[i] = (struct bytes){path[i < length ? i : 0], SHA256_SIZE};
			assert_int_equal(merkle_check(leaves[index], (int64_t)index, (int64_t)size, hashes, length, &root_bytes,
						      NULL), 0);
			/* no other index, no hash more or less, no other leaf */
			for (int64_t wrong = -1; wrong <= (int64_t)size; wrong++)
				if (wrong != (int64_t)index)
					assert_int_equal(merkle_check(leaves[index], wrong, (int64_t)size, hashes, length, &root_bytes,
								      NULL), -EPERM);
			assert_int_equal(merkle_check(leaves[index], (int64_t)index, (int64_t)size, hashes, length + 1,
						      &root_bytes, NULL), -EPERM);
			if (length)
				assert_int_equal(merkle_check(leaves[index], (int64_t)index, (int64_t)size, hashes, length - 1,
							      &root_bytes, NULL), -EPERM);
			if (length) {
				path[length - 1][31] ^= 1;
				assert_int_equal(merkle_check(leaves[index], (int64_t)index, (int64_t)size, hashes, length,
							      &root_bytes, NULL), -EPERM);
				hashes[0].size--;
				assert_int_equal(merkle_check(leaves[index], (int64_t)index, (int64_t)size, hashes, length,
							      &root_bytes, NULL), -EPERM);
			}
		}
	}
	assert_int_equal(merkle_check(leaves[0], 0, INT64_MAX, NULL, 0, &(struct bytes){root, sizeof(root)}, NULL), -EPERM);
	assert_int_equal(merkle_check(leaves[0], 0, 1, NULL, 0, &(struct bytes){leaves[0], 31}, NULL), -EPERM);
	assert_int_equal(merkle_check(leaves[0], 0, 0, NULL, 0, &(struct bytes){leaves[0], 32}, NULL), -EPERM);
}

/* The kept note, from whose bytes none may differ. */
static void checkpoints(void **state)
{
	(void)state;
	struct trusted_root *root = keyless_root("keyless/trusted_root.json");
	size_t size = 0;
	cleanup_free char *data = keyless_file("keyless/bundle-good.json", &size);
	cleanup_sigstore_bundle struct sigstore_bundle bundle = {0};
	assert_int_equal(sigstore_bundle_read(data, size, &bundle, NULL), 0);
	const char *note = bundle.material.entries[0].checkpoint;
	struct checkpoint checkpoint;
	assert_int_equal(checkpoint_check(note, &root->logs[0], &checkpoint, NULL), 0);
	assert_int_equal(checkpoint.tree_size, 7);
	size_t length = strlen(note);
	cleanup_free char *copy = strdup(note);
	for (size_t i = 0; i < length; i++) {
		for (unsigned bit = 0; bit < 8; bit++) {
			copy[i] = (char)(note[i] ^ (1 << bit));
			assert_true(checkpoint_check(copy, &root->logs[0], &checkpoint, NULL) < 0);
		}
		copy[i] = '\0';
		assert_true(checkpoint_check(copy, &root->logs[0], &checkpoint, NULL) < 0);
		copy[i] = note[i];
	}
	assert_true(checkpoint_check(note, &root->ct_logs[0], &checkpoint, NULL) < 0);
	static const char *const more[] = {"\n", "x", "\xe2\x80\x94 name\n", "\xe2\x80\x94 name =\n", "- name AAAA\n", "\n\n"};
	for (size_t i = 0; i < ARRAY_SIZE(more); i++) {
		char longer[2048];
		(void)snprintf(longer, sizeof(longer), "%s%s", note, more[i]);
		assert_true(checkpoint_check(longer, &root->logs[0], &checkpoint, NULL) < 0);
	}
	trusted_root_free(root);
}

static void timestamps(void **state)
{
	static const struct {
		const char *name;
		int64_t time;
		const char *why;
	} rows[] = {
		{MADE "tsr-good.der", KEYLESS_SIGNED_AT, NULL},
		{MADE "tsr-sha512.der", KEYLESS_SIGNED_AT, NULL},
		{MADE "tsr-no-certificates.der", KEYLESS_SIGNED_AT, NULL}, /* the root pins it */
		{MADE "tsr-early.der", KEYLESS_SIGNED_AT - 3660, NULL}, /* it says so; the path refuses it */
		{MADE "tsr-sha1.der", 0, "not both by one of SHA-256"},
		{MADE "tsr-signed-by-sha1.der", 0, "not both by one of SHA-256"},
		{MADE "tsr-other-data.der", 0, "its imprint is of other bytes"},
		{MADE "tsr-other-signer.der", 0, "another certificate than the one"},
		{MADE "tsr-expired.der", 0, "another certificate than the one"},
		{MADE "tsr-refused.der", 0, "was not granted"},
		{MADE "tsr-status.der", 0, "no answer of a timestamp authority"},
	};
	(void)state;
	struct trusted_root *root = keyless_root("keyless/made/trusted_root-made.json");
	size_t size = 0;
	cleanup_free char *data = keyless_file("keyless/bundle-good.json", &size);
	cleanup_sigstore_bundle struct sigstore_bundle bundle = {0};
	assert_int_equal(sigstore_bundle_read(data, size, &bundle, NULL), 0);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct bytes response = keyless_bytes(rows[i].name);
		cleanup_error struct error *error = NULL;
		int64_t time = 0;
		int result = trusted_timestamp_check(&response, &bundle.material.signature, root->timestamp_authorities,
						     root->timestamp_authority_count, &time, &error);
		if (rows[i].why)
			assert_signature_refused(rows[i].name, result, error, rows[i].why);
		else if (result < 0)
			fail_msg("%s: %s", rows[i].name, error_message(error));
		assert_true(time == rows[i].time);
		free((void *)(uintptr_t)response.data);
	}
	trusted_root_free(root);
}

/* The authority's own validity and the one that the root gives it. */
static void a_timestamp_authority_in_its_time(void **state)
{
	(void)state;
	struct trusted_root *root = keyless_root("keyless/made/trusted_root-made.json");
	struct authority *authority = &root->timestamp_authorities[1];
	size_t size = 0;
	cleanup_free char *data = keyless_file("keyless/bundle-good.json", &size);
	cleanup_sigstore_bundle struct sigstore_bundle bundle = {0};
	assert_int_equal(sigstore_bundle_read(data, size, &bundle, NULL), 0);
	struct bytes good = keyless_bytes(MADE "tsr-good.der"), expired = keyless_bytes(MADE "tsr-expired.der");
	const struct bytes *signature = &bundle.material.signature;
	cleanup_error struct error *error = NULL;
	int64_t time = 0;
	authority->valid.end = KEYLESS_SIGNED_AT;
	assert_int_equal(trusted_timestamp_check(&good, signature, authority, 1, &time, NULL), 0);
	authority->valid.end = KEYLESS_SIGNED_AT - 1;
	int result = trusted_timestamp_check(&good, signature, authority, 1, &time, &error);
	assert_signature_refused("tsr-good.der", result, error, "pins no timestamp authority that was in use");
	authority->valid.end = INT64_MAX;
	authority->leaf = NULL; /* any that it certified */
	error_free(take_pointer(error));
	result = trusted_timestamp_check(&expired, signature, authority, 1, &time, &error);
	assert_signature_refused("tsr-expired.der", result, error, "was not valid at");
	error_free(take_pointer(error));
	result = trusted_timestamp_check(&good, signature, NULL, 0, &time, &error);
	assert_signature_refused("tsr-good.der", result, error, "pins no timestamp authority");
	free((void *)(uintptr_t)good.data);
	free((void *)(uintptr_t)expired.data);
	trusted_root_free(root);
}

/* The answer with `certificate` before those that came with it. */
static struct bytes answer_with(const struct bytes *answer, X509 *certificate)
{
	const unsigned char *at = answer->data;
	unsigned char *made = NULL;
	TS_RESP *response = d2i_TS_RESP(NULL, &at, (long)answer->size);
	assert_non_null(response);
	STACK_OF(X509) *certificates = TS_RESP_get_token(response)->d.sign->cert;
	assert_true(sk_X509_unshift(certificates, certificate) > 1);
	X509_up_ref(certificate);
	int size = i2d_TS_RESP(response, &made);
	assert_true(size > (int)answer->size);
	TS_RESP_free(response);
	return (struct bytes){made, (size_t)size};
}

/* CVE-2026-39984: sigstore's verifier asked what it asks of the authority's certificate of the
 * first one that is no CA's, whoever had signed. Nobody signs which certificates come along. */
static void cve_2026_39984_other_certificates_beside_the_signers(void **state)
{
	(void)state;
	struct trusted_root *root = keyless_root("keyless/made/trusted_root-made.json");
	struct authority *authority = &root->timestamp_authorities[1];
	size_t size = 0;
	cleanup_free char *data = keyless_file("keyless/bundle-good.json", &size);
	cleanup_sigstore_bundle struct sigstore_bundle bundle = {0};
	assert_int_equal(sigstore_bundle_read(data, size, &bundle, NULL), 0);
	/* another's, which is good for nothing here; and one with the signer's name and number */
	cleanup_certificate X509 *other = keyless_certificate("keyless/leaf.pem");
	cleanup_certificate X509 *twin = X509_dup(authority->leaf);
	EVP_PKEY *key = EVP_EC_gen("P-256");
	assert_true(X509_set_pubkey(twin, key) == 1 && X509_sign(twin, key, EVP_sha256()) > 0);
	EVP_PKEY_free(key);
	const struct {
		const char *answer;
		X509 *beside;
		bool valid;
	} rows[] = {
		{MADE "tsr-good.der", other, true},
		{MADE "tsr-good.der", twin, true}, /* the root's own comes first */
		{MADE "tsr-other-signer.der", authority->leaf, false},
		{MADE "tsr-expired.der", authority->leaf, false},
	};
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct bytes answer = keyless_bytes(rows[i].answer);
		struct bytes longer = answer_with(&answer, rows[i].beside);
		int64_t time = 0;
		int result = trusted_timestamp_check(&longer, &bundle.material.signature, authority, 1, &time, NULL);
		if ((result == 0) != rows[i].valid)
			fail_msg("%s, row %zu", rows[i].answer, i);
		free((void *)(uintptr_t)answer.data);
		OPENSSL_free((void *)(uintptr_t)longer.data);
	}
	trusted_root_free(root);
}

/* No byte may be missing; one that differs changes nothing that is said, or is refused. */
static void every_byte_of_a_timestamp(void **state)
{
	(void)state;
	struct trusted_root *root = keyless_root("keyless/made/trusted_root-made.json");
	const struct authority *authority = &root->timestamp_authorities[1];
	size_t size = 0;
	cleanup_free char *data = keyless_file("keyless/bundle-good.json", &size);
	cleanup_sigstore_bundle struct sigstore_bundle bundle = {0};
	assert_int_equal(sigstore_bundle_read(data, size, &bundle, NULL), 0);
	struct bytes good = keyless_bytes(MADE "tsr-good.der");
	for (size_t i = 0; i < good.size; i++) {
		cleanup_free uint8_t *cut = malloc(i + 1), *flipped = malloc(good.size);
		memcpy(cut, good.data, i);
		memcpy(flipped, good.data, good.size);
		flipped[i] ^= 1;
		int64_t time = 0;
		assert_int_equal(trusted_timestamp_check(&(struct bytes){cut, i}, &bundle.material.signature, authority, 1, &time,
							 NULL), -EPERM);
		if (trusted_timestamp_check(&(struct bytes){flipped, good.size}, &bundle.material.signature, authority, 1, &time,
					    NULL) == 0)
			assert_true(time == KEYLESS_SIGNED_AT);
	}
	free((void *)(uintptr_t)good.data);
	trusted_root_free(root);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(certificate_timestamps),
		cmocka_unit_test(every_entry_of_every_tree),
		cmocka_unit_test(checkpoints),
		cmocka_unit_test(timestamps),
		cmocka_unit_test(a_timestamp_authority_in_its_time),
		cmocka_unit_test(cve_2026_39984_other_certificates_beside_the_signers),
		cmocka_unit_test(every_byte_of_a_timestamp),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
