/* From evidence to claims: what the real cosign made, what was made to deceive, and that
 * no bit of what is signed can be changed. */
#include "policy/tests/signing_support.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/crypto.h>

#include "policy/base/cleanup.h"
#include "policy/base/text.h"
#include "policy/trust/digest.h"

#define VULNERABILITIES "https://cosign.sigstore.dev/attestation/vuln/v1"
#define SPDX "https://spdx.dev/Document"

/* The claims with a signature, of which there are so many; the first one. */
static const struct claim *signatures(const struct claims *claims, size_t count)
{
	assert_int_equal(count_claims(claims, CLAIM_SIGNATURE, NULL), count);
	const struct claim *claim = claims->list;
	while (claim->kind != CLAIM_SIGNATURE)
		claim++;
	assert_null(claim->predicate);
	return claim;
}

static void cosign_2_signatures_and_attestations(void **state)
{
	(void)state;
	cleanup_evidence struct evidence evidence = {0};
	cleanup_public_key struct public_key *key = kept_key("cosign25-key/cosign.pub");
	kept_layout("layouts/save25", &evidence);
	assert_int_equal(evidence_verify(&evidence), 0);
	cleanup_claims struct claims claims = collected(&evidence, key);
	assert_int_equal(claims.count, 4);
	assert_null(claims.rejections);
	const struct claim *signature = signatures(&claims, 2);
	assert_string_equal(signature->subject, SIGNED_IMAGE);
	assert_string_equal(signature->reference, "127.0.0.1:5055/tiny");
	assert_string_equal(signature->source,
			    "sha256:20d7f5822e11a50c43cc50330698b6095e8ad2e6c85dbc378044966dca4830eb");
	cleanup_json json_t *annotations = json_pack("{s:s,s:s}", "env", "prod", "team", "core");
	assert_true(json_equal(signature->annotations, annotations));
	assert_int_equal(count_claims(&claims, CLAIM_ATTESTATION, VULNERABILITIES), 1);
	assert_int_equal(count_claims(&claims, CLAIM_ATTESTATION, SPDX), 1);
	for (size_t i = 0; i < claims.count; i++)
		assert_true((claims.list[i].predicate != NULL) == (claims.list[i].kind == CLAIM_ATTESTATION));
}

/* A signature that joins the others makes a new manifest; the older one may be there, too. */
static void a_signature_in_two_manifests_is_one(void **state)
{
	(void)state;
	cleanup_evidence struct evidence evidence = {0};
	cleanup_public_key struct public_key *key = kept_key("cosign25-key/cosign.pub");
	size_t size = 0;
	cleanup_free char *older = kept("cosign25-key/sig-manifest.json", &size);
	kept_layout("layouts/save25", &evidence);
	(void)put(&evidence, older, size);
	cleanup_claims struct claims claims = collected(&evidence, key);
	assert_int_equal(claims.count, 4);
	assert_int_equal(count_claims(&claims, CLAIM_SIGNATURE, NULL), 2);
	/* and was checked once */
	assert_int_equal(claims.checks, 4);
}

static void more_than_can_be_checked_is_an_error(void **state)
{
	(void)state;
	cleanup_evidence struct evidence evidence = {0};
	cleanup_public_key struct public_key *key = kept_key("cosign25-key/cosign.pub");
	cleanup_error struct error *error = NULL;
	kept_layout("layouts/save25", &evidence);
	static const char *const subjects[] = {SIGNED_IMAGE};
	struct public_key *keys = key;
	struct signer signer = {.name = "release", .kind = SIGNER_KEY, .keys = &keys, .key_count = 1};
	const struct signers signers = {.list = &signer, .count = 1};
	const struct collection collection = {
		.evidence = &evidence, .signers = &signers, .subjects = subjects, .subject_count = 1, .now = 1800000000,
	};
	cleanup_claims struct claims claims = {.checks = CLAIM_CHECKS - 3};
	assert_int_equal(collect_cosign(&collection, &claims, &error), -E2BIG);
	assert_non_null(strstr(error_message(error), "hardenctl trust remove"));
}

static void cosign_2_signature_of_an_index(void **state)
{
	(void)state;
	cleanup_evidence struct evidence evidence = {0};
	cleanup_public_key struct public_key *key = kept_key("cosign25-key/cosign.pub");
	kept_layout("layouts/save25i", &evidence);
	cleanup_claims struct claims claims = collected(&evidence, key);
	assert_int_equal(claims.count, 1);
	assert_string_equal(signatures(&claims, 1)->subject, SIGNED_INDEX);
}

/* They are not in the layout's index, and are found by what they are. */
static void cosign_3_bundles(void **state)
{
	(void)state;
	cleanup_evidence struct evidence evidence = {0};
	cleanup_public_key struct public_key *key = kept_key("cosign25-key/cosign.pub");
	kept_layout("layouts/save31", &evidence);
	cleanup_claims struct claims claims = collected(&evidence, key);
	assert_int_equal(claims.count, 3);
	const struct claim *signature = signatures(&claims, 1);
	assert_string_equal(signature->subject, SIGNED_IMAGE);
	assert_null(signature->reference);
	assert_string_equal(json_string_value(json_object_get(signature->annotations, "env")), "prod");
	assert_int_equal(count_claims(&claims, CLAIM_ATTESTATION, VULNERABILITIES), 1);
	assert_int_equal(count_claims(&claims, CLAIM_ATTESTATION, SPDX), 1);
}

/* `skopeo copy --sign-by-sigstore-private-key`, as Podman's push: cosign's format, with the
 * tag in the reference and, as a number, when it was signed. */
static void skopeo_signatures(void **state)
{
	(void)state;
	cleanup_evidence struct evidence evidence = {0};
	cleanup_public_key struct public_key *key = kept_key("skopeo-key/cosign.pub");
	size_t size = 0;
	cleanup_free char *payload = kept("skopeo-key/payload.json", &size);
	(void)put(&evidence, payload, size);
	cleanup_free char *manifest = kept("skopeo-key/sig-manifest.json", &size);
	(void)put(&evidence, manifest, size);
	cleanup_claims struct claims claims = collected(&evidence, key);
	const struct claim *signature = signatures(&claims, 1);
	assert_string_equal(signature->subject, SIGNED_IMAGE);
	assert_string_equal(signature->reference, "127.0.0.1:5977/tiny:1");
	assert_string_equal(json_string_value(json_object_get(signature->annotations, "creator")),
			    "containers/image 5.34.2");
}

static void nothing_counts_with_another_key(void **state)
{
	(void)state;
	static const char *const layouts[] = {"layouts/save25", "layouts/save25i", "layouts/save31"};
	for (size_t i = 0; i < ARRAY_SIZE(layouts); i++) {
		struct evidence evidence = {0};
		kept_layout(layouts[i], &evidence);
		assert_untrusted(&evidence, kept_key("keytypes/p256-31.pub"),
				 "release: the signature is not one by the ECDSA P-256 key");
	}
}

static void put_kept_bundle(struct evidence *evidence, const char *path)
{
	size_t size = 0;
	cleanup_free char *bundle = kept(path, &size);
	put_manifest(evidence, put(evidence, bundle, size), size, BUNDLE_V03, "{}", SIGNED_IMAGE);
}

/* Anybody may wrap somebody's bundle anew, and say of it in the wrapping what is not so. */
static void a_bundle_in_many_manifests_is_one(void **state)
{
	(void)state;
	size_t size = 0;
	cleanup_evidence struct evidence evidence = {0};
	cleanup_public_key struct public_key *key = kept_key("cosign25-key/cosign.pub");
	cleanup_free char *bundle = kept("cosign31-bundle-key/bundle31.json", &size);
	char digest[DIGEST_LENGTH + 1];
	(void)snprintf(digest, sizeof(digest), "%s", put(&evidence, bundle, size));
	for (unsigned i = 0; i < 20; i++) {
		cleanup_free char *manifest = NULL;
		assert_true(asprintf(&manifest,
				     "{\"schemaVersion\":2,\"mediaType\":\"application/vnd.oci.image.manifest.v1+json\",\"config\":"
				     "{\"mediaType\":\"application/vnd.oci.empty.v1+json\",\"size\":2,\"digest\":\"" OTHER_IMAGE "\"},"
				     "\"layers\":[{\"mediaType\":\"" BUNDLE_V03 "\",\"size\":%zu,\"digest\":\"%s\",\"annotations\":"
				     "{\"n\":\"%u\"}}],\"subject\":{\"mediaType\":\"application/vnd.oci.image.manifest.v1+json\","
				     "\"digest\":\"" SIGNED_IMAGE "\",\"size\":559},\"annotations\":{\"%s\":\"%s\"}}",
				     size, digest, i, i == 0 ? "dev.sigstore.bundle.predicateType" : "n",
				     i == 0 ? "https://example.test/another" : "1") > 0);
		(void)put_text(&evidence, manifest);
	}
	cleanup_claims struct claims claims = collected(&evidence, key);
	assert_string_equal(signatures(&claims, 1)->subject, SIGNED_IMAGE);
	/* once with what the first one says of it, and once more */
	assert_int_equal(claims.checks, 2);
}

/* Who wraps it anew with an annotation that says nothing keeps out nobody who has none. */
static void an_empty_predicate_type_is_none(void **state)
{
	(void)state;
	size_t size = 0;
	cleanup_evidence struct evidence evidence = {0};
	cleanup_public_key struct public_key *key = kept_key("cosign25-key/cosign.pub");
	cleanup_free char *bundle = kept("cosign31-bundle-key/bundle31.json", &size), *manifest = NULL;
	assert_true(asprintf(&manifest,
			     "{\"schemaVersion\":2,\"mediaType\":\"application/vnd.oci.image.manifest.v1+json\",\"config\":"
			     "{\"mediaType\":\"application/vnd.oci.empty.v1+json\",\"size\":2,\"digest\":\"" OTHER_IMAGE "\"},"
			     "\"layers\":[{\"mediaType\":\"" BUNDLE_V03 "\",\"size\":%zu,\"digest\":\"%s\"}],\"subject\":"
			     "{\"mediaType\":\"application/vnd.oci.image.manifest.v1+json\",\"digest\":\"" SIGNED_IMAGE
			     "\",\"size\":559},\"annotations\":{\"dev.sigstore.bundle.predicateType\":\"\"}}",
			     size, put(&evidence, bundle, size)) > 0);
	(void)put_text(&evidence, manifest);
	put_kept_bundle(&evidence, "cosign31-bundle-key/bundle31.json");
	cleanup_claims struct claims claims = collected(&evidence, key);
	assert_string_equal(signatures(&claims, 1)->subject, SIGNED_IMAGE);
}

static void cosign_3_bundles_by_every_kind_of_key(void **state)
{
	(void)state;
	static const struct {
		const char *bundle, *key;
	} rows[] = {
		{"cosign31-bundle-key/bundle31.json", "cosign25-key/cosign.pub"},
		{"cosign31-bundle-key/b-p384.json", "keytypes/p384-31.pub"},
		{"cosign31-bundle-key/b-p521.json", "keytypes/p521-31.pub"},
		{"cosign31-bundle-key/b-rsa2048.json", "keytypes/rsa2048-31.pub"},
		{"cosign31-bundle-key/b-rsa4096.json", "keytypes/rsa4096-31.pub"},
	};
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		cleanup_evidence struct evidence evidence = {0};
		cleanup_public_key struct public_key *key = kept_key(rows[i].key);
		put_kept_bundle(&evidence, rows[i].bundle);
		cleanup_claims struct claims claims = collected(&evidence, key);
		assert_string_equal(signatures(&claims, 1)->subject, SIGNED_IMAGE);
	}
}

/* cosign signs Ed25519ph here, which needs a libcrypto from 3.2 on. */
static void cosign_3_bundle_by_ed25519(void **state)
{
	(void)state;
	struct evidence evidence = {0};
	put_kept_bundle(&evidence, "cosign31-bundle-key/b-ed25519.json");
	if (OpenSSL_version_num() < 0x30200000L) {
		assert_untrusted(&evidence, kept_key("keytypes/ed25519-31.pub"), "Ed25519ph");
		return;
	}
	cleanup_public_key struct public_key *key = kept_key("keytypes/ed25519-31.pub");
	cleanup_claims struct claims claims = collected(&evidence, key);
	assert_string_equal(signatures(&claims, 1)->subject, SIGNED_IMAGE);
	evidence_release(&evidence);
}

/* policy/trust/cases/keypair-negative: expect.json says what a strict verifier makes of each. */
static void judge_kept_case(const char *name, bool accept)
{
	char path[128];
	size_t size = 0, manifest_size = 0;
	cleanup_evidence struct evidence evidence = {0};
	cleanup_public_key struct public_key *key = kept_key("keytypes/p256-31.pub");
	(void)snprintf(path, sizeof(path), "keypair-negative/%s/payload", name);
	cleanup_free char *payload = kept(path, &size);
	(void)snprintf(path, sizeof(path), "keypair-negative/%s/manifest.json", name);
	cleanup_free char *manifest = kept(path, &manifest_size);
	(void)put(&evidence, payload, size);
	(void)put(&evidence, manifest, manifest_size);
	cleanup_claims struct claims claims = collected(&evidence, key);
	if (claims.count != (accept ? 1 : 0) || json_array_size(claims.rejections) != (accept ? 0 : 1))
		fail_msg("%s: %zu claims, %zu rejections", name, claims.count, json_array_size(claims.rejections));
	if (strcmp(name, "other-reference") == 0)
		assert_string_equal(claims.list[0].reference, "evil.example/x");
}

static void kept_cases(void **state)
{
	(void)state;
	size_t size = 0, accepted = 0;
	cleanup_free char *text = kept("keypair-negative/expect.json", &size);
	cleanup_json json_t *expected = parse_document(text, DOCUMENT_PLAIN);
	const char *name = NULL;
	json_t *row = NULL;
	json_object_foreach(expected, name, row) {
		const char *strict = json_string_value(json_object_get(row, "strict"));
		/* whether a reference is asked for is the policy's matter: the claim carries it */
		bool accept = strcmp(strict, "reject") != 0;
		accepted += accept;
		judge_kept_case(name, accept);
	}
	assert_int_equal(json_object_size(expected), 18);
	assert_int_equal(accepted, 3);
}

/* Everything that claims say, for comparison. */
static char *said(const struct claims *claims)
{
	cleanup_json json_t *all = json_array();
	for (size_t i = 0; i < claims->count; i++) {
		const struct claim *claim = &claims->list[i];
		json_array_append_new(all, json_pack("[i,s,s?,O?,s?,O?]", (int)claim->kind, claim->subject, claim->reference,
						     claim->annotations, claim->predicate_type, claim->predicate));
	}
	return document_dump(all, JSON_SORT_KEYS);
}

/* The blob of a signature with its manifest, either of which a test may replace. */
struct sample {
	char *blob, *manifest;
	size_t blob_size, manifest_size;
	const char *layer_type;
	char *annotations; /* of the layer */
	const char *subject;
	struct public_key *key;
	char *said;
};

static struct claims collect_parts(const struct sample *sample, const char *blob, size_t blob_size,
				   const char *manifest, size_t manifest_size)
{
	cleanup_evidence struct evidence evidence = {0};
	const char *digest = put(&evidence, blob, blob_size);
	if (manifest)
		(void)put(&evidence, manifest, manifest_size);
	else
		put_manifest(&evidence, digest, blob_size, sample->layer_type, sample->annotations, sample->subject);
	return collected(&evidence, sample->key);
}

static struct sample load(const char *blob, const char *manifest, const char *layer_type, const char *subject)
{
	struct sample sample = {.layer_type = layer_type, .subject = subject};
	sample.blob = kept(blob, &sample.blob_size);
	sample.manifest = kept(manifest, &sample.manifest_size);
	sample.key = kept_key("cosign25-key/cosign.pub");
	cleanup_json json_t *document = parse_document(sample.manifest, DOCUMENT_PLAIN);
	const json_t *annotations = document_get(document, "/layers/0/annotations");
	sample.annotations = annotations ? document_dump(annotations, 0) : strdup("{}");
	cleanup_claims struct claims claims = collect_parts(&sample, sample.blob, sample.blob_size, NULL, 0);
	cleanup_claims struct claims as_kept =
		collect_parts(&sample, sample.blob, sample.blob_size, sample.manifest, sample.manifest_size);
	assert_int_equal(claims.count, 1);
	assert_int_equal(as_kept.count, 1);
	sample.said = said(&claims);
	return sample;
}

static void release(struct sample *sample)
{
	free(sample->blob);
	free(sample->manifest);
	free(sample->annotations);
	free(sample->said);
	public_key_free(sample->key);
}

static struct sample load_simple(void)
{
	return load("cosign25-key/payload.json", "cosign25-key/sig-manifest.json", SIMPLE_SIGNING, NULL);
}

static struct sample load_bundle(void)
{
	return load("cosign31-bundle-key/bundle31.json", "cosign31-bundle-key/referrer-3dbf2ba3dcd6.json", BUNDLE_V03,
		    SIGNED_IMAGE);
}

/* Changes each bit of the blob, whose manifest follows it, and asks `may_count` of those
 * that still count; what counts says the same in any case. Then cuts it at each byte. */
static void change_blob(struct sample *sample, bool (*may_count)(const struct sample *sample, size_t position))
{
	for (size_t bit = 0; bit < sample->blob_size * 8; bit++) {
		sample->blob[bit / 8] ^= (char)(1 << (bit % 8));
		cleanup_claims struct claims claims = collect_parts(sample, sample->blob, sample->blob_size, NULL, 0);
		sample->blob[bit / 8] ^= (char)(1 << (bit % 8));
		if (claims.count == 0)
			continue;
		cleanup_free char *now = said(&claims);
		if (!may_count(sample, bit / 8) || strcmp(now, sample->said) != 0)
			fail_msg("bit %zu of the blob can be changed", bit);
	}
	for (size_t size = 0; size < sample->blob_size; size++) {
		cleanup_claims struct claims claims = collect_parts(sample, sample->blob, size, NULL, 0);
		if (claims.count != 0)
			fail_msg("the first %zu bytes of the blob count", size);
	}
}

static bool never(const struct sample *sample, size_t position)
{
	(void)sample;
	(void)position;
	return false;
}

/* The hint of a bundle's key names it for people; nothing is decided by it. */
static bool in_hint(const struct sample *sample, size_t position)
{
	const char *start = strstr(sample->blob, "\"hint\":\"") + strlen("\"hint\":\"");
	const char *end = strchr(start, '"');
	return position >= (size_t)(start - sample->blob) && position < (size_t)(end - sample->blob);
}

static void no_bit_of_a_payload_is_free(void **state)
{
	(void)state;
	struct sample sample = load_simple();
	change_blob(&sample, never);
	release(&sample);
}

static void no_bit_of_a_bundle_is_free(void **state)
{
	(void)state;
	struct sample sample = load_bundle();
	change_blob(&sample, in_hint);
	release(&sample);
}

/* A manifest is not signed: what can be changed in it changes nothing of what is said. */
static void a_changed_manifest_says_nothing_else(void **state)
{
	(void)state;
	struct sample (*const loads[])(void) = {load_simple, load_bundle};
	for (size_t i = 0; i < ARRAY_SIZE(loads); i++) {
		struct sample sample = loads[i]();
		for (size_t bit = 0; bit < sample.manifest_size * 8; bit++) {
			sample.manifest[bit / 8] ^= (char)(1 << (bit % 8));
			cleanup_claims struct claims claims = collect_parts(&sample, sample.blob, sample.blob_size,
									    sample.manifest, sample.manifest_size);
			sample.manifest[bit / 8] ^= (char)(1 << (bit % 8));
			cleanup_free char *now = said(&claims);
			if (claims.count != 0 && strcmp(now, sample.said) != 0)
				fail_msg("with bit %zu of the manifest changed it says %s", bit, now);
		}
		for (size_t size = 0; size < sample.manifest_size; size++) {
			cleanup_claims struct claims claims =
				collect_parts(&sample, sample.blob, sample.blob_size, sample.manifest, size);
			assert_int_equal(claims.count, 0);
		}
		release(&sample);
	}
}

/* One claim for each signer whose signature it is, and each of our digests that it is about. */
static void several_signers_and_subjects(void **state)
{
	(void)state;
	EVP_PKEY *pair = make_key("P-256");
	struct public_key *keys[] = {kept_key("keytypes/p384-31.pub"), public_part(pair), public_part(pair)};
	struct signer list[] = {
		{.name = "other", .kind = SIGNER_KEY, .keys = &keys[0], .key_count = 1},
		{.name = "first", .kind = SIGNER_KEY, .keys = &keys[1], .key_count = 1},
		{.name = "second", .kind = SIGNER_KEY, .keys = &keys[0], .key_count = 3},
		{.name = "notation", .kind = SIGNER_NOTATION},
		{.name = "nobody"},
	};
	const struct signers signers = {.list = list, .count = ARRAY_SIZE(list)};
	static const char *const subjects[] = {SIGNED_INDEX, SIGNED_IMAGE};
	cleanup_evidence struct evidence evidence = {0};
	static const char statement[] =
		"{\"_type\":\"https://in-toto.io/Statement/v1\",\"predicateType\":\"" COSIGN_SIGNATURE "\",\"predicate\":{},"
		"\"subject\":[{\"digest\":{\"gitCommit\":\"abc\"}},{\"digest\":{\"sha256\":"
		"\"33cd1e9d1e9d68f3ec267bb356b0d59da1196de1e81e62cb528ba805edb3e15b\"},\"name\":\"registry.example/app\"},"
		"{\"digest\":{\"sha256\":\"1111111111111111111111111111111111111111111111111111111111111111\"}},"
		"{\"digest\":{\"sha256\":\"72d2cfa205fb882c8221205ebf080a3b2c74b227d85afed33084179b3f642d40\"}}]}";
	put_bundle(&evidence, pair, statement, SIGNED_INDEX);
	const struct collection collection = {&evidence, &signers, subjects, ARRAY_SIZE(subjects), 1800000000};
	cleanup_claims struct claims claims = {0};
	assert_int_equal(collect_bundles(&collection, &claims, NULL), 0);
	assert_int_equal(claims.count, 4);
	static const char *const names[] = {"first", "first", "second", "second"};
	for (size_t i = 0; i < claims.count; i++) {
		assert_string_equal(claims.list[i].signer, names[i]);
		assert_string_equal(claims.list[i].subject, i % 2 == 0 ? SIGNED_IMAGE : SIGNED_INDEX);
		assert_true(text_equal(claims.list[i].reference, i % 2 == 0 ? "registry.example/app" : NULL));
	}
	for (size_t i = 0; i < ARRAY_SIZE(keys); i++)
		public_key_free(keys[i]);
	EVP_PKEY_free(pair);
}

/* Where nothing proves when it was signed, it is as if it were signed now. */
static void signers_are_trusted_for_a_time(void **state)
{
	(void)state;
	static const struct {
		int64_t from, until;
		size_t count;
	} rows[] = {
		{0, 0, 1}, {1800000000, 0, 1}, {1800000001, 0, 0}, {0, 1800000001, 1}, {0, 1800000000, 0},
		{1700000000, 1900000000, 1}, {1700000000, 1750000000, 0},
	};
	cleanup_public_key struct public_key *key = kept_key("cosign25-key/cosign.pub");
	cleanup_evidence struct evidence evidence = {0};
	put_kept_bundle(&evidence, "cosign31-bundle-key/bundle31.json");
	static const char *const subjects[] = {SIGNED_IMAGE};
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct signer signer = {.name = "release", .kind = SIGNER_KEY, .keys = &key, .key_count = 1,
					.valid_from = rows[i].from, .valid_until = rows[i].until};
		const struct signers signers = {.list = &signer, .count = 1};
		const struct collection collection = {&evidence, &signers, subjects, 1, 1800000000};
		cleanup_claims struct claims claims = {0};
		assert_int_equal(collect_bundles(&collection, &claims, NULL), 0);
		assert_int_equal(claims.count, rows[i].count);
	}
}

static void a_signature_is_of_the_time_that_somebody_tells(void **state)
{
	(void)state;
	static const struct {
		int64_t said;
		bool proven;
		int64_t from, until, expires, ends;
		int result;
	} rows[] = {
		{0, true, 0, 0, 0, 0, 0},          {0, true, 0, 0, 150, 150, 0},   {0, true, 100, 101, 0, 101, 0},
		{0, true, 101, 0, 0, 0, -EPERM},   {0, true, 0, 100, 0, 0, -EPERM}, {0, true, 0, 150, 120, 120, 0},
		/* proven: its own time alone counts, for ever */
		{50, true, 50, 51, 0, 0, 0},       {50, true, 51, 0, 0, 0, -EPERM}, {50, true, 0, 50, 0, 0, -EPERM},
		/* the signer's own word: now counts as well */
		{50, false, 50, 101, 0, 101, 0},   {50, false, 51, 0, 0, 0, -EPERM}, {50, false, 0, 100, 0, 0, -EPERM},
		{50, false, 0, 150, 200, 150, 0},
	};
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const struct signer signer = {.valid_from = rows[i].from, .valid_until = rows[i].until};
		int64_t expires = rows[i].expires;
		int result = signer_check_time(&signer, rows[i].said, rows[i].proven, 100, &expires, NULL);
		if (result != rows[i].result || (result == 0 && expires != rows[i].ends))
			fail_msg("row %zu: %d, expires %jd", i, result, (intmax_t)expires);
	}
}

/* Each is properly signed, and none is understood. */
static void what_is_signed_is_read_strictly(void **state)
{
	(void)state;
#define V1 "\"_type\":\"https://in-toto.io/Statement/v1\""
#define SUBJECT "\"subject\":[{\"digest\":{\"sha256\":\"33cd1e9d1e9d68f3ec267bb356b0d59da1196de1e81e62cb528ba805edb3e15b\"}}]"
#define TYPE "\"predicateType\":\"" COSIGN_SIGNATURE "\""
	static const struct {
		const char *statement, *why;
	} rows[] = {
		{"", "expected"},
		{"[]", "not a JSON object"},
		{"{" V1 "," SUBJECT "," TYPE ",\"predicate\":{}}x", "line 1"},
		{"{" V1 "," SUBJECT "," TYPE "}", "predicate"},
		{"{" V1 "," SUBJECT "," TYPE ",\"predicate\":[]}", "predicate"},
		{"{" V1 "," SUBJECT "," TYPE ",\"predicate\":null}", "predicate"},
		{"{" V1 "," SUBJECT ",\"predicate\":{}}", "predicateType"},
		{"{" V1 "," SUBJECT ",\"predicateType\":\"\",\"predicate\":{}}", "predicateType"},
		{"{" V1 "," SUBJECT ",\"predicateType\":7,\"predicate\":{}}", "predicateType"},
		{"{" V1 "," SUBJECT ",\"predicateType\":\"a\\u0000b\",\"predicate\":{}}", "predicateType"},
		{"{" V1 "," TYPE ",\"predicate\":{}}", "subject"},
		{"{" SUBJECT "," TYPE ",\"predicate\":{}}", "_type"},
		{"{\"_type\":\"https://in-toto.io/Statement/v2\"," SUBJECT "," TYPE ",\"predicate\":{}}", "_type"},
		{"{" V1 "," V1 "," SUBJECT "," TYPE ",\"predicate\":{}}", "duplicate"},
		{"{" V1 "," SUBJECT "," TYPE ",\"predicate\":{},\"extra\":1}", "extra"},
		{"{" V1 ",\"subject\":[]," TYPE ",\"predicate\":{}}", "no subject"},
		{"{" V1 ",\"subject\":{}," TYPE ",\"predicate\":{}}", "subject"},
		{"{" V1 ",\"subject\":[{}]," TYPE ",\"predicate\":{}}", "digest"},
		{"{" V1 ",\"subject\":[{\"digest\":{\"sha512\":\"33cd1e9d1e9d68f3ec267bb356b0d59da1196de1e81e62cb528ba805edb3e15b\"}}]," TYPE ",\"predicate\":{}}", "no subject"},
		{"{" V1 ",\"subject\":[{\"digest\":{\"sha256\":\"33CD1E9D1E9D68F3EC267BB356B0D59DA1196DE1E81E62CB528BA805EDB3E15B\"}}]," TYPE ",\"predicate\":{}}", "no subject"},
		{"{" V1 ",\"subject\":[{\"digest\":{\"sha256\":\"33cd1e9d1e9d68f3ec267bb356b0d59da1196de1e81e62cb528ba805edb3e15b00\"}}]," TYPE ",\"predicate\":{}}", "no subject"},
		{"{" V1 ",\"subject\":[{\"digest\":{\"sha256\":\"\"}}]," TYPE ",\"predicate\":{}}", "no subject"},
		{"{" V1 ",\"subject\":[{\"digest\":{\"sha256\":\"33cd1e9d1e9d68f3ec267bb356b0d59da1196de1e81e62cb528ba805edb3e15b\"},\"Digest\":{}}]," TYPE ",\"predicate\":{}}", "Digest"},
		{"{" V1 ",\"subject\":[{\"digest\":{\"sha256\":\"33cd1e9d1e9d68f3ec267bb356b0d59da1196de1e81e62cb528ba805edb3e15b\"},\"annotations\":{\"env\":1}}]," TYPE ",\"predicate\":{}}", "annotations"},
	};
	EVP_PKEY *pair = make_key("P-256");
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct evidence evidence = {0};
		/* an empty payload is no base64 of anything */
		put_bundle(&evidence, pair, rows[i].statement, SIGNED_IMAGE);
		assert_untrusted(&evidence, public_part(pair), *rows[i].statement ? rows[i].why : "base64");
	}
	EVP_PKEY_free(pair);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(cosign_2_signatures_and_attestations),
		cmocka_unit_test(a_signature_in_two_manifests_is_one),
		cmocka_unit_test(more_than_can_be_checked_is_an_error),
		cmocka_unit_test(cosign_2_signature_of_an_index),
		cmocka_unit_test(cosign_3_bundles),
		cmocka_unit_test(skopeo_signatures),
		cmocka_unit_test(nothing_counts_with_another_key),
		cmocka_unit_test(a_bundle_in_many_manifests_is_one),
		cmocka_unit_test(an_empty_predicate_type_is_none),
		cmocka_unit_test(cosign_3_bundles_by_every_kind_of_key),
		cmocka_unit_test(cosign_3_bundle_by_ed25519),
		cmocka_unit_test(kept_cases),
		cmocka_unit_test(no_bit_of_a_payload_is_free),
		cmocka_unit_test(no_bit_of_a_bundle_is_free),
		cmocka_unit_test(a_changed_manifest_says_nothing_else),
		cmocka_unit_test(several_signers_and_subjects),
		cmocka_unit_test(signers_are_trusted_for_a_time),
		cmocka_unit_test(a_signature_is_of_the_time_that_somebody_tells),
		cmocka_unit_test(what_is_signed_is_read_strictly),
	};
	return cmocka_run_group_tests_name("collect", tests, NULL, NULL);
}
