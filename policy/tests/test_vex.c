/* OpenVEX: what sets a finding aside, and what does not. */
#include "policy/tests/vulnerability_support.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "policy/base/cleanup.h"
#include "policy/trust/vex.h"

#define DIGITS "33cd1e9d1e9d68f3ec267bb356b0d59da1196de1e81e62cb528ba805edb3e15b"
#define OTHER "43cd1e9d1e9d68f3ec267bb356b0d59da1196de1e81e62cb528ba805edb3e15b"
#define PRODUCT "{\"hashes\":{\"sha-256\":\"" DIGITS "\"}}"
#define WHY "\"justification\":\"component_not_present\""
#define NOT_AFFECTED "\"status\":\"not_affected\"," WHY

static int setup(void **state)
{
	if (gate_setup(state) < 0)
		return -1;
	struct gate *gate = *state;
	gate_attest(gate, "scan", COSIGN_VULN, gate_data("trivy.json"));
	gate_set(gate, "unknown", "\"allow\"");
	gate_set(gate, "vex", "\"vendor\"");
	return 0;
}

/* A document of 2026-11-21T09:00:00Z with these statements. */
static struct claim *state_of(struct gate *gate, const char *statements)
{
	cleanup_free char *text = NULL;
	assert_true(asprintf(&text, "{\"@context\":\"" OPENVEX "\",\"@id\":\"x\",\"author\":\"a\",\"version\":1,"
				    "\"timestamp\":\"2026-11-21T09:00:00Z\",\"statements\":[%s]}", statements) > 0);
	return gate_attest(gate, "vendor", OPENVEX, parse_document(text, DOCUMENT_PLAIN));
}

/* One statement on `name` and `product`; `rest` has its status. */
static struct claim *state_one(struct gate *gate, const char *name, const char *product, const char *rest)
{
	cleanup_free char *text = NULL;
	assert_true(asprintf(&text, "{\"vulnerability\":{\"name\":\"%s\",\"aliases\":[\"GHSA-1\"]},\"products\":[%s],%s}",
			     name, product, rest) > 0);
	return state_of(gate, text);
}

static void forget(struct gate *gate)
{
	while (gate->claims.count > 1)
		claim_release(&gate->claims.list[--gate->claims.count]);
}

static void a_trusted_statement_sets_aside(void **state)
{
	struct gate *gate = *state;
	gate_refuses(gate, NOW, "CVE-2021-28831");
	struct claim *claim = gate_attest(gate, "vendor", OPENVEX, gate_data("openvex.json"));
	gate_lets_pass(gate, NOW);
	assert_true(gate_proof_has(gate, "CVE-2021-28831 in \"busybox\" is set aside: not_affected by the OpenVEX "
					 "document sha256:"));
	assert_true(gate_proof_has(gate, "of \"vendor\""));
	assert_int_equal(gate->verdict.expires, SCANNED + 7 * DAY + 1);
	claim->expires = NOW + 9;
	gate_lets_pass(gate, NOW);
	assert_int_equal(gate->verdict.expires, NOW + 9);
}

static void only_by_the_signer_that_the_policy_names(void **state)
{
	static const char *const settings[] = {"null", "\"scan\"", "\"release\""};
	struct gate *gate = *state;
	gate_attest(gate, "vendor", OPENVEX, gate_data("openvex.json"));
	for (size_t i = 0; i < ARRAY_SIZE(settings); i++) {
		gate_set(gate, "vex", settings[i]);
		gate_refuses(gate, NOW, "CVE-2021-28831");
	}
	gate_set(gate, "vex", "\"vendor\"");
	gate_lets_pass(gate, NOW);
	gate->claims.list[1].kind = CLAIM_SIGNATURE;
	gate_refuses(gate, NOW, "CVE-2021-28831");
}

static void only_as_openvex(void **state)
{
	static const struct {
		const char *type;
		bool counts;
	} rows[] = {{"https://openvex.dev/ns", true}, {OPENVEX, true}, {"https://openvex.dev/ns/v0.3.0", false},
		    {COSIGN_VULN, false}, {"https://openvex.dev/", false}};
	struct gate *gate = *state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		gate_attest(gate, "vendor", rows[i].type, gate_data("openvex.json"));
		assert_int_equal(gate_passes(gate, NOW), rows[i].counts);
		forget(gate);
	}
}

static void only_these_statuses(void **state)
{
	static const struct {
		const char *rest;
		bool counts;
	} rows[] = {
		{NOT_AFFECTED, true},
		{"\"status\":\"not_affected\",\"impact_statement\":\"removed by a patch\"", true},
		{"\"status\":\"fixed\"", true},
		{"\"status\":\"not_affected\"", false},
		{"\"status\":\"not_affected\",\"impact_statement\":\"\"", false},
		{"\"status\":\"not_affected\",\"justification\":\"because\"", false},
		{"\"status\":\"affected\"," WHY, false},
		{"\"status\":\"under_investigation\"," WHY, false},
	};
	struct gate *gate = *state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		state_one(gate, "CVE-2021-28831", PRODUCT, rows[i].rest);
		assert_int_equal(gate_passes(gate, NOW), rows[i].counts);
		forget(gate);
	}
}

static void only_for_a_product_that_is_this_image_by_digest(void **state)
{
	static const struct {
		const char *product;
		bool counts;
	} rows[] = {
		{PRODUCT, true},
		{"{\"@id\":\"pkg:oci/tiny@sha256%3A" DIGITS "\"}", true},
		{"{\"@id\":\"pkg:oci/tiny@sha256%3a" DIGITS "?repository_url=registry.example/tiny&tag=1\"}", true},
		{"{\"@id\":\"pkg:oci/tiny@sha256:" DIGITS "#usr\"}", true},
		{"{\"@id\":\"pkg:oci/tiny@sha256:" DIGITS "?arch=amd64\"}", true},
		{"{\"@id\":\"pkg:oci/tiny@sha256:" DIGITS "?tag=1&arch=amd64#arch=arm64\"}", true},
		{"{\"@id\":\"pkg:oci/tiny@sha256:" DIGITS "?arch=arm64\"}", false},
		{"{\"@id\":\"pkg:oci/tiny@sha256:" DIGITS "?tag=1&arch=arm64&os=linux\"}", false},
		{"{\"@id\":\"pkg:oci/tiny@sha256:" DIGITS "?arch=amd\"}", false},
		{"{\"@id\":\"pkg:oci/tiny@sha256:" DIGITS "?arch=amd642\"}", false},
		{"{\"@id\":\"pkg:oci/tiny@sha256:" DIGITS "?arch=\"}", false},
		{"{\"identifiers\":{\"purl\":\"pkg:oci/tiny@sha256:" DIGITS "?arch=arm64\"}}", false},
		{"{\"identifiers\":{\"purl\":\"pkg:oci/tiny@sha256%3A" DIGITS "\"}}", true},
		{"{\"@id\":\"https://registry.example/tiny\",\"hashes\":{\"sha-256\":\"" DIGITS "\"}}", true},
		{"{\"@id\":\"pkg:oci/tiny@sha256%3A" OTHER "\"}", false},
		{"{\"@id\":\"pkg:oci/tiny@sha256%3A" OTHER "?a=@sha256:" DIGITS "\"}", false},
		{"{\"@id\":\"pkg:oci/tiny@sha256%3A" DIGITS "0\"}", false},
		{"{\"@id\":\"pkg:oci/tiny@" DIGITS "\"}", false},
		{"{\"@id\":\"pkg:oci/tiny\"}", false},
		{"{\"@id\":\"pkg:oci/tiny?a=@sha256:" DIGITS "\"}", false},
		{"{\"@id\":\"pkg:docker/tiny@sha256:" DIGITS "\"}", false},
		{"{\"@id\":\"registry.example/tiny@sha256:" DIGITS "\"}", false},
		{"{\"@id\":\"tiny\"}", false},
		{"{}", false},
		{"{\"hashes\":{\"sha-256\":\"" OTHER "\"}}", false},
		{"{\"hashes\":{\"sha-256\":\"sha256:" DIGITS "\"}}", false},
		{"{\"hashes\":{\"sha-256\":7}}", false},
		{"{\"hashes\":{\"sha-512\":\"" DIGITS "\"}}", false},
		/* names two images: neither */
		{"{\"@id\":\"pkg:oci/tiny@sha256%3A" OTHER "\",\"hashes\":{\"sha-256\":\"" DIGITS "\"}}", false},
		{"{\"@id\":\"pkg:oci/tiny@sha256%3A" DIGITS "\",\"hashes\":{\"sha-256\":\"" OTHER "\"}}", false},
	};
	struct gate *gate = *state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		state_one(gate, "CVE-2021-28831", rows[i].product, NOT_AFFECTED);
		if (gate_passes(gate, NOW) != rows[i].counts)
			fail_msg("%s: %s", rows[i].counts ? "does not count" : "counts", rows[i].product);
		forget(gate);
	}
	state_of(gate, "{\"vulnerability\":{\"name\":\"CVE-2021-28831\"}," NOT_AFFECTED "}");
	assert_false(gate_passes(gate, NOW));
}

static void the_index_of_the_image_is_the_image(void **state)
{
	struct gate *gate = *state;
	state_one(gate, "CVE-2021-28831", "{\"hashes\":{\"sha-256\":\"72d2cfa2aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
					  "aaaaaaaaaaaa\"}}", NOT_AFFECTED);
	assert_false(gate_passes(gate, NOW));
	free(gate->claims.list[1].subject);
	gate->claims.list[1].subject = strdup(INDEX);
	assert_true(gate_passes(gate, NOW));
}

static void by_the_name_or_an_alias(void **state)
{
	struct gate *gate = *state;
	state_one(gate, "CVE-2021-2883", PRODUCT, NOT_AFFECTED);
	assert_false(gate_passes(gate, NOW));
	forget(gate);
	state_of(gate, "{\"vulnerability\":{\"name\":\"GHSA-1\",\"aliases\":[\"GHSA-2\",\"CVE-2021-28831\"]},"
		       "\"products\":[" PRODUCT "]," NOT_AFFECTED "}");
	assert_true(gate_passes(gate, NOW));
}

static void the_alias_that_the_scanner_gives_is_a_name(void **state)
{
	struct gate *gate = *state;
	claims_release(&gate->claims);
	gate_attest(gate, "scan", COSIGN_VULN, gate_data("grype.json"));
	state_one(gate, "CVE-2021-44228", PRODUCT, NOT_AFFECTED);
	gate_lets_pass(gate, NOW);
}

static void of_several_statements_the_newest_counts(void **state)
{
	struct gate *gate = *state;
	state_one(gate, "CVE-2021-28831", PRODUCT, NOT_AFFECTED);
	state_one(gate, "CVE-2021-28831", PRODUCT, "\"status\":\"affected\",\"timestamp\":\"2026-11-21T09:00:01Z\"");
	assert_false(gate_passes(gate, NOW));
	state_one(gate, "CVE-2021-28831", PRODUCT, "\"status\":\"fixed\",\"timestamp\":\"2026-11-21T10:00:02+01:00\"");
	assert_true(gate_passes(gate, NOW));
	/* of the same moment */
	state_one(gate, "GHSA-1", PRODUCT, "\"status\":\"affected\",\"timestamp\":\"2026-11-21T09:00:02Z\"");
	assert_true(gate_passes(gate, NOW));
	state_one(gate, "CVE-2021-28831", PRODUCT, "\"status\":\"affected\",\"timestamp\":\"2026-11-21T09:00:02Z\"");
	assert_false(gate_passes(gate, NOW));
	state_one(gate, "CVE-2021-28831", PRODUCT, NOT_AFFECTED ",\"last_updated\":\"2026-11-21T09:00:03Z\"");
	assert_true(gate_passes(gate, NOW));
	/* one that does not say why takes back what was said before */
	state_one(gate, "CVE-2021-28831", PRODUCT, "\"status\":\"not_affected\",\"timestamp\":\"2026-11-21T09:00:04Z\"");
	assert_false(gate_passes(gate, NOW));
}

/* A version that says nothing more of a vulnerability takes back what the one before said. */
static void of_several_versions_of_a_document_the_highest_counts(void **state)
{
	static const struct {
		const char *id, *version, *signer;
		bool counts; /* the version before it */
	} rows[] = {
		{"x", "2", "vendor", false},
		{"x", "1", "vendor", true},
		{"x", "0", "vendor", true},
		{"x", "9223372036854775807", "vendor", false},
		{"x", "\"2\"", "vendor", true},
		{"x", "null", "vendor", true},
		{"y", "2", "vendor", true},
		{"x", "2", "stranger", true},
	};
	struct gate *gate = *state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		cleanup_free char *text = NULL;
		assert_true(asprintf(&text, "{\"@context\":\"" OPENVEX "\",\"@id\":\"%s\",\"author\":\"a\",\"version\":%s,"
					    "\"timestamp\":\"2026-11-21T10:00:00Z\",\"statements\":[]}", rows[i].id,
				     rows[i].version) > 0);
		state_one(gate, "CVE-2021-28831", PRODUCT, NOT_AFFECTED);
		gate_attest(gate, rows[i].signer, OPENVEX, parse_document(text, DOCUMENT_PLAIN));
		if (gate_passes(gate, NOW) != rows[i].counts)
			fail_msg("row %zu", i);
		forget(gate);
	}
}

static void one_from_the_future_sets_nothing_aside_until_then(void **state)
{
	struct gate *gate = *state;
	state_one(gate, "CVE-2021-28831", PRODUCT, NOT_AFFECTED);
	assert_true(gate_passes(gate, NOW));
	state_one(gate, "CVE-2021-28831", PRODUCT, NOT_AFFECTED ",\"timestamp\":\"2026-11-22T09:00:00Z\"");
	assert_false(gate_passes(gate, NOW));
	assert_int_equal(gate->verdict.expires, 1795338000);
	assert_true(gate_passes(gate, 1795338000));
}

static void a_document_that_cannot_be_read_silences_all(void **state)
{
	static const char *const broken[] = {
		"{}",
		"{\"vulnerability\":\"CVE-1\",\"products\":[\"x\"],\"status\":\"fixed\"}",
		"{\"vulnerability\":{\"name\":\"CVE-1\"},\"products\":[]}",
		"{\"vulnerability\":{\"name\":\"CVE-1\"},\"products\":[],\"status\":\"Fixed\"}",
		"{\"vulnerability\":{\"name\":\"CVE-1\"},\"products\":{},\"status\":\"fixed\"}",
		"{\"vulnerability\":{\"name\":\"CVE-1\"},\"products\":[\"x\"],\"status\":\"fixed\"}",
		"{\"vulnerability\":{\"name\":\"CVE-1\"},\"products\":[{\"subcomponents\":7}],\"status\":\"fixed\"}",
		"{\"vulnerability\":{\"name\":\"CVE-1\",\"aliases\":\"x\"},\"products\":[],\"status\":\"fixed\"}",
		"{\"vulnerability\":{\"name\":\"CVE-1\",\"aliases\":[7]},\"products\":[" PRODUCT "],\"status\":\"fixed\"}",
		"{\"vulnerability\":{\"name\":\"CVE-1\"},\"products\":[],\"status\":\"fixed\",\"timestamp\":\"today\"}",
		"{\"vulnerability\":{\"name\":\"CVE-1\"},\"products\":[],\"status\":\"fixed\",\"last_updated\":7}",
		"7",
	};
	struct gate *gate = *state;
	for (size_t i = 0; i < ARRAY_SIZE(broken); i++) {
		gate_attest(gate, "vendor", OPENVEX, gate_data("openvex.json"));
		assert_true(gate_passes(gate, NOW));
		state_of(gate, broken[i]);
		gate_refuses(gate, NOW, "so no OpenVEX document of \"vendor\" sets anything aside");
		gate_refuses(gate, NOW, "CVE-2021-28831");
		forget(gate);
	}
}

static void a_document_without_its_frame_silences_all(void **state)
{
	static const char *const keys[] = {"@context", "timestamp", "statements"};
	struct gate *gate = *state;
	for (size_t i = 0; i < ARRAY_SIZE(keys); i++) {
		json_t *document = gate_data("openvex.json");
		json_object_del(document, keys[i]);
		gate_attest(gate, "vendor", OPENVEX, document);
		gate_refuses(gate, NOW, "sets anything aside");
		forget(gate);
		document = gate_data("openvex.json");
		json_object_set_new(document, keys[i], json_string("https://openvex.dev/ns/v9"));
		gate_attest(gate, "vendor", OPENVEX, document);
		gate_refuses(gate, NOW, "sets anything aside");
		forget(gate);
	}
}

/* A broken document where nothing would need one refuses nothing. */
static void without_need_nobody_is_silenced(void **state)
{
	struct gate *gate = *state;
	gate_set(gate, "max-cvss", "10000");
	state_of(gate, "{}");
	gate_lets_pass(gate, NOW);
}

static void subcomponents_are_the_only_packages_meant(void **state)
{
	static const struct {
		const char *component;
		bool counts;
	} rows[] = {
		{"{\"@id\":\"pkg:deb/debian/busybox\"}", true},
		{"{\"@id\":\"pkg:deb/debian/busybox@1.31.1\"}", true},
		{"{\"@id\":\"pkg:deb/debian/busybox@1.31.1?arch=amd64&distro=debian-12.5\"}", true},
		{"{\"@id\":\"x\",\"identifiers\":{\"purl\":\"pkg:deb/debian/busybox\"}}", true},
		{"{\"@id\":\"pkg:deb/debian/other\"},{\"@id\":\"pkg:deb/debian/busybox\"}", true},
		{"{\"@id\":\"pkg:deb/debian/busybox@1.31\"}", false},
		{"{\"@id\":\"pkg:deb/debian/busybox@1.31.1?arch=arm64\"}", false},
		{"{\"@id\":\"pkg:deb/debian/busy\"}", false},
		{"{\"@id\":\"pkg:deb/debian\"}", false},
		{"{\"@id\":\"pkg:deb/debian/busybox-static\"}", false},
		{"{\"@id\":\"busybox\"}", false},
		{"{}", false},
		{"7", false},
	};
	struct gate *gate = *state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		char product[512];
		(void)snprintf(product, sizeof(product), "{\"hashes\":{\"sha-256\":\"" DIGITS "\"},\"subcomponents\":[%s]}",
			       rows[i].component);
		state_one(gate, "CVE-2021-28831", product, NOT_AFFECTED);
		if (gate_passes(gate, NOW) != rows[i].counts)
			fail_msg("%s: %s", rows[i].counts ? "does not count" : "counts", rows[i].component);
		forget(gate);
	}
}

static void of_a_package_that_is_not_told_subcomponents_only_take_back(void **state)
{
	struct gate *gate = *state;
	claims_release(&gate->claims);
	gate_attest(gate, "scan", IN_TOTO_VULNS, gate_data("in_toto.json"));
	static const char product[] = "{\"hashes\":{\"sha-256\":\"" DIGITS "\"},\"subcomponents\":[{\"@id\":\"pkg:a/b\"}]}";
	state_one(gate, "CVE-2021-28831", product, NOT_AFFECTED);
	assert_false(gate_passes(gate, NOW));
	state_one(gate, "CVE-2021-28831", PRODUCT, NOT_AFFECTED);
	assert_true(gate_passes(gate, NOW));
	state_one(gate, "CVE-2021-28831", product, "\"status\":\"affected\"");
	assert_false(gate_passes(gate, NOW));
}

static void purls_are_compared_by_their_parts(void **state)
{
	(void)state;
	static const struct {
		const char *purl, *wanted;
		bool same;
	} rows[] = {
		{"pkg:npm/%40angular/core@1.0", "pkg:npm/%40angular/core", true},
		{"pkg:npm/@angular/core@1.0", "pkg:npm/@angular/core", true},
		{"pkg:npm/@angular/core@1.0", "pkg:npm/@angular/core@1.0", true},
		{"pkg:golang/x/y@v1#sub", "pkg:golang/x/y@v1", true},
		{"pkg:golang/x/y@v1", "pkg:golang/x/y@v1#sub", false},
		{"pkg:golang/x/y", "pkg:golang/x/y@v1", false},
		{"pkg:golang/x/y@v1?a=@v2", "pkg:golang/x/y@v2", false},
		{"x", "x", true},
		{"x@1", "x", false},
		{"", "pkg:", false},
	};
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		assert_int_equal(vex_purl_matches(rows[i].purl, rows[i].wanted), rows[i].same);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, gate_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_trusted_statement_sets_aside),
		TEST(only_by_the_signer_that_the_policy_names),
		TEST(only_as_openvex),
		TEST(only_these_statuses),
		TEST(only_for_a_product_that_is_this_image_by_digest),
		TEST(the_index_of_the_image_is_the_image),
		TEST(by_the_name_or_an_alias),
		TEST(the_alias_that_the_scanner_gives_is_a_name),
		TEST(of_several_statements_the_newest_counts),
		TEST(of_several_versions_of_a_document_the_highest_counts),
		TEST(one_from_the_future_sets_nothing_aside_until_then),
		TEST(a_document_that_cannot_be_read_silences_all),
		TEST(a_document_without_its_frame_silences_all),
		TEST(without_need_nobody_is_silenced),
		TEST(subcomponents_are_the_only_packages_meant),
		TEST(of_a_package_that_is_not_told_subcomponents_only_take_back),
		TEST(purls_are_compared_by_their_parts),
	};
	return cmocka_run_group_tests_name("vex", tests, NULL, NULL);
}
