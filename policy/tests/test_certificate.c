/* Paths to an authority, one fault at a time, and whom a certificate names. */
#include "policy/tests/keyless_support.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "policy/base/cleanup.h"
#include "policy/tests/notation_support.h"
#include "policy/trust/certificate_identity.h"

#define MADE "keyless/made/"

static struct certificate_set *set_of(const char *const *names)
{
	struct certificate_set *set = certificate_set_new();
	for (; *names; names++)
		assert_int_equal(certificate_set_add(set, keyless_certificate(*names), NULL), 0);
	return set;
}

/* NULL for `why`: there is a path. */
static void check_path(const char *leaf_name, const char *const *names, const char *why)
{
	struct certificate_set *set = set_of(names);
	cleanup_certificate X509 *leaf = keyless_certificate(leaf_name);
	cleanup_certificates STACK_OF(X509) *path = NULL;
	cleanup_error struct error *error = NULL;
	const struct certificate_path_question question = {
		.set = set, .leaf = leaf, .time = KEYLESS_SIGNED_AT, .use = CERTIFICATE_SIGNS_CODE};
	int result = certificate_path_check(&question, &path, &error);
	if (why)
		assert_signature_refused(leaf_name, result, error, why);
	else if (result < 0)
		fail_msg("%s: %s", leaf_name, error_message(error));
	assert_int_equal(path != NULL, result == 0);
	certificate_set_free(set);
}

static void leaves(void **state)
{
	static const char *const authorities[] = {"keyless/inter.pem", "keyless/root.pem", MADE "below.pem", NULL};
	static const struct {
		const char *leaf, *why;
	} rows[] = {
		{"keyless/leaf.pem", NULL},
		{MADE "leaf-uri.pem", NULL},
		{MADE "leaf-no-usage.pem", "not made for code signing"},
		{MADE "leaf-server-usage.pem", "not made for code signing"},
		{MADE "leaf-any-usage.pem", "not made for code signing"},
		{MADE "leaf-key-usage.pem", "not for digital signatures"},
		{MADE "leaf-is-ca.pem", "is a certificate authority's"},
		{MADE "leaf-critical.pem", "unhandled critical extension"},
		{MADE "leaf-other-issuer.pem", "number 0 of it"},
		{MADE "leaf-below.pem", "path length constraint exceeded"},
		{MADE "leaf-weak-curve.pem", "too weak"},
		{"keyless/tsa.pem", "not made for code signing"},
	};
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		check_path(rows[i].leaf, authorities, rows[i].why);
}

static void intermediates(void **state)
{
	static const struct {
		const char *intermediate, *why;
	} rows[] = {
		{"keyless/inter.pem", NULL},
		{MADE "inter-expired.pem", "(1 that were not valid then"},
		{MADE "inter-not-yet.pem", "(1 that were not valid then"},
		{MADE "inter-not-ca.pem", "invalid CA certificate"},
		{MADE "inter-no-constraints.pem", "invalid CA certificate"},
		{MADE "inter-no-key-usage.pem", "without key usage keyCertSign"},
		{MADE "inter-no-cert-sign.pem", "number 1 of it"},
		{MADE "inter-critical.pem", "unhandled critical extension"},
		{MADE "inter-server.pem", "no authority for code signing"},
	};
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const char *const authorities[] = {rows[i].intermediate, "keyless/root.pem", NULL};
		check_path("keyless/leaf.pem", authorities, rows[i].why);
	}
}

/* `openssl req -x509` and `openssl x509 -req` say neither what an authority's key is for nor
 * which key it is; cosign takes both. What an authority says of itself has to let it be one. */
static void authorities_as_openssl_makes_them(void **state)
{
	static const struct {
		struct certificate_recipe root, inter;
		const char *why;
	} rows[] = {
		{{.basic_constraints = "critical,CA:TRUE"}, {.basic_constraints = "critical,CA:TRUE"}, NULL},
		{{.basic_constraints = "CA:TRUE"}, {.basic_constraints = "CA:TRUE"}, NULL},
		{{.basic_constraints = "CA:TRUE"}, {.basic_constraints = "CA:FALSE"}, "invalid CA certificate"},
		{{.basic_constraints = "CA:TRUE"}, {0}, "invalid CA certificate"},
		{{.basic_constraints = "CA:TRUE"}, {.legacy = true}, "invalid CA certificate"},
		{{.basic_constraints = "CA:FALSE"}, {.basic_constraints = "CA:TRUE"}, "invalid CA certificate"},
		{{0}, {.basic_constraints = "CA:TRUE"}, "invalid CA certificate"},
		{{.legacy = true}, {.basic_constraints = "CA:TRUE"}, "invalid CA certificate"},
		{{.basic_constraints = "CA:TRUE", .key_usage = "digitalSignature"}, {.basic_constraints = "CA:TRUE"}, "invalid CA certificate"},
		{{.basic_constraints = "CA:TRUE"}, {.basic_constraints = "CA:TRUE", .key_usage = "cRLSign"}, "invalid CA certificate"},
		{{.basic_constraints = "CA:TRUE", .name_constraints = "permitted;email:.other.test"},
		 {.basic_constraints = "CA:TRUE"}, "permitted subtree violation"},
	};
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct certificate_recipe root = rows[i].root, inter = rows[i].inter;
		root.name = "root";
		inter.name = "inter";
		root.key = notation_numbered_key(1);
		inter.key = notation_numbered_key(2);
		root.key_usage = root.key_usage ? root.key_usage : "";
		inter.key_usage = inter.key_usage ? inter.key_usage : "";
		X509 *made[] = {notation_certificate(&root, NULL, NULL), NULL};
		made[1] = notation_certificate(&inter, made[0], root.key);
		const struct certificate_recipe recipe = {.extended_key_usage = "codeSigning",
							  .alternative_name = "email:builder@example.test"};
		cleanup_certificate X509 *leaf = notation_certificate(&recipe, made[1], inter.key);
		struct certificate_set *set = certificate_set_new();
		for (size_t j = 0; j < ARRAY_SIZE(made); j++)
			assert_int_equal(certificate_set_add(set, made[j], NULL), 0);
		const struct certificate_path_question question = {
			.set = set, .leaf = leaf, .time = NOTATION_NOW, .use = CERTIFICATE_SIGNS_CODE};
		cleanup_error struct error *error = NULL;
		int result = certificate_path_check(&question, NULL, &error);
		if (rows[i].why)
			assert_signature_refused("an authority", result, error, rows[i].why);
		else if (result < 0)
			fail_msg("%zu: %s", i, error_message(error));
		certificate_set_free(set);
	}
}

/* No path ends before its root, and a pinned certificate is not its own authority. */
static void the_root_alone_is_trusted(void **state)
{
	static const char *const no_root[] = {"keyless/inter.pem", NULL};
	static const char *const other_root[] = {"keyless/inter.pem", "keyless/tsa-root.pem", NULL};
	static const char *const leaf_only[] = {"keyless/leaf.pem", NULL};
	static const char *const itself[] = {MADE "leaf-self-signed.pem", NULL};
	static const char *const root_only[] = {"keyless/root.pem", NULL};
	(void)state;
	check_path("keyless/leaf.pem", no_root, "unable to get");
	check_path("keyless/leaf.pem", other_root, "unable to get");
	check_path("keyless/leaf.pem", leaf_only, "unable to get");
	check_path("keyless/leaf.pem", root_only, "unable to get");
	check_path(MADE "leaf-self-signed.pem", itself, "is itself one of the authorities");
	check_path("keyless/root.pem", root_only, "is a certificate authority's");
}

static void what_comes_with_the_signature_is_a_hint(void **state)
{
	(void)state;
	static const char *const roots[] = {"keyless/root.pem", NULL};
	struct certificate_set *set = set_of(roots);
	cleanup_certificate X509 *leaf = keyless_certificate("keyless/leaf.pem"), *inter = keyless_certificate("keyless/inter.pem"),
				 *other = keyless_certificate("keyless/tsa-root.pem");
	cleanup_encoding unsigned char *der = NULL, *other_der = NULL;
	int size = i2d_X509(inter, &der), other_size = i2d_X509(other, &other_der);
	const struct bytes hints[9] = {{other_der, (size_t)other_size}, {der, (size_t)size}, {der, (size_t)size - 1}};
	struct certificate_path_question question = {.set = set, .leaf = leaf, .hints = hints, .hint_count = 2,
						     .time = KEYLESS_SIGNED_AT, .use = CERTIFICATE_SIGNS_CODE};
	assert_int_equal(certificate_path_check(&question, NULL, NULL), 0);
	question.hint_count = 1;
	assert_int_equal(certificate_path_check(&question, NULL, NULL), -EPERM);
	question.hint_count = 3;
	assert_int_equal(certificate_path_check(&question, NULL, NULL), -EINVAL);
	question.hint_count = 9;
	assert_int_equal(certificate_path_check(&question, NULL, NULL), -EPERM);
	question.hint_count = 2;
	question.use = CERTIFICATE_STAMPS_TIME;
	assert_int_equal(certificate_path_check(&question, NULL, NULL), -EPERM);
	question.use = CERTIFICATE_USE_NONE;
	assert_int_equal(certificate_path_check(&question, NULL, NULL), -EPERM);
	certificate_set_free(set);
}

/* A validity has both of its ends. */
static void times(void **state)
{
	(void)state;
	static const char *const authorities[] = {"keyless/inter.pem", "keyless/root.pem", NULL};
	struct certificate_set *set = set_of(authorities);
	cleanup_certificate X509 *leaf = keyless_certificate("keyless/leaf.pem");
	struct certificate_path_question question = {.set = set, .leaf = leaf, .use = CERTIFICATE_SIGNS_CODE};
	const int64_t begin = 1792739737;
	static const struct {
		int64_t time;
		int result;
	} rows[] = {{0, 0}, {600, 0}, {-1, -EPERM}, {601, -EPERM}};
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		question.time = begin + rows[i].time;
		assert_int_equal(certificate_path_check(&question, NULL, NULL), rows[i].result);
	}
	static const int64_t odd[] = {0, -1, INT64_MIN, INT64_MAX};
	for (size_t i = 0; i < ARRAY_SIZE(odd); i++) {
		question.time = odd[i];
		assert_int_equal(certificate_path_check(&question, NULL, NULL), -EPERM);
	}
	certificate_set_free(set);
}

static void identities(void **state)
{
	static const struct {
		const char *name, *identity, *why;
	} rows[] = {
		{"keyless/leaf.pem", KEYLESS_IDENTITY, NULL},
		{MADE "leaf-uri.pem", "https://example.test/builder", NULL},
		{MADE "leaf-two-names.pem", NULL, "has 2 subject alternative names"},
		{MADE "leaf-no-name.pem", NULL, "no subject alternative name"},
		{MADE "leaf-nul.pem", NULL, "has bytes that"},
		{MADE "leaf-newline.pem", NULL, "has bytes that"},
		{MADE "leaf-dns.pem", NULL, "neither a URI nor"},
		{MADE "leaf-other-name.pem", NULL, "neither a URI nor"},
	};
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		cleanup_certificate X509 *certificate = keyless_certificate(rows[i].name);
		cleanup_error struct error *error = NULL;
		cleanup_free char *identity = NULL;
		int result = certificate_identity(certificate, &identity, &error);
		if (rows[i].why)
			assert_signature_refused(rows[i].name, result, error, rows[i].why);
		else
			assert_string_equal(identity, rows[i].identity);
	}
}

static void issuers(void **state)
{
	static const struct {
		const char *name, *why;
	} rows[] = {
		{"keyless/leaf.pem", NULL},
		{MADE "leaf-issuer-raw-only.pem", NULL},
		{MADE "leaf-issuer-utf8-only.pem", NULL},
		{MADE "leaf-issuers-differ.pem", "names two issuers"},
		{MADE "leaf-no-issuer.pem", "names no issuer"},
		{MADE "leaf-issuer-not-der.pem", "no UTF8String in DER"},
		{MADE "leaf-issuer-trailing.pem", "no UTF8String in DER"},
		{MADE "leaf-issuer-printable-string.pem", "no UTF8String in DER"},
		{MADE "leaf-issuer-nul.pem", "has bytes that a URL"},
	};
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		cleanup_certificate X509 *certificate = keyless_certificate(rows[i].name);
		cleanup_error struct error *error = NULL;
		cleanup_free char *issuer = NULL;
		int result = certificate_issuer(certificate, &issuer, &error);
		if (rows[i].why)
			assert_signature_refused(rows[i].name, result, error, rows[i].why);
		else
			assert_string_equal(issuer, KEYLESS_ISSUER);
	}
}

static void sets_are_read_strictly(void **state)
{
	(void)state;
	struct bytes root = keyless_bytes("keyless/root.pem"), inter = keyless_bytes("keyless/inter.pem");
	const char *root_text = (const char *)root.data, *inter_text = (const char *)inter.data;
	const struct {
		const char *before, *text, *after;
		bool valid;
	} rows[] = {
		{"", root_text, "", true},
		{inter_text, root_text, "", true},
		{"", inter_text, "", false},
		{"", "", "", false},
		{"subject=CN = root\n", root_text, "", false},
		{"", root_text, "-----BEGIN PRIVATE KEY-----\nAA==\n-----END PRIVATE KEY-----\n", false},
		{"", root_text, "-----BEGIN CERTIFICATE-----\n", false},
		{"", root_text, "-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n", false},
		{"", root_text, " ", false},
	};
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		char text[8192];
		(void)snprintf(text, sizeof(text), "%s%s%s", rows[i].before, rows[i].text, rows[i].after);
		struct certificate_set *set = NULL;
		cleanup_error struct error *error = NULL;
		int result = certificate_set_read(text, "the authorities", &set, &error);
		if ((result == 0) != rows[i].valid)
			fail_msg("%zu: %s", i, error_message(error));
		assert_int_equal(set != NULL, rows[i].valid);
		certificate_set_free(set);
	}
	free((void *)(uintptr_t)root.data);
	free((void *)(uintptr_t)inter.data);
}

/* Certificates that are cut off, longer, or not in DER. */
static void one_certificate_and_no_byte_more(void **state)
{
	(void)state;
	cleanup_certificate X509 *leaf = keyless_certificate("keyless/leaf.pem");
	cleanup_encoding unsigned char *der = NULL;
	int size = i2d_X509(leaf, &der);
	cleanup_free uint8_t *longer = calloc(1, (size_t)size + 1);
	memcpy(longer, der, (size_t)size);
	for (size_t length = 0; length <= (size_t)size + 1; length++) {
		X509 *read = NULL;
		/* a copy of its own, so that a read past its end shows */
		cleanup_free uint8_t *copy = malloc(length + 1);
		memcpy(copy, longer, length > (size_t)size ? (size_t)size + 1 : length);
		copy = realloc(copy, length ? length : 1);
		int result = certificate_read_der(&(struct bytes){copy, length}, "it", &read, NULL);
		assert_int_equal(result, length == (size_t)size ? 0 : -EINVAL);
		X509_free(read);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(leaves),
		cmocka_unit_test(intermediates),
		cmocka_unit_test(authorities_as_openssl_makes_them),
		cmocka_unit_test(the_root_alone_is_trusted),
		cmocka_unit_test(what_comes_with_the_signature_is_a_hint),
		cmocka_unit_test(times),
		cmocka_unit_test(identities),
		cmocka_unit_test(issuers),
		cmocka_unit_test(sets_are_read_strictly),
		cmocka_unit_test(one_certificate_and_no_byte_more),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
