/* Certificates from leaf to root: their order, and what each has to be like. */
#include "policy/tests/notation_support.h"

#include <errno.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "policy/base/cleanup.h"
#include "policy/trust/notation_chain.h"

/* A leaf below two CAs below a root; each recipe may be changed before they are made. */
struct family {
	struct certificate_recipe leaf, lower, upper, root;
	X509 *chain[4]; /* leaf first */
};

static void plan(struct family *family)
{
	*family = (struct family){
		.lower = {.name = "lower", .key = notation_numbered_key(1), .key_usage = SIGNS_CERTIFICATES, .basic_constraints = AUTHORITY},
		.upper = {.name = "upper", .key = notation_numbered_key(2), .key_usage = SIGNS_CERTIFICATES, .basic_constraints = AUTHORITY},
		.root = {.name = "root", .key = notation_numbered_key(3), .key_usage = SIGNS_CERTIFICATES, .basic_constraints = AUTHORITY},
	};
}

static void found(struct family *family)
{
	family->chain[3] = notation_certificate(&family->root, NULL, NULL);
	family->chain[2] = notation_certificate(&family->upper, family->chain[3], family->root.key);
	family->chain[1] = notation_certificate(&family->lower, family->chain[2], family->upper.key);
	family->chain[0] = notation_certificate(&family->leaf, family->chain[1], family->lower.key);
}

static void release(struct family *family)
{
	for (size_t i = 0; i < ARRAY_SIZE(family->chain); i++)
		X509_free(family->chain[i]);
}

/* NULL where the chain of these certificates is good, else why not; the next call's own. */
static const char *why_not(X509 *const *certificates, size_t count)
{
	static struct error *error;
	error_free(error);
	error = NULL;
	STACK_OF(X509) *chain = sk_X509_new_null();
	for (size_t i = 0; i < count; i++)
		sk_X509_push(chain, certificates[i]);
	int result = notation_chain_check(chain, &error);
	if (result == 0)
		result = notation_chain_check_validity(chain, NOTATION_NOW, "now", NULL, &error);
	sk_X509_free(chain);
	assert_true(result == 0 || result == -EPERM);
	return result == 0 ? NULL : error_message(error);
}

static void expect(const struct family *planned, const char *words)
{
	struct family family = *planned;
	found(&family);
	const char *why = why_not(family.chain, 4);
	if (!words != !why || (words && !strstr(why, words)))
		fail_msg("expected: %s\nbut: %s", words ? words : "good", why ? why : "good");
	release(&family);
}

static void a_whole_chain_is_verified_whoever_of_it_is_trusted(void **state)
{
	struct notation_world *world = *state;
	struct family family;
	plan(&family);
	found(&family);
	cleanup_free char *envelope = notation_envelope(&(struct envelope_recipe){0}, family.chain, 4);
	notation_add(world, envelope, NULL);
	for (size_t i = 0; i < 4; i++) {
		notation_trust(world, "partner", &family.chain[3], 1, NULL, NULL);
		assert_int_equal(notation_collect(world), 1);
		X509 *const store[] = {family.chain[3], family.chain[i]};
		notation_trust(world, "partner", store, 2, NULL, NULL);
		assert_int_equal(notation_collect(world), 1);
		assert_string_equal(json_string_value(json_array_get(world->claims.list[0].proof, 0)),
				    "Notary Project signature, JWS with ES256");
	}
	release(&family);
}

static void it_ends_in_a_root_and_is_in_order(void **state)
{
	(void)state;
	static const struct {
		size_t indices[5], count;
		const char *words;
	} rows[] = {
		{{0, 1, 2, 3}, 4, NULL},
		{{0, 1, 2}, 3, "x5c is not complete"},
		{{0, 1}, 2, "x5c is not complete"},
		{{0}, 1, "x5c is not complete"},
		{{0, 2, 1, 3}, 4, "not in order: certificate 1"},
		{{0, 1, 3}, 3, "not in order: certificate 2"},
		{{0, 1, 2, 3, 3}, 5, "certificates behind one that names itself"},
		{{0, 1, 1, 2, 3}, 5, "not in order: certificate 2"},
		{{1, 2, 3}, 3, "the signing certificate is a CA's"},
		{{3, 2, 1, 0}, 4, "the signing certificate is a CA's"},
	};
	struct family family;
	plan(&family);
	found(&family);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		X509 *chain[5] = {0};
		for (size_t j = 0; j < rows[i].count; j++)
			chain[j] = family.chain[rows[i].indices[j]];
		const char *why = why_not(chain, rows[i].count);
		if (!rows[i].words != !why || (why && !strstr(why, rows[i].words)))
			fail_msg("row %zu: %s", i, why ? why : "good");
	}
	release(&family);
}

static void a_name_alone_is_no_issuer(void **state)
{
	(void)state;
	struct family family, namesakes;
	plan(&family);
	plan(&namesakes);
	namesakes.lower.key = notation_numbered_key(4);
	namesakes.root.key = notation_numbered_key(5);
	found(&family);
	found(&namesakes);
	X509 *const other_issuer[] = {family.chain[0], namesakes.chain[1], namesakes.chain[2], namesakes.chain[3]};
	assert_non_null(strstr(why_not(other_issuer, 4), "not in order: certificate 1"));
	X509 *const other_root[] = {family.chain[0], family.chain[1], family.chain[2], namesakes.chain[3]};
	assert_non_null(strstr(why_not(other_root, 4), "not in order: certificate 3"));
	release(&family);
	release(&namesakes);
}

static void the_leaf_is_for_signing_code(void **state)
{
	(void)state;
	static const struct {
		const char *key_usage, *extended, *basic, *words;
	} rows[] = {
		{"critical,digitalSignature", NULL, NULL, NULL},
		{"critical,digitalSignature,nonRepudiation", "codeSigning", "critical,CA:FALSE", NULL},
		{"critical,digitalSignature", "codeSigning", "CA:FALSE", NULL},
		{"critical,digitalSignature", "critical,codeSigning", NULL, NULL},
		{"critical,digitalSignature", "1.3.6.1.4.1.311.10.3.13", NULL, NULL},
		{"", NULL, NULL, "key usage is not critical"},
		{"digitalSignature", NULL, NULL, "key usage is not critical"},
		{"critical,nonRepudiation", NULL, NULL, "key usage is not critical"},
		{"critical,digitalSignature,keyEncipherment", NULL, NULL, "not for digital signatures alone"},
		{"critical,digitalSignature,dataEncipherment", NULL, NULL, "not for digital signatures alone"},
		{"critical,digitalSignature,keyAgreement", NULL, NULL, "not for digital signatures alone"},
		{"critical,digitalSignature,keyCertSign", NULL, NULL, "not for digital signatures alone"},
		{"critical,digitalSignature,cRLSign", NULL, NULL, "not for digital signatures alone"},
		{"critical,digitalSignature,keyAgreement,encipherOnly", NULL, NULL, "not for digital signatures alone"},
		{"critical,digitalSignature,keyAgreement,decipherOnly", NULL, NULL, "not for digital signatures alone"},
		{"critical,digitalSignature", "codeSigning,serverAuth", NULL, "something else than signing code"},
		{"critical,digitalSignature", "clientAuth", NULL, "something else than signing code"},
		{"critical,digitalSignature", "emailProtection", NULL, "something else than signing code"},
		{"critical,digitalSignature", "timeStamping", NULL, "something else than signing code"},
		{"critical,digitalSignature", "OCSPSigning", NULL, "something else than signing code"},
		{"critical,digitalSignature", "anyExtendedKeyUsage", NULL, "something else than signing code"},
		{"critical,digitalSignature", NULL, "critical,CA:TRUE", "is a CA's"},
		{"critical,digitalSignature", NULL, "CA:TRUE", "is a CA's"},
	};
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct family family;
		plan(&family);
		family.leaf.key_usage = rows[i].key_usage;
		family.leaf.extended_key_usage = rows[i].extended;
		family.leaf.basic_constraints = rows[i].basic;
		expect(&family, rows[i].words);
	}
}

static void a_single_certificate_is_a_leaf(void **state)
{
	(void)state;
	cleanup_certificate X509 *good = notation_certificate(&(struct certificate_recipe){0}, NULL, NULL);
	assert_null(why_not(&good, 1));
	cleanup_certificate X509 *authority = notation_certificate(
		&(struct certificate_recipe){.key_usage = SIGNS_CERTIFICATES, .basic_constraints = AUTHORITY}, NULL, NULL);
	assert_non_null(strstr(why_not(&authority, 1), "is a CA's"));
	cleanup_certificate X509 *legacy = notation_certificate(&(struct certificate_recipe){.legacy = true}, NULL, NULL);
	assert_non_null(why_not(&legacy, 1));
	/* names itself, but somebody else signed it */
	cleanup_certificate X509 *forged =
		notation_certificate(&(struct certificate_recipe){0}, NULL, notation_numbered_key(6));
	assert_non_null(strstr(why_not(&forged, 1), "it does not end in a root"));
}

static void issuers_are_authorities(void **state)
{
	(void)state;
	static const struct {
		const char *key_usage, *basic, *words;
	} rows[] = {
		{SIGNS_CERTIFICATES, AUTHORITY, NULL},
		{"critical,keyCertSign,digitalSignature", AUTHORITY, NULL},
		{SIGNS_CERTIFICATES, "critical,CA:TRUE,pathlen:5", NULL},
		{SIGNS_CERTIFICATES, "CA:TRUE", "no CA by a critical basicConstraints"},
		{SIGNS_CERTIFICATES, "critical,CA:FALSE", "no CA by a critical basicConstraints"},
		{SIGNS_CERTIFICATES, NULL, "no CA by a critical basicConstraints"},
		{"", AUTHORITY, "may not sign certificates"},
		{"keyCertSign", AUTHORITY, "may not sign certificates"},
		{"critical,digitalSignature", AUTHORITY, "may not sign certificates"},
	};
	for (size_t i = 0; i < ARRAY_SIZE(rows) * 3; i++) {
		struct family family;
		plan(&family);
		struct certificate_recipe *const issuers[] = {&family.lower, &family.upper, &family.root};
		issuers[i % 3]->key_usage = rows[i / 3].key_usage;
		issuers[i % 3]->basic_constraints = rows[i / 3].basic;
		expect(&family, rows[i / 3].words);
	}
}

static void a_path_is_no_longer_than_its_issuers_allow(void **state)
{
	(void)state;
	static const char *const lengths[] = {"critical,CA:TRUE,pathlen:0", "critical,CA:TRUE,pathlen:1", "critical,CA:TRUE,pathlen:2"};
	for (size_t issuer = 0; issuer < 3; issuer++) {
		for (size_t length = 0; length < 3; length++) {
			struct family family;
			plan(&family);
			struct certificate_recipe *const issuers[] = {&family.lower, &family.upper, &family.root};
			issuers[issuer]->basic_constraints = lengths[length];
			expect(&family, length < issuer ? "stand below" : NULL);
		}
	}
}

static void weak_digests_and_keys_are_refused(void **state)
{
	(void)state;
	static const char *const keys[] = {"RSA-1024", "P-224"};
	for (size_t i = 0; i < 4; i++) {
		struct family family;
		plan(&family);
		struct certificate_recipe *const all[] = {&family.leaf, &family.lower, &family.upper, &family.root};
		all[i]->digest = EVP_sha1();
		expect(&family, "signed with a digest that is none of SHA-256");
		all[i]->digest = EVP_sha512();
		expect(&family, NULL);
		for (size_t j = 0; j < ARRAY_SIZE(keys); j++) {
			all[i]->key = notation_key(keys[j]);
			expect(&family, "a key that is neither RSA with at least 2048 bits nor ECDSA with at least 256");
		}
	}
}

static void what_is_critical_has_to_be_understood(void **state)
{
	(void)state;
	for (size_t i = 0; i < 4; i++) {
		struct family family;
		plan(&family);
		struct certificate_recipe *const all[] = {&family.leaf, &family.lower, &family.upper, &family.root};
		all[i]->name_constraints = "permitted;DNS:example.test";
		expect(&family, NULL);
		all[i]->name_constraints = "critical,permitted;DNS:example.test";
		expect(&family, "a critical extension that this verifier does not understand");
	}
}

static void all_are_valid_at_the_moment(void **state)
{
	(void)state;
	for (size_t i = 0; i < 4; i++) {
		struct family family;
		plan(&family);
		struct certificate_recipe *const all[] = {&family.leaf, &family.lower, &family.upper, &family.root};
		char words[64];
		(void)snprintf(words, sizeof(words), "certificate %zu of x5c is valid until", i + 1);
		all[i]->until = NOTATION_NOW - 1;
		expect(&family, words);
		all[i]->until = NOTATION_NOW;
		expect(&family, NULL);
		(void)snprintf(words, sizeof(words), "certificate %zu of x5c is valid only from", i + 1);
		all[i]->until = 0;
		all[i]->from = NOTATION_NOW + 1;
		expect(&family, words);
		all[i]->from = NOTATION_NOW;
		expect(&family, NULL);
	}
}

static void the_first_to_end_ends_the_signature(void **state)
{
	struct notation_world *world = *state;
	struct family family;
	plan(&family);
	family.upper.until = NOTATION_NOW + 77;
	found(&family);
	cleanup_free char *envelope = notation_envelope(&(struct envelope_recipe){0}, family.chain, 4);
	notation_add(world, envelope, NULL);
	notation_trust(world, "partner", &family.chain[3], 1, NULL, NULL);
	assert_int_equal(notation_collect(world), 1);
	assert_int_equal(world->claims.list[0].expires, NOTATION_NOW + 78);
	release(&family);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, notation_setup, notation_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_whole_chain_is_verified_whoever_of_it_is_trusted),
		TEST(it_ends_in_a_root_and_is_in_order),
		TEST(a_name_alone_is_no_issuer),
		TEST(the_leaf_is_for_signing_code),
		TEST(a_single_certificate_is_a_leaf),
		TEST(issuers_are_authorities),
		TEST(a_path_is_no_longer_than_its_issuers_allow),
		TEST(weak_digests_and_keys_are_refused),
		TEST(what_is_critical_has_to_be_understood),
		TEST(all_are_valid_at_the_moment),
		TEST(the_first_to_end_ends_the_signature),
	};
	return cmocka_run_group_tests_name("notation_chain", tests, NULL, NULL);
}
