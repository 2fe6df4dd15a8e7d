/* Mistakes that other verifiers made, each by the number under which it became known. */
#include "policy/tests/signing_support.h"

#include <stdlib.h>
#include <string.h>

#include "policy/base/cleanup.h"
#include "policy/base/text.h"

#define VULNERABILITIES "https://cosign.sigstore.dev/attestation/vuln/v1"
#define SPDX "https://spdx.dev/Document"

/* cosign took what a Rekor bundle proves for proof of the signature beside it, though the
 * entry was of another signature or blob. Here a log entry that is beyond doubt for its
 * own signature adds nothing to one that does not hold. */
static void cve_2022_36056_log_entry_of_another_signature(void **state)
{
	(void)state;
	EVP_PKEY *stranger = make_key("P-256"), *known = make_key("P-256");
	cleanup_free char *payload = simple_payload(SIGNED_IMAGE);
	static const char entry[] =
		",\"dev.sigstore.cosign/bundle\":\"{\\\"SignedEntryTimestamp\\\":\\\"MAA=\\\",\\\"Payload\\\":{\\\"body\\\":\\\"e30=\\\","
		"\\\"integratedTime\\\":1792739797,\\\"logIndex\\\":1002,\\\"logID\\\":"
		"\\\"6075e3dfe9352ce7b72bda29a0ed36382be56428e76b7e314747660e0e4b5746\\\"}}\"";
	struct evidence evidence = {0};
	put_simple(&evidence, stranger, payload, entry);
	assert_untrusted(&evidence, public_part(known), "not one by the ECDSA P-256 key");
	/* and takes nothing from one that does */
	cleanup_evidence struct evidence good = {0};
	cleanup_public_key struct public_key *key = public_part(stranger);
	put_simple(&good, stranger, payload, entry);
	cleanup_claims struct claims claims = collected(&good, key);
	assert_int_equal(claims.count, 1);
	assert_int_equal(claims.list[0].signed_at, 0);
	EVP_PKEY_free(stranger);
	EVP_PKEY_free(known);
}

/* `cosign verify-attestation --type` was content with any valid attestation where none had
 * the type. A claim has the type that is signed, to the letter. */
static void cve_2022_35929_attestation_of_another_type(void **state)
{
	(void)state;
	static const char *const types[] = {
		SPDX, VULNERABILITIES "/", "https://cosign.sigstore.dev/attestation/vuln/V1",
		" " VULNERABILITIES, VULNERABILITIES "#", "vuln",
	};
	EVP_PKEY *pair = make_key("P-256");
	cleanup_public_key struct public_key *key = public_part(pair);
	for (size_t i = 0; i < ARRAY_SIZE(types); i++) {
		cleanup_evidence struct evidence evidence = {0};
		cleanup_free char *statement = statement_of(SIGNED_IMAGE, types[i]);
		put_attestation(&evidence, pair, statement, types[i]);
		put_bundle(&evidence, pair, statement, SIGNED_IMAGE);
		cleanup_claims struct claims claims = collected(&evidence, key);
		assert_int_equal(claims.count, 2);
		assert_int_equal(count_claims(&claims, CLAIM_ATTESTATION, types[i]), 2);
		assert_int_equal(count_claims(&claims, CLAIM_ATTESTATION, VULNERABILITIES), 0);
	}
	EVP_PKEY_free(pair);
}

/* Where a payload could not be read, cosign left out the comparison of the predicate's
 * type. What cannot be read is nothing, and an annotation is nobody's word. */
static void cve_2026_39395_type_that_is_not_compared(void **state)
{
	(void)state;
	EVP_PKEY *pair = make_key("P-256");
	cleanup_free char *good = statement_of(SIGNED_IMAGE, VULNERABILITIES);
	cleanup_free char *other = statement_of(SIGNED_IMAGE, SPDX);
	cleanup_free char *cut = strndup(good, strlen(good) - 1);
	const struct {
		const char *statement, *why;
	} rows[] = {
		{cut, "not valid JSON"},
		{"null", "not valid JSON"},
		{"{}", "has no"},
		{"malformed", "not valid JSON"},
		{other, "another predicateType than the annotation says"},
	};
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct evidence evidence = {0};
		put_attestation(&evidence, pair, rows[i].statement, VULNERABILITIES);
		assert_untrusted(&evidence, public_part(pair), rows[i].why);
	}
	EVP_PKEY_free(pair);
}

/* cosign 3.1.1 verifies an image as signed by whatever attestation there is of it. */
static void an_attestation_is_no_signature(void **state)
{
	(void)state;
	static const char *const types[] = {
		SPDX, VULNERABILITIES, "https://sigstore.dev/cosign/sign/v2", COSIGN_SIGNATURE "/", "https://sigstore.dev/cosign/sign",
		"HTTPS://sigstore.dev/cosign/sign/v1",
	};
	EVP_PKEY *pair = make_key("P-256");
	cleanup_public_key struct public_key *key = public_part(pair);
	for (size_t i = 0; i < ARRAY_SIZE(types); i++) {
		cleanup_evidence struct evidence evidence = {0};
		cleanup_free char *statement = statement_of(SIGNED_IMAGE, types[i]);
		put_bundle(&evidence, pair, statement, SIGNED_IMAGE);
		cleanup_claims struct claims claims = collected(&evidence, key);
		assert_int_equal(claims.count, 1);
		assert_int_equal(claims.list[0].kind, CLAIM_ATTESTATION);
	}
	/* nor is what cosign 2 stored as an attestation, whatever it says */
	cleanup_evidence struct evidence evidence = {0};
	cleanup_free char *statement = statement_of(SIGNED_IMAGE, COSIGN_SIGNATURE);
	put_attestation(&evidence, pair, statement, COSIGN_SIGNATURE);
	cleanup_claims struct claims claims = collected(&evidence, key);
	assert_int_equal(count_claims(&claims, CLAIM_SIGNATURE, NULL), 0);
	assert_int_equal(count_claims(&claims, CLAIM_ATTESTATION, COSIGN_SIGNATURE), 1);
	EVP_PKEY_free(pair);
}

/* policy-controller was content with an attestation that is there, whoever signed it, as
 * long as one of some type was signed by the right key. */
static void cve_2022_35930_attestation_that_merely_exists(void **state)
{
	(void)state;
	EVP_PKEY *known = make_key("P-256"), *stranger = make_key("P-256");
	cleanup_public_key struct public_key *key = public_part(known);
	cleanup_evidence struct evidence evidence = {0};
	cleanup_free char *wanted = statement_of(SIGNED_IMAGE, VULNERABILITIES);
	cleanup_free char *other = statement_of(SIGNED_IMAGE, SPDX);
	cleanup_free char *elsewhere = statement_of(OTHER_IMAGE, VULNERABILITIES);
	put_attestation(&evidence, stranger, wanted, VULNERABILITIES);
	put_bundle(&evidence, stranger, wanted, SIGNED_IMAGE);
	put_attestation(&evidence, known, other, SPDX);
	put_attestation(&evidence, known, elsewhere, VULNERABILITIES);
	/* it refers to this image, and speaks of another */
	put_bundle(&evidence, known, elsewhere, SIGNED_IMAGE);
	cleanup_claims struct claims claims = collected(&evidence, key);
	assert_int_equal(claims.count, 1);
	assert_int_equal(count_claims(&claims, CLAIM_ATTESTATION, SPDX), 1);
	assert_int_equal(json_array_size(claims.rejections), 4);
	EVP_PKEY_free(known);
	EVP_PKEY_free(stranger);
}

/* A kept manifest with `from` replaced by `to`, and the blob of its layer. */
static void judge(const char *manifest_file, const char *blob_file, const char *from, const char *to, const char *why)
{
	size_t size = 0, blob_size = 0;
	cleanup_free char *manifest = kept(manifest_file, &size);
	cleanup_free char *blob = kept(blob_file, &blob_size);
	const char *place = strstr(manifest, from);
	assert_non_null(place);
	cleanup_text struct text text = {0};
	text_append_bytes(&text, manifest, (size_t)(place - manifest));
	text_append(&text, to);
	text_append(&text, place + strlen(from));
	cleanup_free char *changed = text_finish(&text);
	struct evidence evidence = {0};
	(void)put(&evidence, blob, blob_size);
	(void)put_text(&evidence, changed);
	assert_untrusted(&evidence, kept_key("cosign25-key/cosign.pub"), why);
}

static void judge_manifest(const char *from, const char *to, const char *why)
{
	judge("cosign25-key/sig-manifest.json", "cosign25-key/payload.json", from, to, why);
}

static void judge_bundle_manifest(const char *from, const char *to, const char *why)
{
	judge("cosign31-bundle-key/referrer-3dbf2ba3dcd6.json", "cosign31-bundle-key/bundle31.json", from, to, why);
}

/* The descriptor's word and the blob are one, and what a manifest announces is what is signed. */
static void manifests_that_say_something_else(void **state)
{
	(void)state;
	judge_manifest("\"size\":259", "\"size\":258", "another size");
	judge_manifest("\"size\":259", "\"size\":260", "another size");
	judge_manifest("\"size\":259", "\"size\":-259", "size");
	judge_manifest("20d7f582", "30d7f582", "does not have the blob");
	judge_manifest("dev.cosignproject.cosign/signature", "dev.cosignproject.cosign/Signature", "no annotation");
	judge_bundle_manifest("\"size\":675", "\"size\":674", "another size");
	judge_bundle_manifest("\"dev.sigstore.bundle.predicateType\":\"https://sigstore.dev/cosign/sign/v1\"",
			      "\"dev.sigstore.bundle.predicateType\":\"" SPDX "\"", "than the annotation says");
}

/* What refers to another image is none of this one's business: neither claim nor rejection. */
static void a_bundle_that_refers_to_another_image(void **state)
{
	(void)state;
	EVP_PKEY *pair = make_key("P-256");
	cleanup_public_key struct public_key *key = public_part(pair);
	cleanup_evidence struct evidence evidence = {0};
	cleanup_free char *statement = statement_of(SIGNED_IMAGE, COSIGN_SIGNATURE);
	put_bundle(&evidence, pair, statement, OTHER_IMAGE);
	put_bundle(&evidence, pair, statement, NULL);
	cleanup_claims struct claims claims = collected(&evidence, key);
	assert_int_equal(claims.count, 0);
	assert_null(claims.rejections);
	EVP_PKEY_free(pair);
}

/* A document that is an index to one reader and a manifest to another. */
static void cve_2021_41190_manifest_and_index_in_one(void **state)
{
	(void)state;
	judge_manifest("\"schemaVersion\":2,", "\"schemaVersion\":2,\"manifests\":[],", "manifests");
	judge_manifest("\"schemaVersion\":2,",
		       "\"schemaVersion\":2,\"manifests\":[{\"mediaType\":\"application/vnd.oci.image.manifest.v1+json\","
		       "\"digest\":\"" SIGNED_IMAGE "\",\"size\":559}],", "manifests");
	judge_manifest("application/vnd.oci.image.manifest.v1+json", "application/vnd.oci.image.index.v1+json", "");
	judge_manifest("\"schemaVersion\":2,", "\"schemaVersion\":2,\"Manifests\":[],", "");
}

/* containers/image made paths and look-ups of digests that were none. */
static void cve_2024_3727_digest_that_is_none(void **state)
{
	(void)state;
#define DIGEST "sha256:20d7f5822e11a50c43cc50330698b6095e8ad2e6c85dbc378044966dca4830eb"
	static const char *const digests[] = {
		"", "sha256:", "sha256:../../../../etc/passwd", "../" DIGEST, DIGEST "/..", DIGEST "0", DIGEST " ", "sha512:00",
		"SHA256:20d7f5822e11a50c43cc50330698b6095e8ad2e6c85dbc378044966dca4830eb", "md5:d41d8cd98f00b204e9800998ecf8427e",
		"sha256:20D7F5822E11A50C43CC50330698B6095E8AD2E6C85DBC378044966DCA4830EB", DIGEST "\\u0000",
		"20d7f5822e11a50c43cc50330698b6095e8ad2e6c85dbc378044966dca4830eb",
	};
	for (size_t i = 0; i < ARRAY_SIZE(digests); i++)
		judge_manifest(DIGEST, digests[i], "");
	/* in what is signed as well */
	EVP_PKEY *pair = make_key("P-256");
	for (size_t i = 0; i < ARRAY_SIZE(digests); i++) {
		cleanup_free char *payload = simple_payload(digests[i]);
		struct evidence evidence = {0};
		put_simple(&evidence, pair, payload, "");
		assert_untrusted(&evidence, public_part(pair), "");
	}
	EVP_PKEY_free(pair);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(cve_2022_36056_log_entry_of_another_signature),
		cmocka_unit_test(cve_2022_35929_attestation_of_another_type),
		cmocka_unit_test(cve_2026_39395_type_that_is_not_compared),
		cmocka_unit_test(an_attestation_is_no_signature),
		cmocka_unit_test(cve_2022_35930_attestation_that_merely_exists),
		cmocka_unit_test(manifests_that_say_something_else),
		cmocka_unit_test(a_bundle_that_refers_to_another_image),
		cmocka_unit_test(cve_2021_41190_manifest_and_index_in_one),
		cmocka_unit_test(cve_2024_3727_digest_that_is_none),
	};
	return cmocka_run_group_tests_name("signature_mistakes", tests, NULL, NULL);
}
