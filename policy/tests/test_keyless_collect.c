/* Keyless signatures on their whole way: from the evidence to claims, or to the reason
 * why there is none. */
#include "policy/tests/keyless_support.h"

#include <stdio.h>
#include <string.h>

#include "policy/base/cleanup.h"
#include "policy/tests/signing_support.h"

static struct claims collect(const struct evidence *evidence, const struct signer *signer)
{
	static const char *const subjects[] = {SIGNED_IMAGE};
	const struct signers signers = {.list = (struct signer *)(uintptr_t)signer, .count = 1};
	const struct collection collection = {
		.evidence = evidence, .signers = &signers, .subjects = subjects, .subject_count = 1, .now = KEYLESS_NOW};
	struct claims claims = {0};
	assert_int_equal(collect_cosign(&collection, &claims, NULL), 0);
	assert_int_equal(collect_bundles(&collection, &claims, NULL), 0);
	return claims;
}

/* NULL for `why`: one signature counts. */
static void check(const char *name, const struct evidence *evidence, const struct signer *signer, int64_t signed_at,
		  const char *why)
{
	cleanup_claims struct claims claims = collect(evidence, signer);
	cleanup_free char *rejections = document_dump(claims.rejections, 0);
	if (claims.count != (why ? 0 : 1))
		fail_msg("%s: %zu count: %s", name, claims.count, rejections ? rejections : "nothing was rejected");
	if (why && !strstr(rejections ? rejections : "", why))
		fail_msg("%s: \"%s\" is not among the reasons: %s", name, why, rejections ? rejections : "none");
	if (why)
		return;
	assert_int_equal(claims.list[0].kind, CLAIM_SIGNATURE);
	assert_string_equal(claims.list[0].subject, SIGNED_IMAGE);
	assert_string_equal(claims.list[0].signer, "release");
	assert_true(claims.list[0].signed_at == signed_at);
}

static void bundles(void **state)
{
	static const struct {
		const char *name;
		int64_t signed_at;
		const char *why;
	} rows[] = {
		{"keyless/bundle-good.json", KEYLESS_SIGNED_AT, NULL},
		{"keyless/bundle-tsa-good.json", 1795331707, NULL},
		{"keyless/made/bundle-v2-dsse.json", KEYLESS_SIGNED_AT, NULL},
		{"keyless/bundle-neg-other-artifact.json", 0, "no subject of the statement is this image"},
		{"keyless/bundle-upper-hex.json", 0, "no subject of the statement is this image"},
		{"keyless/bundle-neg-payloadtype.json", 0, "payloadType"},
		{"keyless/bundle-neg-mediatype.json", 0, "mediaType"},
		{"keyless/bundle-neg-wrong-san.json", 0, "release: the certificate was made out to"},
		{"keyless/bundle-neg-no-set.json", 0, "release: nothing proves when"},
	};
	(void)state;
	struct trusted_root *root = keyless_root("keyless/made/trusted_root-made.json");
	const struct signer signer = keyless_signer(root);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		cleanup_evidence struct evidence evidence = {0};
		size_t size = 0;
		cleanup_free char *data = keyless_file(rows[i].name, &size);
		put_manifest(&evidence, put(&evidence, data, size), size, BUNDLE_V03, "{}", SIGNED_IMAGE);
		check(rows[i].name, &evidence, &signer, rows[i].signed_at, rows[i].why);
	}
	trusted_root_free(root);
}

/* A subject more of a statement makes no claim about an image that was not asked for. */
static void two_subjects(void **state)
{
	(void)state;
	struct trusted_root *root = keyless_root("keyless/trusted_root.json");
	const struct signer signer = keyless_signer(root);
	cleanup_evidence struct evidence evidence = {0};
	size_t size = 0;
	cleanup_free char *data = keyless_file("keyless/bundle-multi-subject.json", &size);
	put_manifest(&evidence, put(&evidence, data, size), size, BUNDLE_V03, "{}", SIGNED_IMAGE);
	cleanup_claims struct claims claims = collect(&evidence, &signer);
	assert_int_equal(claims.count, 1);
	assert_string_equal(claims.list[0].subject, SIGNED_IMAGE);
	trusted_root_free(root);
}

static void classic(void **state)
{
	static const struct {
		const char *name, *why;
	} rows[] = {
		{"good", NULL},
		{"other-reference", NULL}, /* which matters where the policy asks for it */
		{"wrong-type", "type"},
		{"dup-digest-key", "duplicate"},
		{"neg-other-digest", "it signs another image"},
		{"neg-no-rekor", "release: the signature is in no transparency log"},
		{"neg-time-moved", "release: the log's signed entry timestamp (SET) is not signed"},
	};
	(void)state;
	struct trusted_root *root = keyless_root("keyless/trusted_root.json");
	const struct signer signer = keyless_signer(root);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		cleanup_evidence struct evidence evidence = {0};
		char name[128], blob[128];
		size_t size = 0;
		(void)snprintf(name, sizeof(name), "keyless/classic-manifest-%s.json", rows[i].name);
		cleanup_free char *text = keyless_file(name, &size);
		(void)put(&evidence, text, size);
		cleanup_json json_t *manifest = parse_document(text, DOCUMENT_PLAIN);
		const json_t *layer = json_array_get(json_object_get(manifest, "layers"), 0);
		(void)snprintf(blob, sizeof(blob), "keyless/blob-%s",
			       json_string_value(json_object_get(layer, "digest")) + strlen("sha256:"));
		cleanup_free char *payload = keyless_file(blob, &size);
		(void)put(&evidence, payload, size);
		check(name, &evidence, &signer, KEYLESS_SIGNED_AT, rows[i].why);
	}
	trusted_root_free(root);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bundles),
		cmocka_unit_test(two_subjects),
		cmocka_unit_test(classic),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
