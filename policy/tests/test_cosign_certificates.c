/* cosign's classic signatures with a certificate: Fulcio's, and one of an authority of
 * one's own. */
#include "policy/tests/keyless_support.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "policy/base/cleanup.h"
#include "policy/trust/collect.h"
#include "policy/trust/cosign_material.h"
#include "policy/trust/digest.h"

#define BUNDLE "dev.sigstore.cosign/bundle"
#define OWN "byo-pki/"
#define OWN_IMAGE "sha256:33cd1e9d1e9d68f3ec267bb356b0d59da1196de1e81e62cb528ba805edb3e15b"
#define OWN_LEAF_ENDS INT64_C(1826867568) /* the second after its notAfter */

/* The first layer of a manifest and the blob that it leads to. */
struct layer {
	json_t *manifest;
	const json_t *annotations;
	struct bytes payload;
};

static struct layer read_layer(const char *manifest, const char *payload)
{
	size_t size = 0;
	cleanup_free char *text = keyless_file(manifest, &size);
	struct layer layer = {.manifest = parse_document(text, DOCUMENT_PLAIN)};
	const json_t *first = json_array_get(json_object_get(layer.manifest, "layers"), 0);
	layer.annotations = json_object_get(first, "annotations");
	char name[128];
	(void)snprintf(name, sizeof(name), "keyless/blob-%s",
		       json_string_value(json_object_get(first, "digest")) + strlen("sha256:"));
	layer.payload = keyless_bytes(payload ? payload : name);
	return layer;
}

static void release_layer(struct layer *layer)
{
	json_decref(layer->manifest);
	free((void *)(uintptr_t)layer->payload.data);
}

static int check_layer(const struct layer *layer, const struct signer *signer, int64_t now,
		       struct signature_answer *ret_time, struct error **error)
{
	cleanup_cosign_material struct cosign_material read = {0};
	cleanup_json json_t *proof = json_array();
	int result = cosign_material_read_simple(layer->annotations, layer->payload, &read, error);
	if (result < 0)
		return result;
	return (signer->kind == SIGNER_KEYLESS ? signature_check_keyless : signature_check_certificate)(
		signer, &read.material, now, ret_time, proof, error);
}

/* Classic cosign keeps the log's promise and no proof of inclusion: the promise is what
 * is asked for. What the payload says is looked at by others, so that some of these are
 * sound signatures of something that does not count. */
static void by_fulcio(void **state)
{
	static const struct {
		const char *name, *why;
	} rows[] = {
		{"keyless/classic-manifest-good.json", NULL},
		{"keyless/classic-manifest-other-reference.json", NULL},
		{"keyless/classic-manifest-wrong-type.json", NULL},
		{"keyless/classic-manifest-dup-digest-key.json", NULL},
		{"keyless/classic-manifest-neg-other-digest.json", NULL},
		{"keyless/classic-manifest-neg-no-rekor.json", "in no transparency log"},
		{"keyless/classic-manifest-neg-time-moved.json", "signed entry timestamp (SET) is not signed by the key"},
	};
	(void)state;
	struct trusted_root *root = keyless_root("keyless/trusted_root.json");
	const struct signer signer = keyless_signer(root);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct layer layer = read_layer(rows[i].name, NULL);
		cleanup_error struct error *error = NULL;
		struct signature_answer time = {0};
		int result = check_layer(&layer, &signer, KEYLESS_NOW, &time, &error);
		if (rows[i].why)
			assert_signature_refused(rows[i].name, result, error, rows[i].why);
		else if (result < 0)
			fail_msg("%s: %s", rows[i].name, error_message(error));
		assert_true(time.signed_at == (rows[i].why ? 0 : KEYLESS_SIGNED_AT));
		release_layer(&layer);
	}
	trusted_root_free(root);
}

/* CVE-2022-23649: the log's promise for another signature, beside this one. */
static void cve_2022_23649_the_bundle_of_another(void **state)
{
	(void)state;
	struct trusted_root *root = keyless_root("keyless/trusted_root.json");
	const struct signer signer = keyless_signer(root);
	struct layer layer = read_layer("keyless/classic-manifest-neg-other-digest.json", NULL);
	struct layer other = read_layer("keyless/classic-manifest-good.json", NULL);
	json_object_set((json_t *)(uintptr_t)layer.annotations, BUNDLE, json_object_get(other.annotations, BUNDLE));
	cleanup_error struct error *error = NULL;
	struct signature_answer time = {0};
	int result = check_layer(&layer, &signer, KEYLESS_NOW, &time, &error);
	assert_signature_refused("bundle of another", result, error, "is another signature's");
	release_layer(&layer);
	release_layer(&other);
	trusted_root_free(root);
}

/* Both have to hold, wherever they stand: a timestamp of another signature is none. */
static void with_a_timestamp(void **state)
{
	(void)state;
	static const struct {
		const char *manifest, *why;
	} rows[] = {
		{"keyless/classic-manifest-good.json", NULL},
		{"keyless/classic-manifest-other-reference.json", "the timestamp is not one of the pinned authority"},
	};
	struct trusted_root *root = keyless_root("keyless/made/trusted_root-made.json");
	const struct signer signer = keyless_signer(root);
	size_t size = 0;
	cleanup_free char *timestamp = keyless_file("keyless/made/classic-timestamp.json", &size);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct layer layer = read_layer(rows[i].manifest, NULL);
		json_object_set_new((json_t *)(uintptr_t)layer.annotations, "dev.sigstore.cosign/rfc3161timestamp",
				    json_string(timestamp));
		cleanup_error struct error *error = NULL;
		struct signature_answer time = {0};
		int result = check_layer(&layer, &signer, KEYLESS_NOW, &time, &error);
		if (rows[i].why)
			assert_signature_refused(rows[i].manifest, result, error, rows[i].why);
		else if (result < 0)
			fail_msg("%s: %s", rows[i].manifest, error_message(error));
		release_layer(&layer);
	}
	trusted_root_free(root);
}

static struct signer own_signer(struct certificate_set *authorities)
{
	return (struct signer){.name = "release", .kind = SIGNER_CERTIFICATE, .identity = KEYLESS_IDENTITY,
			       .authorities = authorities};
}

static struct certificate_set *read_set(const char *name)
{
	size_t size = 0;
	cleanup_free char *text = keyless_file(name, &size);
	struct certificate_set *set = NULL;
	assert_int_equal(certificate_set_read(text, name, &set, NULL), 0);
	return set;
}

static void by_an_authority_of_ones_own(void **state)
{
	static const struct {
		const char *authorities, *identity, *issuer;
		int64_t now;
		const char *why;
	} rows[] = {
		{OWN "root.pem", KEYLESS_IDENTITY, NULL, KEYLESS_NOW, NULL},
		{OWN "chain.pem", KEYLESS_IDENTITY, NULL, KEYLESS_NOW, NULL},
		{OWN "root.pem", KEYLESS_IDENTITY, KEYLESS_ISSUER, KEYLESS_NOW, NULL},
		{OWN "root.pem", KEYLESS_IDENTITY, "https://other.example.test", KEYLESS_NOW, "and not by https://other"},
		{OWN "root.pem", "other@example.test", NULL, KEYLESS_NOW, "and not to other@example.test"},
		{OWN "root.pem", NULL, NULL, KEYLESS_NOW, "not to anybody"},
		{"keyless/root.pem", KEYLESS_IDENTITY, NULL, KEYLESS_NOW, "self-signed certificate in certificate chain"},
		/* nobody tells when it signed, so the certificate has to be valid now */
		{OWN "root.pem", KEYLESS_IDENTITY, NULL, 1827000000, "the signer's certificate was not valid at"},
		{OWN "root.pem", KEYLESS_IDENTITY, NULL, 1795000000, "the signer's certificate was not valid at"},
	};
	(void)state;
	struct layer layer = read_layer(OWN "sig-manifest.json", OWN "payload.json");
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct certificate_set *set = read_set(rows[i].authorities);
		struct signer signer = own_signer(set);
		signer.identity = rows[i].identity;
		signer.issuer = rows[i].issuer;
		cleanup_error struct error *error = NULL;
		struct signature_answer time = {.signed_at = -1};
		int result = check_layer(&layer, &signer, rows[i].now, &time, &error);
		if (rows[i].why)
			assert_signature_refused(rows[i].authorities, result, error, rows[i].why);
		else if (result < 0)
			fail_msg("%zu: %s", i, error_message(error));
		assert_true(time.signed_at == (result == 0 ? 0 : -1));
		assert_true(time.expires == (result == 0 ? OWN_LEAF_ENDS : 0));
		assert_true(digest_is_valid(time.key) == (result == 0));
		certificate_set_free(set);
	}
	release_layer(&layer);
}

static void add_file(struct evidence *evidence, const char *name)
{
	char digest[DIGEST_LENGTH + 1];
	size_t size = 0;
	char *data = keyless_file(name, &size);
	digest_of(data, size, digest);
	assert_int_equal(evidence_add(evidence, digest, (uint8_t *)data, size), 0);
}

/* Twice in the policy, once with an authority more: k of n has to see that it is one. */
static void two_names_for_one_certificate_are_seen_to_be(void **state)
{
	(void)state;
	struct certificate_set *sets[] = {read_set(OWN "root.pem"), read_set(OWN "chain.pem")};
	struct signer list[] = {own_signer(sets[0]), own_signer(sets[1])};
	list[1].name = "again";
	const struct signers signers = {.list = list, .count = ARRAY_SIZE(list)};
	static const char *const subjects[] = {OWN_IMAGE};
	cleanup_evidence struct evidence evidence = {0};
	cleanup_claims struct claims claims = {0};
	add_file(&evidence, OWN "sig-manifest.json");
	add_file(&evidence, OWN "payload.json");
	const struct collection collection = {
		.evidence = &evidence, .signers = &signers, .subjects = subjects, .subject_count = 1, .now = KEYLESS_NOW,
	};
	assert_int_equal(collect_cosign(&collection, &claims, NULL), 0);
	assert_int_equal(claims.count, 2);
	assert_string_equal(claims.list[0].key, claims.list[1].key);
	assert_string_equal(claims.list[0].identity, KEYLESS_IDENTITY);
	assert_string_equal(claims.list[1].identity, KEYLESS_IDENTITY);
	for (size_t i = 0; i < ARRAY_SIZE(sets); i++)
		certificate_set_free(sets[i]);
}

/* A log that the policy does not pin tells no time, whatever it promises. */
static void what_stands_beside_it_tells_no_time(void **state)
{
	(void)state;
	static const char *const names[] = {"keyless/inter.pem", "keyless/root.pem"};
	struct certificate_set *set = certificate_set_new();
	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		assert_int_equal(certificate_set_add(set, keyless_certificate(names[i]), NULL), 0);
	const struct signer signer = own_signer(set);
	struct layer layer = read_layer("keyless/classic-manifest-good.json", NULL);
	cleanup_error struct error *error = NULL;
	struct signature_answer time = {0};
	int result = check_layer(&layer, &signer, KEYLESS_NOW, &time, &error);
	assert_signature_refused("an entry of a log", result, error, "the signer's certificate was not valid at");
	assert_int_equal(check_layer(&layer, &signer, KEYLESS_SIGNED_AT, &time, NULL), 0);
	assert_true(time.signed_at == 0 && time.expires > KEYLESS_SIGNED_AT);
	certificate_set_free(set);
	release_layer(&layer);
}

static void another_payload_or_no_certificate(void **state)
{
	(void)state;
	struct certificate_set *set = read_set(OWN "root.pem");
	const struct signer signer = own_signer(set);
	struct layer layer = read_layer(OWN "sig-manifest.json", "keyless/bundle-good.json");
	struct signature_answer time = {0};
	cleanup_error struct error *error = NULL;
	int result = check_layer(&layer, &signer, KEYLESS_NOW, &time, &error);
	assert_signature_refused("another payload", result, error, "the key of the signature's certificate");
	json_object_del((json_t *)(uintptr_t)layer.annotations, "dev.sigstore.cosign/certificate");
	json_object_del((json_t *)(uintptr_t)layer.annotations, "dev.sigstore.cosign/chain");
	error_free(take_pointer(error));
	result = check_layer(&layer, &signer, KEYLESS_NOW, &time, &error);
	assert_signature_refused("no certificate", result, error, "with a bare key");
	certificate_set_free(set);
	release_layer(&layer);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(by_fulcio),
		cmocka_unit_test(cve_2022_23649_the_bundle_of_another),
		cmocka_unit_test(with_a_timestamp),
		cmocka_unit_test(by_an_authority_of_ones_own),
		cmocka_unit_test(two_names_for_one_certificate_are_seen_to_be),
		cmocka_unit_test(what_stands_beside_it_tells_no_time),
		cmocka_unit_test(another_payload_or_no_certificate),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
