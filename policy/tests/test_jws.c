/* The envelope: what its signature covers, and everything in it that has to be refused. */
#include "policy/tests/notation_support.h"

#include <openssl/rsa.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "policy/base/cleanup.h"
#include "policy/trust/certificate.h"

#define TYPE "\"cty\":\"application/vnd.cncf.notary.payload.v1+json\","
#define SCHEME "\"io.cncf.notary.signingScheme\":\"notary.x509\","
#define TIME "\"io.cncf.notary.signingTime\":\"2026-11-22T08:25:10Z\""
#define EXPIRY ",\"io.cncf.notary.expiry\":\"2027-11-22T08:25:10Z\""
#define CRIT(list) ",\"crit\":[" list "]"
#define IS_SCHEME "\"io.cncf.notary.signingScheme\""
#define IS_EXPIRY "\"io.cncf.notary.expiry\""

static int setup(void **state)
{
	if (notation_setup(state) < 0)
		return -1;
	cleanup_certificate X509 *leaf = notation_certificate(&(struct certificate_recipe){0}, NULL, NULL);
	notation_trust(*state, "partner", &leaf, 1, NULL, NULL);
	return 0;
}

/* The one certificate that is trusted: from the settings, since signatures differ each time. */
static void add(struct notation_world *world, const struct envelope_recipe *recipe)
{
	cleanup_certificate X509 *leaf = notation_certificate(&(struct certificate_recipe){0}, NULL, NULL);
	notation_trust(world, "partner", &leaf, 1, NULL, NULL);
	cleanup_free char *envelope = notation_envelope(recipe, &leaf, 1);
	/* the image's manifest stays */
	for (size_t i = 1; i < world->evidence.count; i++)
		free(world->evidence.blobs[i].data);
	world->evidence.count = 1;
	notation_add(world, envelope, NULL);
}

static void expect(struct notation_world *world, const struct envelope_recipe *recipe, const char *words)
{
	add(world, recipe);
	if (words)
		notation_rejects(world, words);
	else if (notation_collect(world) != 1)
		fail_msg("refused: %s", json_string_value(json_object_get(json_array_get(world->claims.rejections, 0), "why")));
}

static void a_good_one_is_good(void **state)
{
	expect(*state, &(struct envelope_recipe){0}, NULL);
}

/* ---- the algorithm is the key's ---- */

static void each_key_has_one_algorithm(void **state)
{
	static const char *const rows[][2] = {{"P-256", "ES256"}, {"P-384", "ES384"}, {"P-521", "ES512"},
					      {"RSA-2048", "PS256"}, {"RSA-3072", "PS384"}, {"RSA-4096", "PS512"}};
	static const char *const others[] = {"ES256", "ES384", "ES512", "PS256", "PS384", "PS512", "RS256", "RS384",
					     "HS256", "EdDSA", "none", "None", "", "es256", "ES256K"};
	struct notation_world *world = *state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		EVP_PKEY *key = notation_key(rows[i][0]);
		cleanup_certificate X509 *leaf =
			notation_certificate(&(struct certificate_recipe){.key = key}, NULL, NULL);
		notation_trust(world, "partner", &leaf, 1, NULL, NULL);
		for (size_t j = 0; j < ARRAY_SIZE(others); j++) {
			char header[512];
			(void)snprintf(header, sizeof(header), "{\"alg\":\"%s\"," TYPE SCHEME TIME CRIT(IS_SCHEME) "}", others[j]);
			cleanup_free char *envelope =
				notation_envelope(&(struct envelope_recipe){.protected = header, .key = key}, &leaf, 1);
			notation_add(world, envelope, NULL);
			bool fits = strcmp(others[j], rows[i][1]) == 0;
			if (!fits)
				notation_rejects(world, "which is the one for its certificate's key");
			assert_int_equal(notation_collect(world), fits);
			for (size_t k = 1; k < world->evidence.count; k++)
				free(world->evidence.blobs[k].data);
			world->evidence.count = 1;
		}
	}
}

static void other_keys_are_refused(void **state)
{
	static const char *const rows[] = {"RSA-2056", "RSA-1024", "RSA-2048, exponent 3", "P-224", "secp256k1", "brainpoolP256r1"};
	struct notation_world *world = *state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		EVP_PKEY *key = notation_key(rows[i]);
		cleanup_certificate X509 *leaf =
			notation_certificate(&(struct certificate_recipe){.key = key}, NULL, NULL);
		notation_trust(world, "partner", &leaf, 1, NULL, NULL);
		cleanup_free char *envelope = notation_envelope(
			&(struct envelope_recipe){.key = key, .protected = i < 3 ? PROTECTED("PS256", CRITICAL) : NULL}, &leaf, 1);
		notation_add(world, envelope, NULL);
		notation_rejects(world, "key");
	}
}

static void padding_and_salt_are_the_standards(void **state)
{
	static const struct {
		int salt;
		bool pkcs1, good;
	} rows[] = {{0, false, true}, {32, false, true}, {20, false, false}, {RSA_PSS_SALTLEN_MAX, false, false}, {0, true, false}};
	struct notation_world *world = *state;
	EVP_PKEY *key = notation_key("RSA-2048");
	cleanup_certificate X509 *leaf = notation_certificate(&(struct certificate_recipe){.key = key}, NULL, NULL);
	notation_trust(world, "partner", &leaf, 1, NULL, NULL);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		cleanup_free char *envelope = notation_envelope(
			&(struct envelope_recipe){.protected = PROTECTED("PS256", CRITICAL), .key = key, .salt = rows[i].salt,
						  .pkcs1 = rows[i].pkcs1}, &leaf, 1);
		notation_add(world, envelope, NULL);
		assert_int_equal(notation_collect(world), rows[i].good);
		for (size_t k = 1; k < world->evidence.count; k++)
			free(world->evidence.blobs[k].data);
		world->evidence.count = 1;
	}
}

static void another_digest_or_key_signs_nothing(void **state)
{
	expect(*state, &(struct envelope_recipe){.digest = EVP_sha384()}, "its signature is not by its certificate's key");
	expect(*state, &(struct envelope_recipe){.key = notation_numbered_key(3)},
	       "its signature is not by its certificate's key");
	expect(*state, &(struct envelope_recipe){.signature_text = "AAAA"}, "another length");
	char zeros[87];
	memset(zeros, 'A', 86);
	zeros[86] = '\0';
	expect(*state, &(struct envelope_recipe){.signature_text = zeros}, "its signature is not by");
}

/* ---- the protected header ---- */

static void the_protected_header_is_strict(void **state)
{
	static const char *const rows[][2] = {
		{"{\"alg\":\"ES256\"," TYPE SCHEME TIME CRIT(IS_SCHEME) "}", NULL},
		{"{\"alg\":\"ES256\"," TYPE SCHEME TIME EXPIRY CRIT(IS_EXPIRY "," IS_SCHEME) "}", NULL},
		{"{\"alg\":\"ES256\"," TYPE SCHEME TIME CRIT(IS_SCHEME) ",\"com.example.build\":{\"x\":[7]}}", NULL},
		/* crit */
		{"{\"alg\":\"ES256\"," TYPE SCHEME TIME "}", "has no \"crit\""},
		{"{\"alg\":\"ES256\"," TYPE SCHEME TIME CRIT("") "}", "crit does not list io.cncf.notary.signingScheme"},
		{"{\"alg\":\"ES256\"," TYPE SCHEME TIME EXPIRY CRIT(IS_SCHEME) "}", "crit does not list io.cncf.notary.expiry"},
		{"{\"alg\":\"ES256\"," TYPE SCHEME TIME CRIT(IS_SCHEME "," IS_EXPIRY) "}", "crit lists a header that"},
		{"{\"alg\":\"ES256\"," TYPE SCHEME TIME CRIT(IS_SCHEME "," IS_SCHEME) "}", "crit lists a header that"},
		{"{\"alg\":\"ES256\"," TYPE SCHEME TIME CRIT(IS_SCHEME ",\"io.cncf.notary.signingTime\"") "}", "crit lists a header that"},
		{"{\"alg\":\"ES256\"," TYPE SCHEME TIME CRIT(IS_SCHEME ",\"alg\"") "}", "crit lists a header that"},
		{"{\"alg\":\"ES256\"," TYPE SCHEME TIME CRIT(IS_SCHEME ",\"com.example.build\"") ",\"com.example.build\":1}",
		 "crit lists a header that"},
		{"{\"alg\":\"ES256\"," TYPE SCHEME TIME CRIT(IS_SCHEME ",7") "}", "crit has something else than texts"},
		{"{\"alg\":\"ES256\"," TYPE SCHEME TIME ",\"crit\":" IS_SCHEME "}", "\"crit\" of the protected header is not"},
		/* headers that nobody knows, or that mean something elsewhere */
		{"{\"alg\":\"ES256\"," TYPE SCHEME TIME CRIT(IS_SCHEME) ",\"b64\":false}", "does not know"},
		{"{\"alg\":\"ES256\"," TYPE SCHEME TIME CRIT(IS_SCHEME) ",\"jwk\":{}}", "does not know"},
		{"{\"alg\":\"ES256\"," TYPE SCHEME TIME CRIT(IS_SCHEME) ",\"x5c\":[]}", "does not know"},
		{"{\"alg\":\"ES256\"," TYPE SCHEME TIME CRIT(IS_SCHEME) ",\"ALG\":\"none\"}", "does not know"},
		{"{\"alg\":\"ES256\"," TYPE SCHEME TIME CRIT(IS_SCHEME) ",\"io.cncf.notary.other\":1}", "does not know"},
		{"{\"alg\":\"ES256\"," TYPE SCHEME TIME CRIT(IS_SCHEME) ",\"IO.cncf.notary.expiry\":1}", "does not know"},
		{"{\"alg\":\"ES256\"," TYPE SCHEME TIME CRIT(IS_SCHEME) ",\"io.cncf.notary.verificationPlugin\":\"x\"}",
		 "verification plugin"},
		{"{\"alg\":\"ES256\",\"alg\":\"ES256\"," TYPE SCHEME TIME CRIT(IS_SCHEME) "}", "duplicate key"},
		{"{\"alg\":\"ES256\"," TYPE SCHEME TIME CRIT(IS_SCHEME) "} ", NULL},
		{"{\"alg\":\"ES256\"," TYPE SCHEME TIME CRIT(IS_SCHEME) "}x", "not valid JSON"},
		{"[]", ""},
		/* types and values */
		{"{" TYPE SCHEME TIME CRIT(IS_SCHEME) "}", "has no \"alg\""},
		{"{\"alg\":7," TYPE SCHEME TIME CRIT(IS_SCHEME) "}", "\"alg\" of the protected header is not"},
		{"{\"alg\":\"ES256\"," SCHEME TIME CRIT(IS_SCHEME) "}", "has no \"cty\""},
		{"{\"alg\":\"ES256\",\"cty\":\"application/vnd.cncf.notary.payload.v2+json\"," SCHEME TIME CRIT(IS_SCHEME) "}",
		 "its cty is not"},
		{"{\"alg\":\"ES256\"," TYPE TIME CRIT(IS_SCHEME) "}", "has no \"io.cncf.notary.signingScheme\""},
		{"{\"alg\":\"ES256\"," TYPE "\"io.cncf.notary.signingScheme\":\"notary.x509.other\"," TIME CRIT(IS_SCHEME) "}",
		 "is neither notary.x509 nor"},
		{"{\"alg\":\"ES256\"," TYPE "\"io.cncf.notary.signingScheme\":\"notary.x509\"" CRIT(IS_SCHEME) "}",
		 "has no io.cncf.notary.signingTime"},
		{"{\"alg\":\"ES256\"," TYPE SCHEME "\"io.cncf.notary.signingTime\":\"2026-11-22\"" CRIT(IS_SCHEME) "}",
		 "is no RFC 3339 moment"},
		{"{\"alg\":\"ES256\"," TYPE SCHEME "\"io.cncf.notary.signingTime\":1795335910" CRIT(IS_SCHEME) "}",
		 "\"io.cncf.notary.signingTime\" of the protected header is not"},
		{"{\"alg\":\"ES256\"," TYPE SCHEME "\"io.cncf.notary.signingTime\":\"2026-11-22T08:30:11Z\"" CRIT(IS_SCHEME) "}",
		 "its signing time is in the future"},
		{"{\"alg\":\"ES256\"," TYPE SCHEME TIME ",\"io.cncf.notary.expiry\":\"never\"" CRIT(IS_SCHEME "," IS_EXPIRY) "}",
		 "io.cncf.notary.expiry is no RFC 3339 moment"},
		{"{\"alg\":\"ES256\"," TYPE SCHEME TIME ",\"io.cncf.notary.expiry\":null" CRIT(IS_SCHEME "," IS_EXPIRY) "}",
		 "\"io.cncf.notary.expiry\" of the protected header is not"},
		{"{\"alg\":\"ES256\"," TYPE SCHEME TIME ",\"io.cncf.notary.authenticSigningTime\":\"2026-11-22T08:25:10Z\""
		 CRIT(IS_SCHEME) "}", "io.cncf.notary.authenticSigningTime does not belong to notary.x509"},
		{"{\"alg\":\"ES256\"," TYPE "\"io.cncf.notary.signingScheme\":\"notary.x509.signingAuthority\"," TIME
		 CRIT(IS_SCHEME) "}", "io.cncf.notary.signingTime does not belong to notary.x509.signingAuthority"},
		{"{\"alg\":\"ES256\"," TYPE "\"io.cncf.notary.signingScheme\":\"notary.x509.signingAuthority\","
		 "\"io.cncf.notary.authenticSigningTime\":\"2026-11-22T08:25:10Z\"" CRIT(IS_SCHEME) "}",
		 "crit does not list io.cncf.notary.authenticSigningTime"},
	};
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		expect(*state, &(struct envelope_recipe){.protected = rows[i][0]}, rows[i][1]);
}

/* ---- the payload ---- */

static void the_payload_is_strict(void **state)
{
	static const char *const rows[][2] = {
		{PAYLOAD(",\"annotations\":{\"a\":\"b\"},\"artifactType\":\"x\""), NULL},
		{PAYLOAD(",\"annotations\":{\"a\":7}"), "\"annotations\" of targetArtifact is not an object of strings"},
		{PAYLOAD(",\"annotations\":null"), "\"annotations\" of targetArtifact is not"},
		{PAYLOAD(",\"urls\":[]"), "key that is not known"},
		{PAYLOAD(",\"data\":\"\""), "key that is not known"},
		{PAYLOAD(",\"Digest\":\"x\""), "key that is not known"},
		{PAYLOAD(",\"size\":559"), "duplicate key"},
		{"{}", "has no \"targetArtifact\""},
		{"{\"targetArtifact\":{},\"other\":1}", "key that is not known"},
		{"{\"targetArtifact\":[]}", "is not an object"},
		{"{\"targetArtifact\":{\"mediaType\":\"application/vnd.oci.image.manifest.v1+json\",\"digest\":\"" NOTATION_IMAGE
		 "\",\"size\":558}}", "another size"},
		{"{\"targetArtifact\":{\"mediaType\":\"application/vnd.oci.image.manifest.v1+json\",\"digest\":\"" NOTATION_IMAGE
		 "\",\"size\":\"559\"}}", "\"size\" of targetArtifact is not"},
		{"{\"targetArtifact\":{\"mediaType\":\"application/vnd.oci.image.manifest.v1+json\",\"digest\":\"" NOTATION_IMAGE
		 "\",\"size\":559.0}}", "\"size\" of targetArtifact is not"},
		{"{\"targetArtifact\":{\"mediaType\":\"application/vnd.oci.image.manifest.v1+json\",\"digest\":\"" NOTATION_IMAGE
		 "\"}}", "has no \"size\""},
		{"{\"targetArtifact\":{\"mediaType\":\"application/vnd.oci.image.index.v1+json\",\"digest\":\"" NOTATION_IMAGE
		 "\",\"size\":559}}", "another media type"},
		{"{\"targetArtifact\":{\"mediaType\":\"application/vnd.docker.distribution.manifest.v2+json\",\"digest\":\""
		 NOTATION_IMAGE "\",\"size\":559}}", "another media type"},
		{"{\"targetArtifact\":{\"digest\":\"" NOTATION_IMAGE "\",\"size\":559}}", "has no \"mediaType\""},
		{"{\"targetArtifact\":{\"mediaType\":\"application/vnd.oci.image.manifest.v1+json\",\"digest\":"
		 "\"sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a\",\"size\":559}}", "another digest"},
		{"{\"targetArtifact\":{\"mediaType\":\"application/vnd.oci.image.manifest.v1+json\",\"digest\":"
		 "\"SHA256:33cd1e9d1e9d68f3ec267bb356b0d59da1196de1e81e62cb528ba805edb3e15b\",\"size\":559}}", "another digest"},
		{"", ""},
		{"x", "not valid JSON"},
	};
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		expect(*state, &(struct envelope_recipe){.payload = rows[i][0]}, rows[i][1]);
}

static void without_the_signed_manifest_nothing_is_compared(void **state)
{
	struct notation_world *world = *state;
	add(world, &(struct envelope_recipe){0});
	free(world->evidence.blobs[0].data);
	world->evidence.blobs[0] = world->evidence.blobs[--world->evidence.count];
	notation_rejects(world, "the store does not have the manifest that is signed");
}

/* ---- the envelope ---- */

static void the_envelope_is_strict(void **state)
{
	static const char *const rows[][2] = {
		{"{\"signature\":\"%4$s\",\"header\":%3$s,\"protected\":\"%2$s\",\"payload\":\"%1$s\"}", NULL},
		{"{\"payload\":\"%s\",\"protected\":\"%s\",\"header\":%s,\"signature\":\"%s\",\"more\":1}", "key that is not known"},
		{"{\"payload\":\"%s\",\"protected\":\"%s\",\"header\":%s,\"signature\":\"%s\",\"Payload\":\"\"}",
		 "key that is not known"},
		{"{\"payload\":\"%1$s\",\"payload\":\"%1$s\",\"protected\":\"%2$s\",\"header\":%3$s,\"signature\":\"%4$s\"}",
		 "duplicate key"},
		{"{\"payload\":\"%1$s\",\"signatures\":[{\"protected\":\"%2$s\",\"header\":%3$s,\"signature\":\"%4$s\"}]}",
		 "has no \"protected\""},
		{"%2$s.%1$s.%4$s", "not valid JSON"},
		{"{\"payload\":\"%s\",\"protected\":\"%s\",\"header\":%s,\"signature\":\"%s\"}x", "not valid JSON"},
		{"{\"payload\":\"%1$s\",\"protected\":\"%2$s\",\"signature\":\"%4$s\"}", "has no \"header\""},
		{"{\"payload\":\"%s=\",\"protected\":\"%s\",\"header\":%s,\"signature\":\"%s\"}", "not canonical base64"},
		{"{\"payload\":\"%s\\n\",\"protected\":\"%s\",\"header\":%s,\"signature\":\"%s\"}", "not canonical base64"},
		{"{\"payload\":\"%s\",\"protected\":\"%s\",\"header\":%s,\"signature\":\"%s=\"}", "not canonical base64"},
	};
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		expect(*state, &(struct envelope_recipe){.form = rows[i][0]}, rows[i][1]);
}

static void the_unprotected_header_has_nothing_else(void **state)
{
	static const char *const rows[][2] = {
		{",\"io.cncf.notary.signingAgent\":\"notation/1.0\"", NULL},
		{",\"io.cncf.notary.signingAgent\":[7]", NULL},
		{",\"io.cncf.notary.timestampSignature\":\"AAAA\"", NULL},
		{",\"alg\":\"ES256\"", "key that is not known"},
		{",\"crit\":[]", "key that is not known"},
		{",\"io.cncf.notary.expiry\":\"2027-11-22T08:25:10Z\"", "key that is not known"},
		{",\"kid\":\"x\"", "key that is not known"},
		{",\"x5c\":[]", "duplicate key"},
		{",\"X5C\":[]", "key that is not known"},
	};
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		expect(*state, &(struct envelope_recipe){.header = rows[i][0]}, rows[i][1]);
}

static void certificates_are_one_to_eight(void **state)
{
	struct notation_world *world = *state;
	cleanup_certificate X509 *leaf = notation_certificate(&(struct certificate_recipe){0}, NULL, NULL);
	X509 *const many[9] = {leaf, leaf, leaf, leaf, leaf, leaf, leaf, leaf, leaf};
	static const struct {
		size_t count;
		const char *words;
	} rows[] = {{0, "x5c has 0 certificates, expected 1 to 8"}, {9, "x5c has 9 certificates"}, {2, "x5c has certificates behind"}};
	notation_trust(world, "partner", many, 1, NULL, NULL);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		cleanup_free char *envelope = notation_envelope(&(struct envelope_recipe){0}, many, rows[i].count);
		notation_add(world, envelope, NULL);
		if (i < 2)
			notation_rejects(world, rows[i].words);
		assert_int_equal(notation_collect(world), 0);
	}
	static const char *const texts[] = {"{\"payload\":\"%1$s\",\"protected\":\"%2$s\",\"header\":{\"x5c\":[7]},\"signature\":\"%4$s\"}",
					    "{\"payload\":\"%1$s\",\"protected\":\"%2$s\",\"header\":{\"x5c\":[\"\"]},\"signature\":\"%4$s\"}",
					    "{\"payload\":\"%1$s\",\"protected\":\"%2$s\",\"header\":{\"x5c\":[\"AAAA\"]},\"signature\":\"%4$s\"}",
					    "{\"payload\":\"%1$s\",\"protected\":\"%2$s\",\"header\":{\"x5c\":{}},\"signature\":\"%4$s\"}",
					    "{\"payload\":\"%1$s\",\"protected\":\"%2$s\",\"header\":{},\"signature\":\"%4$s\"}"};
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		add(world, &(struct envelope_recipe){.form = texts[i]});
		assert_int_equal(notation_collect(world), 0);
		assert_int_equal(json_array_size(world->claims.rejections), 1);
	}
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, notation_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_good_one_is_good),
		TEST(each_key_has_one_algorithm),
		TEST(other_keys_are_refused),
		TEST(padding_and_salt_are_the_standards),
		TEST(another_digest_or_key_signs_nothing),
		TEST(the_protected_header_is_strict),
		TEST(the_payload_is_strict),
		TEST(without_the_signed_manifest_nothing_is_compared),
		TEST(the_envelope_is_strict),
		TEST(the_unprotected_header_has_nothing_else),
		TEST(certificates_are_one_to_eight),
	};
	return cmocka_run_group_tests_name("jws", tests, NULL, NULL);
}
