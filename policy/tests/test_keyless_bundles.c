/* Whole bundles: those that count, and for those that do not, which step says so. */
#include "policy/tests/keyless_support.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "policy/base/cleanup.h"

static void good_ones_are_proven(void **state)
{
	static const struct {
		const char *name;
		int64_t signed_at;
		size_t steps; /* of the proof */
	} rows[] = {
		{"keyless/bundle-good.json", KEYLESS_SIGNED_AT, 7},
		{"keyless/bundle-multi-subject.json", KEYLESS_SIGNED_AT, 7},
		/* both a promise and a timestamp, half a minute later; the earlier one counts */
		{"keyless/bundle-tsa-good.json", 1795331707, 8},
		/* sound signatures of something else: what they cover is looked at by collect.h */
		{"keyless/bundle-upper-hex.json", KEYLESS_SIGNED_AT, 7},
		{"keyless/bundle-neg-other-artifact.json", KEYLESS_SIGNED_AT, 7},
		{"keyless/made/bundle-made.json", KEYLESS_SIGNED_AT, 7},
		{"keyless/made/bundle-witness.json", KEYLESS_SIGNED_AT, 7},
		{"keyless/made/bundle-intoto.json", KEYLESS_SIGNED_AT, 7},
		{"keyless/made/bundle-hashedrekord.json", KEYLESS_SIGNED_AT, 7},
		{"keyless/made/bundle-hashedrekord-sha512.json", KEYLESS_SIGNED_AT, 7},
		{"keyless/made/bundle-v2-dsse.json", KEYLESS_SIGNED_AT, 7},
		{"keyless/made/bundle-v2-hashedrekord.json", KEYLESS_SIGNED_AT, 7},
	};
	(void)state;
	struct trusted_root *root = keyless_root("keyless/made/trusted_root-made.json");
	const struct signer signer = keyless_signer(root);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		size_t size = 0;
		cleanup_free char *data = keyless_file(rows[i].name, &size);
		cleanup_json json_t *proof = json_array();
		cleanup_error struct error *error = NULL;
		struct signature_answer time = {.signed_at = -1};
		if (keyless_check(&signer, data, size, &time, proof, &error) < 0)
			fail_msg("%s: %s", rows[i].name, error_message(error));
		if (time.signed_at != rows[i].signed_at || time.expires != 0 || json_array_size(proof) != rows[i].steps)
			fail_msg("%s: %lld, %zu steps", rows[i].name, (long long)time.signed_at, json_array_size(proof));
	}
	trusted_root_free(root);
}

static const struct {
	const char *name, *why;
} bad[] = {
	{"keyless/bundle-neg-bad-sct.json", "signed certificate timestamp (SCT) is not signed by the key"},
	{"keyless/bundle-neg-integrated-time-moved.json", "signed entry timestamp (SET) is not signed by the key"},
	{"keyless/bundle-neg-mediatype.json", "mediaType"},
	{"keyless/bundle-neg-no-proof.json", "without an inclusion proof"},
	{"keyless/bundle-neg-no-sct.json", "has no signed certificate timestamp (SCT)"},
	{"keyless/bundle-neg-no-set.json", "nothing proves when"},
	{"keyless/bundle-neg-no-tlog.json", ""}, /* a list instead of a bundle */
	{"keyless/bundle-neg-payloadtype.json", "payloadType"},
	{"keyless/bundle-neg-proof-hash-flip.json", "does not lead from the log's entry to the root"},
	{"keyless/bundle-neg-proof-root.json", "another tree than the log's checkpoint signs"},
	{"keyless/bundle-neg-set-flip.json", "signed entry timestamp (SET) is not signed by the key"},
	{"keyless/bundle-neg-sig-flip.json", "the key of the signature's certificate"},
	{"keyless/bundle-neg-time-after-cert.json", "the signer's certificate was not valid at"},
	{"keyless/bundle-neg-wrong-issuer.json", "and not by " KEYLESS_ISSUER},
	{"keyless/bundle-neg-wrong-rekor-key.json", "knows no Rekor log with this id"},
	{"keyless/bundle-neg-wrong-san.json", "and not to " KEYLESS_IDENTITY},
	{"keyless/made/bundle-uri.json", "made out to https://example.test/builder and not to"},
	{"keyless/made/bundle-neg-intoto-payload.json", "has the hash of something else"},
	{"keyless/made/bundle-neg-intoto-type.json", "another payloadType"},
	{"keyless/made/bundle-neg-intoto-v1.json", "not known here: \"intoto\" \"0.0.1\""},
	{"keyless/made/bundle-neg-kind-rekord.json", "not known here: \"rekord\" \"0.0.1\""},
	{"keyless/made/bundle-neg-kind-said.json", "another kind than the bundle says"},
	{"keyless/made/bundle-neg-entry-certificate.json", "it has another certificate"},
	{"keyless/made/bundle-neg-entry-hash.json", "has the hash of something else"},
	{"keyless/made/bundle-neg-entry-two-signatures.json", "has 2 signatures"},
	{"keyless/made/bundle-neg-entry-duplicate-key.json", "duplicate"},
	{"keyless/made/bundle-neg-entry-unknown-key.json", "a key that is not known: \"a\""},
	{"keyless/made/bundle-neg-checkpoint-name.json", "no signature with the name and the key of the log"},
	{"keyless/made/bundle-neg-checkpoint-hint.json", "no signature with the name and the key of the log"},
	{"keyless/made/bundle-neg-checkpoint-key.json", "the log's checkpoint is not signed by the key"},
	{"keyless/made/bundle-neg-checkpoint-size.json", "another tree than the log's checkpoint signs"},
	{"keyless/made/bundle-neg-checkpoint-root.json", "another tree than the log's checkpoint signs"},
	{"keyless/made/bundle-neg-proof-index.json", "does not lead from the log's entry to the root"},
	{"keyless/made/bundle-neg-future.json", "still to come"},
	{"keyless/made/bundle-neg-v2-no-timestamp.json", "nothing proves when"},
	{"keyless/made/bundle-neg-v2-hash.json", "another hash"},
	{"keyless/made/bundle-neg-v2-certificate.json", "it has another certificate"},
	{"keyless/made/bundle-neg-v2-signature.json", "it has another signature"},
	{"keyless/made/bundle-neg-v2-set.json", "Rekor v2 and has a signed entry timestamp"},
	{"keyless/made/bundle-neg-v2-unknown-kind-of-key.json", "ML_DSA_65, which this version cannot verify"},
	{"keyless/made/bundle-neg-timestamp-early.json", "the signer's certificate was not valid at 2026-10-23T06:15:37Z"},
	{"keyless/made/bundle-neg-timestamp-other.json", "the timestamp is not one of the pinned authority"},
};

static void bad_ones_are_refused_each_for_its_reason(void **state)
{
	(void)state;
	struct trusted_root *root = keyless_root("keyless/made/trusted_root-made.json");
	const struct signer signer = keyless_signer(root);
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		size_t size = 0;
		cleanup_free char *data = keyless_file(bad[i].name, &size);
		cleanup_json json_t *proof = json_array();
		cleanup_error struct error *error = NULL;
		struct signature_answer time = {.signed_at = -4711};
		int result = keyless_check(&signer, data, size, &time, proof, &error);
		assert_signature_refused(bad[i].name, result, error, bad[i].why);
		assert_int_equal(time.signed_at, -4711);
	}
	trusted_root_free(root);
}

/* A bundle that is good but for one thing that is done to its material. */
static void check_changed(const char *name, void (*change)(struct signed_material *, struct log_entry *), const char *why)
{
	struct trusted_root *root = keyless_root("keyless/made/trusted_root-made.json");
	const struct signer signer = keyless_signer(root);
	size_t size = 0;
	cleanup_free char *data = keyless_file(name, &size);
	cleanup_sigstore_bundle struct sigstore_bundle bundle = {0};
	cleanup_json json_t *proof = json_array();
	cleanup_error struct error *error = NULL;
	assert_int_equal(sigstore_bundle_read(data, size, &bundle, NULL), 0);
	struct log_entry entry = bundle.material.entries[0];
	struct signed_material material = bundle.material;
	material.entries = &entry;
	change(&material, &entry);
	struct signature_answer time = {0};
	int result = signature_check_keyless(&signer, &material, KEYLESS_NOW, &time, proof, &error);
	if (why)
		assert_signature_refused(name, result, error, why);
	else if (result < 0)
		fail_msg("%s: %s", name, error_message(error));
	trusted_root_free(root);
}

static void drop_entries(struct signed_material *material, struct log_entry *entry)
{
	(void)entry;
	material->entry_count = 0;
}

static void drop_promise(struct signed_material *material, struct log_entry *entry)
{
	(void)material;
	entry->set = (struct bytes){0};
	entry->integrated_time = 1; /* which nobody signs, and nobody reads */
}

static void drop_checkpoint(struct signed_material *material, struct log_entry *entry)
{
	(void)material;
	entry->checkpoint = NULL;
}

static void drop_certificate(struct signed_material *material, struct log_entry *entry)
{
	(void)entry;
	material->certificate_count = 0;
}

static void many_entries(struct signed_material *material, struct log_entry *entry)
{
	(void)entry;
	material->entry_count = 9;
}

static void each_part_is_needed(void **state)
{
	(void)state;
	check_changed("keyless/bundle-good.json", drop_entries, "in no transparency log");
	check_changed("keyless/bundle-good.json", drop_promise, "nothing proves when");
	check_changed("keyless/bundle-tsa-good.json", drop_promise, NULL);
	check_changed("keyless/bundle-good.json", drop_checkpoint, "without an inclusion proof and a checkpoint");
	check_changed("keyless/bundle-good.json", drop_certificate, "with a bare key");
	check_changed("keyless/bundle-good.json", many_entries, "more than 8 log entries");
}

/* CVE-2026-22703: an entry that is in the log, promised and proven, but of another signature. */
static void cve_2026_22703_a_foreign_rekor_entry(void **state)
{
	(void)state;
	struct trusted_root *root = keyless_root("keyless/trusted_root.json");
	const struct signer signer = keyless_signer(root);
	static const char *const others[] = {"keyless/bundle-multi-subject.json", "keyless/bundle-upper-hex.json",
					     "keyless/made/bundle-hashedrekord.json"};
	size_t size = 0;
	cleanup_free char *data = keyless_file("keyless/bundle-neg-other-artifact.json", &size);
	cleanup_sigstore_bundle struct sigstore_bundle bundle = {0};
	assert_int_equal(sigstore_bundle_read(data, size, &bundle, NULL), 0);
	for (size_t i = 0; i < ARRAY_SIZE(others); i++) {
		cleanup_free char *other_data = keyless_file(others[i], &size);
		cleanup_sigstore_bundle struct sigstore_bundle other = {0};
		cleanup_json json_t *proof = json_array();
		cleanup_error struct error *error = NULL;
		assert_int_equal(sigstore_bundle_read(other_data, size, &other, NULL), 0);
		struct signed_material material = bundle.material;
		material.entries = other.material.entries;
		struct signature_answer time = {0};
		int result = signature_check_keyless(&signer, &material, KEYLESS_NOW, &time, proof, &error);
		assert_signature_refused(others[i], result, error, "is another signature's");
		/* nor beside its own */
		const struct log_entry both[] = {bundle.material.entries[0], other.material.entries[0]};
		material.entries = both;
		material.entry_count = 2;
		error_free(take_pointer(error));
		result = signature_check_keyless(&signer, &material, KEYLESS_NOW, &time, proof, &error);
		assert_signature_refused(others[i], result, error, "is another signature's");
	}
	trusted_root_free(root);
}

/* Puts these certificates in place of the authority's chain. */
static void set_chain(json_t *root, const void *context)
{
	json_t *list = json_array();
	for (const char *const *name = context; *name; name++) {
		X509 *certificate = keyless_certificate(*name);
		cleanup_encoding unsigned char *der = NULL;
		int size = i2d_X509(certificate, &der);
		cleanup_free char *text = calloc(1, (size_t)size * 2);
		(void)EVP_EncodeBlock((unsigned char *)text, der, size);
		json_array_append_new(list, json_pack("{s:s}", "rawBytes", text));
		X509_free(certificate);
	}
	json_t *authority = json_array_get(json_object_get(root, "certificateAuthorities"), 0);
	json_object_set_new(json_object_get(authority, "certChain"), "certificates", list);
}

static void check_good_with(struct trusted_root *root, const char *why)
{
	const struct signer signer = keyless_signer(root);
	size_t size = 0;
	cleanup_free char *data = keyless_file("keyless/bundle-good.json", &size);
	cleanup_json json_t *proof = json_array();
	cleanup_error struct error *error = NULL;
	struct signature_answer time = {0};
	int result = keyless_check(&signer, data, size, &time, proof, &error);
	if (why)
		assert_signature_refused("bundle-good.json", result, error, why);
	else if (result < 0)
		fail_msg("%s", error_message(error));
	trusted_root_free(root);
}

/* CVE-2026-24122: the leaf was valid when it signed, an authority above it was not. */
static void cve_2026_24122_an_authority_that_had_expired(void **state)
{
	(void)state;
	static const char *const same[] = {"keyless/inter.pem", "keyless/root.pem", NULL};
	static const char *const expired[] = {"keyless/made/inter-expired.pem", "keyless/root.pem", NULL};
	static const char *const not_yet[] = {"keyless/made/inter-not-yet.pem", "keyless/root.pem", NULL};
	static const char *const old_root[] = {"keyless/inter.pem", "keyless/made/root-expired.pem", NULL};
	static const char *const renewed[] = {"keyless/made/inter-expired.pem", "keyless/inter.pem", "keyless/root.pem",
					      NULL};
	check_good_with(keyless_root_with(set_chain, same), NULL);
	check_good_with(keyless_root_with(set_chain, expired), "(1 that were not valid then");
	check_good_with(keyless_root_with(set_chain, not_yet), "(1 that were not valid then");
	check_good_with(keyless_root_with(set_chain, old_root), "(1 that were not valid then");
	check_good_with(keyless_root_with(set_chain, renewed), NULL);
}

struct change {
	const char *list, *path, *value; /* no path: the list is empty */
};

/* Sets a member of the first element of a list. */
static void set_member(json_t *root, const void *context)
{
	const struct change *change = context;
	json_t *object = json_array_get(json_object_get(root, change->list), 0);
	if (!change->path) {
		json_object_set_new(root, change->list, json_array());
		return;
	}
	cleanup_json json_t *value = json_string(change->value);
	assert_int_equal(document_set(object, change->path, value, NULL), 0);
}

static void a_root_vouches_for_its_time_only(void **state)
{
	static const struct {
		struct change change;
		const char *why;
	} rows[] = {
		{{"tlogs", "/publicKey/validFor/end", "2026-10-23T07:16:36Z"}, "key of this Rekor log was not in use"},
		{{"tlogs", "/publicKey/validFor/end", "2026-10-23T07:16:37Z"}, NULL},
		{{"tlogs", "/publicKey/validFor/start", "2026-10-23T07:16:38Z"}, "key of this Rekor log was not in use"},
		{{"ctlogs", "/publicKey/validFor/end", "2026-10-23T07:15:36Z"},
		 "key of this log of certificates was not in use"},
		{{"certificateAuthorities", "/validFor/end", "2026-10-23T07:16:36Z"}, "the certificate authority was not"},
		{{"tlogs", NULL, NULL}, "knows no Rekor log"},
		{{"ctlogs", NULL, NULL}, "no SCT of the certificate is by a log"},
	};
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		check_good_with(keyless_root_with(set_member, &rows[i].change), rows[i].why);
}

/* A log that is named by anything but its key's hash is one of Rekor v2. */
static void a_promise_is_by_a_log_that_its_key_names(void **state)
{
	(void)state;
	struct trusted_root *root = keyless_root("keyless/trusted_root.json");
	root->logs[0].spki[0] ^= 1;
	check_good_with(root, "makes no signed entry timestamps");
}

static void without_issuer_or_root_nobody_is_trusted(void **state)
{
	(void)state;
	size_t size = 0;
	cleanup_free char *data = keyless_file("keyless/bundle-good.json", &size);
	struct trusted_root *root = keyless_root("keyless/trusted_root.json");
	const struct {
		const char *identity, *issuer;
		struct trusted_root *root;
		const char *why;
	} rows[] = {
		{KEYLESS_IDENTITY, NULL, root, "no issuer"},
		{NULL, KEYLESS_ISSUER, root, "not to anybody"},
		{KEYLESS_IDENTITY, KEYLESS_ISSUER, NULL, "no trusted root"},
		{"builder@example.tes", KEYLESS_ISSUER, root, "and not to builder@example.tes"},
		{"Builder@example.test", KEYLESS_ISSUER, root, "and not to Builder"},
		{KEYLESS_IDENTITY, KEYLESS_ISSUER "/", root, "and not by"},
	};
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const struct signer signer = {.name = "release", .kind = SIGNER_KEYLESS, .identity = rows[i].identity,
					      .issuer = rows[i].issuer, .root = rows[i].root};
		cleanup_json json_t *proof = json_array();
		cleanup_error struct error *error = NULL;
		struct signature_answer time = {0};
		int result = keyless_check(&signer, data, size, &time, proof, &error);
		assert_signature_refused(rows[i].why, result, error, rows[i].why);
	}
	trusted_root_free(root);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(good_ones_are_proven),
		cmocka_unit_test(bad_ones_are_refused_each_for_its_reason),
		cmocka_unit_test(each_part_is_needed),
		cmocka_unit_test(cve_2026_22703_a_foreign_rekor_entry),
		cmocka_unit_test(cve_2026_24122_an_authority_that_had_expired),
		cmocka_unit_test(a_root_vouches_for_its_time_only),
		cmocka_unit_test(a_promise_is_by_a_log_that_its_key_names),
		cmocka_unit_test(without_issuer_or_root_nobody_is_trusted),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
