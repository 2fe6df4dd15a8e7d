/* Notary Project signatures: what notation really made, whose a signature is, and the CVEs of
 * notation. */
#include "policy/tests/notation_support.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "policy/base/cleanup.h"
#include "policy/base/text.h"
#include "policy/trust/confine.h"
#include "policy/trust/notation.h"

#define REAL_SUBJECT "C=US, ST=WA, L=Seattle, O=Notary, CN=example.test"

/* A good leaf that is its own trust store, as notation's test certificates are. */
static X509 *good_leaf(void)
{
	return notation_certificate(&(struct certificate_recipe){0}, NULL, NULL);
}

static char *good_envelope(X509 *leaf)
{
	return notation_envelope(&(struct envelope_recipe){0}, &leaf, 1);
}

/* ---- by notation 1.3.2 itself ---- */

static void add_real(struct notation_world *world, const char *name)
{
	size_t length = 0;
	cleanup_free char *data = notation_data(name, &length);
	(void)notation_add_blob(world, data, length);
}

static void trust_real(struct notation_world *world)
{
	size_t length = 0;
	json_t *settings = parse_document("{\"kind\":\"notation\",\"valid-from\":null,\"valid-until\":null}", DOCUMENT_PLAIN);
	cleanup_free char *pem = notation_data("example.test.crt", &length);
	json_object_set_new(settings, "authorities", json_string(pem));
	json_object_set_new(settings, "subject", json_string(REAL_SUBJECT));
	json_object_set_new(world->settings, "partner", settings);
}

static void what_notation_signed_is_verified(void **state)
{
	struct notation_world *world = *state;
	add_real(world, "manifest-jws.json");
	add_real(world, "envelope.jws.json");
	trust_real(world);
	assert_int_equal(notation_collect(world), 1);
	const struct claim *claim = &world->claims.list[0];
	assert_int_equal(claim->kind, CLAIM_SIGNATURE);
	assert_string_equal(claim->signer, "partner");
	assert_string_equal(claim->subject, NOTATION_IMAGE);
	assert_true(text_starts_with(claim->source, "sha256:2ab08944eb818983"));
	assert_string_equal(json_string_value(json_object_get(claim->annotations, "build")), "7");
	assert_int_equal(json_object_size(claim->annotations), 1);
	assert_int_equal(claim->signed_at, 1795332310);
	assert_int_equal(claim->expires, 1795332310 + NOTATION_DAY + 1); /* the certificate's, before its own */
	assert_null(claim->reference);
	assert_int_equal(json_array_size(claim->proof), 2);
	assert_int_equal(json_array_size(world->claims.rejections), 0);
}

static void its_certificate_holds_for_a_day(void **state)
{
	struct notation_world *world = *state;
	add_real(world, "manifest-jws.json");
	add_real(world, "envelope.jws.json");
	trust_real(world);
	world->now = 1795332310;
	assert_int_equal(notation_collect(world), 1);
	world->now = 1795332310 + NOTATION_DAY;
	assert_int_equal(notation_collect(world), 1);
	world->now++;
	notation_rejects(world, "certificate 1 of x5c is valid until 2026-11-23T07:25:10Z, and now is after that");
	world->now = 1795332309;
	notation_rejects(world, "certificate 1 of x5c is valid only from 2026-11-22T07:25:10Z, and now is before that");
}

static void cose_is_refused_by_name(void **state)
{
	struct notation_world *world = *state;
	add_real(world, "manifest-cose.json");
	add_real(world, "envelope.cose");
	trust_real(world);
	notation_rejects(world, "COSE envelope, which is not supported: have the image signed with notation sign "
				"--signature-format jws");
}

static void without_its_envelope_it_is_none(void **state)
{
	struct notation_world *world = *state;
	add_real(world, "manifest-jws.json");
	trust_real(world);
	notation_rejects(world, "does not have the blob");
}

/* The very bytes: shorter, or with one of them changed, they say nothing else. What base64 and
 * JSON leave open is the unsigned header's own: its signing agent's text. */
static void assert_same_or_nothing(struct notation_world *world, const char *envelope, size_t size, size_t at)
{
	/* the same manifest for each: its layer is named by digest and size */
	world->evidence.count = 1;
	cleanup_free char *text = strndup(envelope, size);
	notation_add(world, text, NULL);
	size_t count = notation_collect(world);
	for (size_t i = 1; i < world->evidence.count; i++)
		free(world->evidence.blobs[i].data);
	world->evidence.count = 1;
	if (count == 0)
		return;
	const struct claim *claim = &world->claims.list[0];
	assert_string_equal(claim->subject, NOTATION_IMAGE);
	assert_string_equal(json_string_value(json_object_get(claim->annotations, "build")), "7");
	assert_int_equal(claim->signed_at, 1795332310);
	if (!strstr(envelope, "signingAgent") || at < (size_t)(strstr(envelope, "signingAgent") - envelope))
		fail_msg("it counts, with byte %zu changed", at);
}

static void truncated_it_says_nothing(void **state)
{
	struct notation_world *world = *state;
	size_t length = 0;
	cleanup_free char *envelope = notation_data("envelope.jws.json", &length);
	trust_real(world);
	for (size_t size = 0; size < length; size++)
		assert_same_or_nothing(world, envelope, size, 0);
}

static void with_a_byte_flipped_it_says_nothing_else(void **state)
{
	static const unsigned char masks[] = {0x01, 0x20, 0x80};
	struct notation_world *world = *state;
	size_t length = 0;
	cleanup_free char *envelope = notation_data("envelope.jws.json", &length);
	trust_real(world);
	for (size_t at = 0; at < length; at++) {
		for (size_t i = 0; i < ARRAY_SIZE(masks); i++) {
			envelope[at] = (char)(envelope[at] ^ masks[i]);
			if (envelope[at])
				assert_same_or_nothing(world, envelope, length, at);
			envelope[at] = (char)(envelope[at] ^ masks[i]);
		}
	}
}

/* The same in the child where it really happens: it opens nothing. */
static int collect_confined(void *context, struct text *output, struct error **error)
{
	(void)error;
	text_append_format(output, "%zu", notation_collect(context));
	return 0;
}

static void the_confined_child_verifies_it(void **state)
{
	struct notation_world *world = *state;
	cleanup_error struct error *error = NULL;
	cleanup_free char *output = NULL;
	size_t length = 0;
	add_real(world, "manifest-jws.json");
	add_real(world, "envelope.jws.json");
	trust_real(world);
	/* a sanitizer's shadow is larger than any limit */
	const struct confinement confinement = {.memory = (size_t)1 << 46, .milliseconds = 60000};
	if (confine(collect_confined, world, &confinement, &output, &length, &error) < 0)
		fail_msg("%s", error_message(error));
	assert_string_equal(output, "1");
}

/* ---- manifests ---- */

static void a_manifest_has_one_layer_about_this_image(void **state)
{
	static const char *const rows[][3] = {
		/* what is replaced, by what, and what is said; NULL: nothing, as if it were not there */
		{"application/vnd.cncf.notary.signature", "application/vnd.oci.empty.v1+json", NULL},
		{"33cd1e9d1e9d68f3ec267bb356b0d59da1196de1e81e62cb528ba805edb3e15b",
		 "43cd1e9d1e9d68f3ec267bb356b0d59da1196de1e81e62cb528ba805edb3e15b", NULL},
		{"\"subject\":", "\"sub-ject\":", NULL},
		{"application/jose+json", "application/json", "its layer is no application/jose+json"},
		{"\"size\":2223", "\"size\":2222", "another size"},
		{"\"layers\":[", "\"layers\":[{\"mediaType\":\"application/jose+json\",\"digest\":\"sha256:"
		 "2ab08944eb818983a0ce452a155f1eb50493abb7a97826aaf078586358f89008\",\"size\":2223},",
		 "exactly one layer"},
		{"\"layers\":[", "\"manifests\":[],\"layers\":[", "CVE-2021-41190"},
	};
	struct notation_world *world = *state;
	size_t length = 0;
	cleanup_free char *manifest = notation_data("manifest-jws.json", &length);
	add_real(world, "envelope.jws.json");
	trust_real(world);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		cleanup_free char *changed = NULL;
		const char *at = strstr(manifest, rows[i][0]);
		assert_non_null(at);
		assert_true(asprintf(&changed, "%.*s%s%s", (int)(at - manifest), manifest, rows[i][1],
				     at + strlen(rows[i][0])) > 0);
		(void)notation_add_blob(world, changed, strlen(changed));
		if (rows[i][2])
			notation_rejects(world, rows[i][2]);
		assert_int_equal(notation_collect(world), 0);
		if (!rows[i][2])
			assert_int_equal(json_array_size(world->claims.rejections), 0);
		free(world->evidence.blobs[--world->evidence.count].data);
	}
	/* by its artifactType as well */
	cleanup_free char *changed = NULL;
	const char *at = strstr(manifest, "application/vnd.cncf.notary.signature");
	assert_true(asprintf(&changed, "{\"artifactType\":\"application/vnd.cncf.notary.signature\",%.*s"
				       "application/vnd.oci.empty.v1+json%s", (int)(at - manifest) - 1, manifest + 1,
			     at + strlen("application/vnd.cncf.notary.signature")) > 0);
	(void)notation_add_blob(world, changed, strlen(changed));
	assert_int_equal(notation_collect(world), 1);
}

/* ---- whose it is ---- */

static void only_by_a_certificate_of_the_trust_store(void **state)
{
	struct notation_world *world = *state;
	cleanup_certificate X509 *leaf = good_leaf();
	/* the same name and validity, another key */
	cleanup_certificate X509 *other =
		notation_certificate(&(struct certificate_recipe){.key = notation_numbered_key(0)}, NULL, NULL);
	cleanup_free char *envelope = good_envelope(leaf);
	notation_add(world, envelope, NULL);
	notation_trust(world, "partner", &other, 1, NULL, NULL);
	notation_rejects(world, "lead to no trust store");
	/* the same key, another certificate */
	cleanup_certificate X509 *renewed =
		notation_certificate(&(struct certificate_recipe){.until = NOTATION_NOW + NOTATION_DAY}, NULL, NULL);
	notation_trust(world, "partner", &renewed, 1, NULL, NULL);
	notation_rejects(world, "lead to no trust store");
	X509 *const both[] = {other, leaf};
	notation_trust(world, "partner", both, 2, NULL, NULL);
	assert_int_equal(notation_collect(world), 1);
}

static void each_signer_by_his_own_store_and_subject(void **state)
{
	struct notation_world *world = *state;
	cleanup_certificate X509 *leaf = good_leaf();
	cleanup_certificate X509 *other =
		notation_certificate(&(struct certificate_recipe){.key = notation_numbered_key(0)}, NULL, NULL);
	cleanup_free char *envelope = good_envelope(leaf);
	notation_add(world, envelope, NULL);
	notation_trust(world, "foreign", &other, 1, NULL, NULL);
	notation_trust(world, "namesake", &leaf, 1, "CN=someone,O=Example,ST=WA,C=US", NULL);
	notation_rejects(world, "foreign: its certificates do not lead to the trust store; namesake: the certificate's "
				"subject has another CN than the policy says");
	notation_trust(world, "partner", &leaf, 1, "c=US, st=WA, o=Example, cn=partner", NULL);
	notation_trust(world, "again", &leaf, 1, NULL, NULL);
	assert_int_equal(notation_collect(world), 2);
	assert_string_equal(world->claims.list[0].signer, "partner");
	assert_string_equal(world->claims.list[1].signer, "again");
	/* and are known to be by one hand */
	assert_non_null(world->claims.list[0].key);
	assert_string_equal(world->claims.list[0].key, world->claims.list[1].key);
	assert_string_equal(world->claims.list[0].identity, world->claims.list[1].identity);
}

static void without_a_signer_of_notation_nothing_is_looked_at(void **state)
{
	struct notation_world *world = *state;
	notation_add(world, "rubbish", NULL);
	assert_int_equal(notation_collect(world), 0);
	assert_int_equal(json_array_size(world->claims.rejections), 0);
}

static void a_part_of_the_subject_is_not_enough(void **state)
{
	static const char *const subjects[] = {"CN=partner", "C=US,ST=WA,O=Example", "CN=partner,O=Example,ST=WA,C=US,L=x",
					       "CN=Partner,O=Example,ST=WA,C=US"};
	struct notation_world *world = *state;
	cleanup_certificate X509 *leaf = good_leaf();
	cleanup_free char *envelope = good_envelope(leaf);
	notation_add(world, envelope, NULL);
	for (size_t i = 0; i < ARRAY_SIZE(subjects); i++) {
		notation_trust(world, "partner", &leaf, 1, subjects[i], NULL);
		notation_rejects(world, "subject");
	}
}

/* ---- times ---- */

static void of_its_own_word_everything_has_to_hold_now(void **state)
{
	struct notation_world *world = *state;
	cleanup_certificate X509 *leaf = good_leaf();
	cleanup_free char *envelope = good_envelope(leaf);
	notation_add(world, envelope, NULL);
	notation_trust(world, "partner", &leaf, 1, NULL, ",\"valid-from\":1795335911");
	world->now = 1795335912;
	notation_rejects(world, "before the policy's valid-from");
	notation_trust(world, "partner", &leaf, 1, NULL, ",\"valid-from\":1795335910");
	assert_int_equal(notation_collect(world), 1);
	/* a stolen key says that it signed while it was trusted */
	notation_trust(world, "partner", &leaf, 1, NULL, ",\"valid-until\":1795339999");
	assert_int_equal(notation_collect(world), 1);
	assert_int_equal(world->claims.list[0].expires, 1795339999);
	world->now = 1795339999;
	notation_rejects(world, "after the policy's valid-until");
}

#define AUTHENTIC(time)                                                                               \
	"{\"alg\":\"ES256\",\"cty\":\"application/vnd.cncf.notary.payload.v1+json\",\"crit\":["       \
	"\"io.cncf.notary.authenticSigningTime\",\"io.cncf.notary.signingScheme\"],"                  \
	"\"io.cncf.notary.signingScheme\":\"notary.x509.signingAuthority\","                          \
	"\"io.cncf.notary.authenticSigningTime\":\"" time "\"}"

static void an_authoritys_time_outlives_its_certificate(void **state)
{
	struct notation_world *world = *state;
	cleanup_certificate X509 *leaf = good_leaf();
	cleanup_free char *envelope = notation_envelope(
		&(struct envelope_recipe){.protected = AUTHENTIC("2026-11-22T08:25:10Z")}, &leaf, 1);
	notation_add(world, envelope, NULL);
	/* any signer could call itself an authority */
	notation_trust(world, "partner", &leaf, 1, NULL, NULL);
	notation_rejects(world, "it is by a signing authority, and the policy does not take this signer for one");
	notation_trust(world, "partner", &leaf, 1, NULL, ",\"kind\":\"notation-authority\"");
	world->now += 3650 * NOTATION_DAY;
	assert_int_equal(notation_collect(world), 1);
	assert_int_equal(world->claims.list[0].signed_at, NOTATION_NOW);
	assert_int_equal(world->claims.list[0].expires, 0);
	/* clocks differ, by as much as for a log's */
	world->now = NOTATION_NOW - 300;
	assert_int_equal(notation_collect(world), 1);
	world->now = NOTATION_NOW - 301;
	notation_rejects(world, "signing time is in the future");
}

static void its_certificate_held_at_the_signing_time(void **state)
{
	static const char *const headers[] = {AUTHENTIC("2026-11-21T08:25:09Z"), AUTHENTIC("2026-12-22T08:25:11Z")};
	struct notation_world *world = *state;
	cleanup_certificate X509 *leaf = good_leaf();
	notation_trust(world, "partner", &leaf, 1, NULL, ",\"kind\":\"notation-authority\"");
	world->now += 3650 * NOTATION_DAY;
	for (size_t i = 0; i < ARRAY_SIZE(headers); i++) {
		cleanup_free char *envelope =
			notation_envelope(&(struct envelope_recipe){.protected = headers[i]}, &leaf, 1);
		notation_add(world, envelope, NULL);
	}
	notation_rejects(world, "valid only from 2026-11-21T08:25:10Z, and the signing time is before that");
	notation_rejects(world, "valid until 2026-12-22T08:25:10Z, and the signing time is after that");
}

static void an_authoritys_store_is_for_its_scheme_alone(void **state)
{
	struct notation_world *world = *state;
	cleanup_certificate X509 *leaf = good_leaf();
	cleanup_free char *envelope = good_envelope(leaf);
	notation_add(world, envelope, NULL);
	notation_trust(world, "partner", &leaf, 1, NULL, ",\"kind\":\"notation-authority\"");
	notation_rejects(world, "it is not by a signing authority");
}

static void a_countersignature_proves_no_time(void **state)
{
	struct notation_world *world = *state;
	cleanup_certificate X509 *leaf = good_leaf();
	cleanup_free char *envelope = notation_envelope(
		&(struct envelope_recipe){.header = ",\"io.cncf.notary.timestampSignature\":\"AAAA\""}, &leaf, 1);
	notation_add(world, envelope, NULL);
	notation_trust(world, "partner", &leaf, 1, NULL, NULL);
	assert_int_equal(notation_collect(world), 1);
	world->now += 31 * NOTATION_DAY;
	notation_rejects(world, "now is after that");
}

/* ---- CVEs of notation ---- */

/* `count` manifests, each with an envelope of its own that the trusted certificate stands in. */
static void flood(struct notation_world *world, X509 *leaf, size_t count)
{
	cleanup_free char *good = good_envelope(leaf);
	for (size_t i = 0; i < count; i++) {
		cleanup_free char *bad = NULL;
		char *signature = strstr(good, "\"signature\":\"");
		assert_true(asprintf(&bad, "%.*s\"signature\":\"%04zu%s", (int)(signature - good), good, i,
				     signature + strlen("\"signature\":\"0000")) > 0);
		notation_add(world, bad, NULL);
	}
}

static void endless_signatures_are_bounded_cve_2023_33957(void **state)
{
	struct notation_world *world = *state;
	cleanup_certificate X509 *leaf = good_leaf();
	notation_trust(world, "partner", &leaf, 1, NULL, NULL);
	flood(world, leaf, NOTATION_SIGNATURES + 20);
	/* behind all of them, a good one is not reached: refused, never waited for */
	cleanup_free char *envelope = good_envelope(leaf);
	notation_add(world, envelope, NULL);
	assert_int_equal(notation_collect(world), 0);
	assert_true(json_array_size(world->claims.rejections) <= CLAIM_REJECTIONS);
}

/* One that was wrapped anew a hundred times crowds out nobody. */
static void an_envelope_in_many_manifests_is_one(void **state)
{
	struct notation_world *world = *state;
	cleanup_certificate X509 *leaf = good_leaf();
	cleanup_free char *envelope = good_envelope(leaf);
	cleanup_free char *later = notation_envelope(
		&(struct envelope_recipe){.header = ",\"io.cncf.notary.signingAgent\":\"another\""}, &leaf, 1);
	notation_trust(world, "partner", &leaf, 1, NULL, NULL);
	for (size_t i = 0; i < NOTATION_SIGNATURES + 20; i++) {
		cleanup_free char *manifest = NULL;
		assert_true(asprintf(&manifest,
				     "{\"schemaVersion\":2,\"mediaType\":\"application/vnd.oci.image.manifest.v1+json\",\"config\":"
				     "{\"mediaType\":\"" NOTATION_MEDIA_TYPE "\",\"digest\":\"sha256:"
				     "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a\",\"size\":2},\"layers\":[{"
				     "\"mediaType\":\"" NOTATION_JWS "\",\"digest\":\"%s\",\"size\":%zu}],\"subject\":{\"mediaType\":"
				     "\"application/vnd.oci.image.manifest.v1+json\",\"digest\":\"" NOTATION_IMAGE "\",\"size\":559},"
				     "\"annotations\":{\"n\":\"%zu\"}}",
				     notation_add_blob(world, envelope, strlen(envelope)), strlen(envelope), i) > 0);
		(void)notation_add_blob(world, manifest, strlen(manifest));
	}
	notation_add(world, later, NULL);
	assert_int_equal(notation_collect(world), 2);
}

static void signatures_of_strangers_cost_no_arithmetic_cve_2023_33958(void **state)
{
	struct notation_world *world = *state;
	cleanup_certificate X509 *leaf = good_leaf();
	cleanup_certificate X509 *stranger =
		notation_certificate(&(struct certificate_recipe){.key = notation_numbered_key(0)}, NULL, NULL);
	notation_trust(world, "partner", &leaf, 1, NULL, NULL);
	flood(world, stranger, NOTATION_SIGNATURES * 2);
	cleanup_free char *envelope = good_envelope(leaf);
	notation_add(world, envelope, NULL);
	/* nor do they crowd out the good one */
	assert_int_equal(notation_collect(world), 1);
}

static void a_huge_envelope_is_not_read_cve_2023_33957(void **state)
{
	struct notation_world *world = *state;
	cleanup_certificate X509 *leaf = good_leaf();
	cleanup_free char *agent = NULL;
	assert_true(asprintf(&agent, ",\"io.cncf.notary.signingAgent\":\"%0*d\"", (int)NOTATION_ENVELOPE_SIZE, 0) > 0);
	cleanup_free char *envelope = notation_envelope(&(struct envelope_recipe){.header = agent}, &leaf, 1);
	notation_add(world, envelope, NULL);
	notation_trust(world, "partner", &leaf, 1, NULL, NULL);
	notation_rejects(world, "its envelope has more than 262144 bytes");
}

static void another_artifact_than_the_one_asked_for_cve_2023_33959(void **state)
{
	static const char other[] = "{\"schemaVersion\":2,\"mediaType\":\"application/vnd.oci.image.manifest.v1+json\","
				    "\"config\":{\"mediaType\":\"application/vnd.oci.image.config.v1+json\",\"digest\":"
				    "\"sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a\",\"size\":2},"
				    "\"layers\":[]}";
	struct notation_world *world = *state;
	cleanup_certificate X509 *leaf = good_leaf();
	cleanup_free char *payload = NULL;
	assert_true(asprintf(&payload, "{\"targetArtifact\":{\"mediaType\":\"application/vnd.oci.image.manifest.v1+json\","
				       "\"digest\":\"%s\",\"size\":%zu}}",
			     notation_add_blob(world, other, strlen(other)), strlen(other)) > 0);
	cleanup_free char *envelope = notation_envelope(&(struct envelope_recipe){.payload = payload}, &leaf, 1);
	/* the registry says that it is about this image; what is signed says otherwise */
	notation_add(world, envelope, NULL);
	notation_trust(world, "partner", &leaf, 1, NULL, NULL);
	notation_rejects(world, "it is for another digest than the one its manifest refers to");
}

static void an_expired_signature_never_holds_cve_2024_23332(void **state)
{
	struct notation_world *world = *state;
	cleanup_certificate X509 *leaf = good_leaf();
	cleanup_free char *envelope = notation_envelope(
		&(struct envelope_recipe){
			.protected = PROTECTED("ES256", ",\"io.cncf.notary.expiry\":\"2026-11-22T09:25:10Z\",\"crit\":["
					       "\"io.cncf.notary.expiry\",\"io.cncf.notary.signingScheme\"]")},
		&leaf, 1);
	notation_add(world, envelope, NULL);
	notation_trust(world, "partner", &leaf, 1, NULL, NULL);
	assert_int_equal(notation_collect(world), 1);
	assert_int_equal(world->claims.list[0].expires, NOTATION_NOW + 3600);
	world->now += 3599;
	assert_int_equal(notation_collect(world), 1);
	world->now++;
	notation_rejects(world, "it has expired");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, notation_setup, notation_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(what_notation_signed_is_verified),
		TEST(its_certificate_holds_for_a_day),
		TEST(cose_is_refused_by_name),
		TEST(without_its_envelope_it_is_none),
		TEST(truncated_it_says_nothing),
		TEST(with_a_byte_flipped_it_says_nothing_else),
		TEST(the_confined_child_verifies_it),
		TEST(a_manifest_has_one_layer_about_this_image),
		TEST(only_by_a_certificate_of_the_trust_store),
		TEST(each_signer_by_his_own_store_and_subject),
		TEST(without_a_signer_of_notation_nothing_is_looked_at),
		TEST(a_part_of_the_subject_is_not_enough),
		TEST(of_its_own_word_everything_has_to_hold_now),
		TEST(an_authoritys_time_outlives_its_certificate),
		TEST(its_certificate_held_at_the_signing_time),
		TEST(an_authoritys_store_is_for_its_scheme_alone),
		TEST(a_countersignature_proves_no_time),
		TEST(endless_signatures_are_bounded_cve_2023_33957),
		TEST(an_envelope_in_many_manifests_is_one),
		TEST(signatures_of_strangers_cost_no_arithmetic_cve_2023_33958),
		TEST(a_huge_envelope_is_not_read_cve_2023_33957),
		TEST(another_artifact_than_the_one_asked_for_cve_2023_33959),
		TEST(an_expired_signature_never_holds_cve_2024_23332),
	};
	return cmocka_run_group_tests_name("notation", tests, NULL, NULL);
}
