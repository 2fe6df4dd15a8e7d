/* What the policy's trust section asks of one container, after scopes and exceptions. */
#include "policy/tests/rules_support.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "policy/base/cleanup.h"
#include "policy/base/file.h"
#include "policy/base/text.h"
#include "policy/rules/trust_records.h"
#include "policy/trust/settings.h"

#define KEYS "policy/tests/policies/accepted/keys/"
#define SIGNERS \
	"  signers:\n" \
	"    a: {key: " KEYS "release.pub}\n" \
	"    b: {key: " KEYS "spare.pub}\n" \
	"    c: {key: " KEYS "vex.pub}\n" \
	"    s: {key: " KEYS "scanner.pub}\n"

static const char *state;

static int set_up(void **unused)
{
	(void)unused;
	state = make_trusted_directory("16m");
	return 0;
}

static int tear_down(void **unused)
{
	(void)unused;
	return umount2("/mnt", MNT_DETACH);
}

static struct facts container(enum engine engine, const char *image)
{
	struct facts facts = {.engine = engine};
	if (image)
		assert_int_equal(fact_set(&facts.image, image, PROVENANCE_USER), 0);
	return facts;
}

static struct policy *open_applied(const char *text)
{
	struct policy *policy = NULL;
	(void)apply_text(state, text, NOON_2027_01_01);
	assert_int_equal(policy_open(state, &policy, NULL), 0);
	return policy;
}

/* Checked, and as compact JSON of one key, or of all. */
static char *asked(const struct policy *policy, const struct facts *facts, const char *key)
{
	cleanup_json json_t *settings = NULL;
	cleanup_error struct error *error = NULL;
	if (policy_trust(policy, facts, &settings, &error) < 0)
		fail_msg("%s", error_message(error));
	assert_int_equal(trust_settings_check(settings, NULL), 0);
	char *text = json_dumps(key ? json_object_get(settings, key) : settings,
				JSON_COMPACT | JSON_SORT_KEYS | JSON_ENCODE_ANY);
	assert_non_null(text);
	return text;
}

/* The patterns of every entry in every group: "[[nginx],[]]". */
static char *groups_of(const struct policy *policy, const struct facts *facts)
{
	cleanup_json json_t *settings = NULL;
	struct text text = {0};
	size_t i, j, k;
	json_t *group, *image, *pattern;
	assert_int_equal(policy_trust(policy, facts, &settings, NULL), 0);
	json_array_foreach(json_object_get(settings, "images"), i, group)
	{
		text_append(&text, "[");
		json_array_foreach(group, j, image)
			json_array_foreach(json_object_get(image, "match"), k, pattern)
				text_append_format(&text, "%s ", json_string_value(pattern));
		text_append(&text, "]");
	}
	text_append(&text, "");
	return text_finish(&text);
}

static void a_policy_without_trust_asks_nothing(void **unused)
{
	(void)unused;
	cleanup_policy struct policy *policy = open_applied("version: 1\nscopes: [{for: {engine: cri}, mode: audit}]\n");
	struct facts facts = container(ENGINE_CRI, "nginx");
	struct policy_trust trust;
	assert_int_equal(policy_trust_outline(policy, &facts, &trust, NULL), 0);
	assert_false(trust.ask);
	assert_string_equal(trust.unmatched, "audit");
	assert_string_equal(trust.bind, "layers");
	assert_string_equal(trust.identity, "");
	assert_false(policy_needs_digest(policy));
	cleanup_free char *all = asked(policy, &facts, NULL);
	assert_string_equal(all, "{\"bind\":\"layers\",\"deny\":[],\"empty-upper\":false,\"images\":[],\"registries\":null,"
				 "\"require-digest\":false,\"signers\":{},\"unmatched\":\"audit\",\"wanted\":false}");
	facts_release(&facts);
}

static void what_asks_is_known_without_reading_it(void **unused)
{
	(void)unused;
	static const struct {
		const char *trust;
		bool asks;
		const char *unmatched;
	} rows[] = {
		{"{}", false, "audit"},
		{"{unmatched: audit}", false, "audit"},
		{"{unmatched: allow, bind: digest}", false, "allow"},
		{"{unmatched: allow, images: []}", false, "allow"},
		{"{registries: \"**\"}", false, "audit"},
		{"{unmatched: refuse}", true, "refuse"},
		{"{empty-upper-directory: true}", true, "audit"},
		{"{require-digest: true}", true, "audit"},
		{"{registries: docker.io}", true, "audit"},
		{"{deny: \"" DIGEST_A "\"}", true, "audit"},
		{"{images: [{match: nginx, max-age: 1d}]}", true, "audit"},
		{"{signers: {a: {key: " KEYS "release.pub}}}", true, "refuse"},
		{"{unmatched: audit, signers: {a: {key: " KEYS "release.pub}}}", false, "audit"},
	};
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		cleanup_text struct text text = {0};
		text_append_format(&text, "version: 1\ntrust: %s\n", rows[i].trust);
		cleanup_policy struct policy *policy = open_applied(text.data);
		struct facts facts = container(ENGINE_DOCKER, "nginx");
		struct policy_trust trust;
		cleanup_json json_t *settings = NULL;
		assert_int_equal(policy_trust_outline(policy, &facts, &trust, NULL), 0);
		assert_int_equal(policy_trust(policy, &facts, &settings, NULL), 0);
		if (trust.ask != rows[i].asks || settings_ask(settings) != rows[i].asks ||
		    policy_needs_digest(policy) != rows[i].asks)
			fail_msg("%s", rows[i].trust);
		assert_string_equal(trust.unmatched, rows[i].unmatched);
		facts_release(&facts);
	}
}

static void entries_are_read_where_the_name_fits(void **unused)
{
	(void)unused;
	cleanup_policy struct policy *policy = open_applied(
		"version: 1\ntrust:\n" SIGNERS
		"  images:\n"
		"    - {match: registry.example/**, signed-by: a}\n"
		"    - {match: [nginx, registry.example/db/*], signed-by: {at-least: 2, of: [b, c]}}\n"
		"    - {match: \"**\", vulnerabilities: {scanner: s, max-cvss: 6.9, max-age: 7d}}\n");
	static const struct {
		const char *image, *groups;
		const char *signers[4];
	} rows[] = {
		{"registry.example/app", "[registry.example/** ** ]", {"a", "s"}},
		{"registry.example/db/x:1", "[registry.example/** nginx registry.example/db/* ** ]", {"a", "b", "c", "s"}},
		{"nginx", "[nginx registry.example/db/* ** ]", {"b", "c", "s"}},
		{"redis", "[** ]", {"s"}},
		{DIGEST_A, "[registry.example/** nginx registry.example/db/* ** ]", {"a", "b", "c", "s"}},
		{NULL, "[registry.example/** nginx registry.example/db/* ** ]", {"a", "b", "c", "s"}},
	};
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct facts facts = container(ENGINE_DOCKER, rows[i].image);
		cleanup_json json_t *settings = NULL;
		cleanup_free char *groups = groups_of(policy, &facts);
		assert_string_equal(groups, rows[i].groups);
		assert_int_equal(policy_trust(policy, &facts, &settings, NULL), 0);
		size_t count = 0;
		for (; count < ARRAY_SIZE(rows[i].signers) && rows[i].signers[count]; count++)
			assert_non_null(json_object_get(json_object_get(settings, "signers"), rows[i].signers[count]));
		assert_int_equal(json_object_size(json_object_get(settings, "signers")), count);
		facts_release(&facts);
	}
}

static void a_whole_entry_comes_out_as_it_was_written(void **unused)
{
	(void)unused;
	cleanup_policy struct policy *policy = open_applied(
		"version: 1\ntrust:\n" SIGNERS
		"  images:\n"
		"    - match: nginx\n"
		"      signed-by: {at-least: 2, of: [a, b]}\n"
		"      match-repository: true\n"
		"      annotations: {env: prod}\n"
		"      max-age: 90d\n"
		"      attestations: [{type: \"https://slsa.dev/provenance/v1\", signed-by: a}]\n"
		"      vulnerabilities: {scanner: s, max-cvss: 6.9, max-age: 7d, vex: c,\n"
		"        ignore: [{id: CVE-2026-1, reason: r, expires: 2027-03-31}]}\n");
	struct facts facts = container(ENGINE_DOCKER, "nginx");
	cleanup_free char *images = asked(policy, &facts, "images");
	assert_string_equal(images,
			    "[[{\"annotations\":{\"env\":\"prod\"},\"attestations\":[{\"signed-by\":{\"at-least\":1,\"of\":[\"a\"]},"
			    "\"type\":\"https://slsa.dev/provenance/v1\"}],\"match\":[\"nginx\"],\"match-repository\":true,"
			    "\"max-age\":7776000,\"signed-by\":{\"at-least\":2,\"of\":[\"a\",\"b\"]},\"vulnerabilities\":"
			    "{\"fixable-only\":false,\"ignore\":[{\"expires\":1806537600,\"id\":\"CVE-2026-1\",\"reason\":\"r\"}],"
			    "\"max-age\":604800,\"max-cvss\":6900,\"max-severity\":null,\"scanner\":\"s\",\"unknown\":\"refuse\","
			    "\"vex\":\"c\"}}]]");
	facts_release(&facts);
}

/* The key itself is in the generation: what is done to its file later changes nothing. */
static void a_key_is_embedded(void **unused)
{
	(void)unused;
	cleanup_free char *key = NULL, *text = NULL, *own = NULL;
	size_t length = 0;
	char *directory = make_temporary_directory();
	assert_int_equal(file_read(KEYS "release.pub", 4096, &key, &length, NULL), 0);
	assert_true(asprintf(&own, "%s/own.pub", directory) > 0);
	FILE *file = fopen(own, "we");
	assert_non_null(file);
	assert_int_equal(fwrite(key, 1, length, file), length);
	assert_int_equal(fclose(file), 0);
	assert_true(asprintf(&text, "version: 1\ntrust:\n  signers: {a: {key: %s, valid-from: 2026-01-01, valid-until: "
			     "2026-12-31}}\n  images: [{match: nginx, signed-by: a}]\n", own) > 0);
	cleanup_policy struct policy *policy = open_applied(text);
	remove_tree(directory);
	free(directory);
	struct facts facts = container(ENGINE_DOCKER, "nginx");
	cleanup_json json_t *settings = NULL;
	assert_int_equal(policy_trust(policy, &facts, &settings, NULL), 0);
	const json_t *signer = json_object_get(json_object_get(settings, "signers"), "a");
	assert_string_equal(json_string_value(json_array_get(json_object_get(signer, "keys"), 0)), key);
	assert_int_equal(json_integer_value(json_object_get(signer, "valid-from")), 1767225600);
	assert_int_equal(json_integer_value(json_object_get(signer, "valid-until")), 1798761600);
	facts_release(&facts);
}

#define SCOPED \
	"version: 1\ntrust:\n" SIGNERS \
	"  unmatched: audit\n  registries: [docker.io, registry.example]\n" \
	"  deny: [\"" DIGEST_A "\"]\n" \
	"  images: [{match: \"**\", signed-by: a}]\n" \
	"scopes:\n" \
	"  - for: {engine: cri}\n" \
	"    trust: {unmatched: allow, bind: digest, images: [{match: \"**/b\", signed-by: b}], registries: [docker.io, quay.io]}\n" \
	"  - for: {engine: cri, namespace: two}\n" \
	"    trust: {unmatched: refuse, images: [{match: \"**/c\", signed-by: c}], registries: [quay.io], deny: \"" DIGEST_B "\"}\n" \
	"  - for: {engine: buildkit}\n" \
	"    trust: {unmatched: allow, images: [], registries: \"**\"}\n" \
	"  - for: {engine: docker, name: tight}\n" \
	"    trust: {unmatched: refuse, bind: content, deny: \"" DIGEST_B "\"}\n"

static void scopes_replace_and_tighten(void **unused)
{
	(void)unused;
	cleanup_policy struct policy *policy = open_applied(SCOPED);
	static const struct {
		enum engine engine;
		const char *namespace, *name, *image, *groups, *unmatched, *bind, *registries;
		size_t denied;
	} rows[] = {
		{ENGINE_PODMAN, NULL, NULL, "b", "[** ]", "audit", "layers", "[\"docker.io/**\",\"registry.example/**\"]", 1},
		{ENGINE_CRI, NULL, NULL, "b", "[**/b ]", "allow", "digest", "[\"docker.io/**\",\"quay.io/**\"]", 1},
		{ENGINE_CRI, NULL, NULL, "d", "[]", "allow", "digest", "[\"docker.io/**\",\"quay.io/**\"]", 1},
		{ENGINE_CRI, "two", NULL, "b", "[**/b ][]", "refuse", "digest", "[\"quay.io/**\"]", 2},
		{ENGINE_CRI, "two", NULL, "x/c", "[][**/c ]", "refuse", "digest", "[\"quay.io/**\"]", 2},
		{ENGINE_BUILDKIT, NULL, NULL, NULL, "[]", "allow", "layers", "null", 1},
		{ENGINE_DOCKER, NULL, "tight", "b", "[** ]", "refuse", "content",
		 "[\"docker.io/**\",\"registry.example/**\"]", 2},
		{ENGINE_DOCKER, NULL, "other", "b", "[** ]", "audit", "layers",
		 "[\"docker.io/**\",\"registry.example/**\"]", 1},
	};
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct facts facts = container(rows[i].engine, rows[i].image);
		struct policy_trust trust;
		cleanup_json json_t *settings = NULL;
		if (rows[i].namespace)
			assert_int_equal(fact_set(&facts.namespace, rows[i].namespace, PROVENANCE_ENGINE), 0);
		if (rows[i].name)
			assert_int_equal(fact_set(&facts.name, rows[i].name, PROVENANCE_USER), 0);
		cleanup_free char *groups = groups_of(policy, &facts);
		cleanup_free char *registries = asked(policy, &facts, "registries");
		assert_int_equal(policy_trust(policy, &facts, &settings, NULL), 0);
		assert_int_equal(policy_trust_outline(policy, &facts, &trust, NULL), 0);
		assert_string_equal(groups, rows[i].groups);
		assert_string_equal(registries, rows[i].registries);
		assert_string_equal(trust.unmatched, rows[i].unmatched);
		assert_string_equal(trust.bind, rows[i].bind);
		assert_string_equal(json_string_value(json_object_get(settings, "unmatched")), rows[i].unmatched);
		assert_string_equal(json_string_value(json_object_get(settings, "bind")), rows[i].bind);
		assert_int_equal(json_array_size(json_object_get(settings, "deny")), rows[i].denied);
		facts_release(&facts);
	}
}

/* A namespace that only looked as if the engine set it: nothing is loosened. */
static void what_a_user_selects_only_tightens(void **unused)
{
	(void)unused;
	cleanup_policy struct policy *policy = open_applied(SCOPED);
	struct facts facts = container(ENGINE_CRI, "x/c");
	assert_int_equal(fact_set(&facts.namespace, "two", PROVENANCE_USER), 0);
	cleanup_free char *groups = groups_of(policy, &facts);
	cleanup_free char *registries = asked(policy, &facts, "registries");
	assert_string_equal(groups, "[][**/c ]");
	assert_string_equal(registries, "[\"quay.io/**\"]");
	facts_release(&facts);
}

static void identity_of(const char *text, const struct facts *facts, char identity[72])
{
	struct policy_trust trust;
	cleanup_policy struct policy *policy = open_applied(text);
	assert_int_equal(policy_trust_outline(policy, facts, &trust, NULL), 0);
	memcpy(identity, trust.identity, sizeof(trust.identity));
}

static void the_identity_tells_settings_apart(void **unused)
{
	(void)unused;
	static const char *const others[] = {
		"version: 1\ntrust: {signers: {a: {key: " KEYS "release.pub}}, images: [{match: x, signed-by: a}]}\n",
		"version: 1\ntrust: {signers: {a: {key: " KEYS "spare.pub}}, images: [{match: \"**\", signed-by: a}]}\n",
		"version: 1\ntrust: {bind: content, signers: {a: {key: " KEYS "release.pub}}, images: [{match: \"**\", "
		"signed-by: a}]}\n",
		"version: 1\ntrust: {signers: {a: {key: " KEYS "release.pub, valid-until: 2030-01-01}}, images: [{match: "
		"\"**\", signed-by: a}]}\n",
		"version: 1\ntrust: {signers: {a: {key: " KEYS "release.pub}}, images: [{match: \"**\", signed-by: a}]}\n"
		"scopes: [{for: {engine: docker}, trust: {bind: content}}]\n",
		"version: 1\ntrust: {signers: {a: {key: " KEYS "release.pub}}, images: [{match: \"**\", signed-by: a}]}\n"
		"exceptions: [{name: e, for: {signed-by: a}, trust: {action: audit}, reason: r, expires: 2027-12-31}]\n",
	};
	struct facts facts = container(ENGINE_DOCKER, "nginx");
	char first[72], again[72], other[72];
	identity_of("version: 1\ntrust: {signers: {a: {key: " KEYS "release.pub}}, images: [{match: \"**\", signed-by: a}]}\n",
		    &facts, first);
	identity_of("version: 1\nmode: audit\ntrust: {signers: {a: {key: " KEYS "release.pub}}, images: [{match: \"**\", "
		    "signed-by: a}]}\n", &facts, again);
	assert_string_equal(first, again);
	for (size_t i = 0; i < ARRAY_SIZE(others); i++) {
		identity_of(others[i], &facts, other);
		if (strcmp(first, other) == 0)
			fail_msg("%s", others[i]);
	}
	facts_release(&facts);
}

static void the_identity_tells_scopes_apart(void **unused)
{
	(void)unused;
	struct facts podman = container(ENGINE_PODMAN, "b"), cri = container(ENGINE_CRI, "b"), two = container(ENGINE_CRI, "b");
	struct facts user = container(ENGINE_CRI, "b");
	char identities[4][72];
	assert_int_equal(fact_set(&two.namespace, "two", PROVENANCE_ENGINE), 0);
	assert_int_equal(fact_set(&user.namespace, "two", PROVENANCE_USER), 0);
	struct facts *all[] = {&podman, &cri, &two, &user};
	for (size_t i = 0; i < ARRAY_SIZE(all); i++) {
		identity_of(SCOPED, all[i], identities[i]);
		for (size_t j = 0; j < i; j++)
			assert_string_not_equal(identities[i], identities[j]);
		facts_release(all[i]);
	}
}

#define BOUND \
	"version: 1\ntrust:\n" SIGNERS \
	"  images: [{match: \"**\", signed-by: a}]\n" \
	"exceptions:\n" \
	"  - {name: one, for: {signed-by: a, image: registry.example/**}, controls: {user: {action: audit}}, reason: r, " \
	"expires: 2027-12-31}\n" \
	"  - {name: all, for: {signed-by: {at-least: 2, of: [b, c]}}, controls: {user: {action: off}}, reason: r, " \
	"expires: 2027-12-31}\n" \
	"  - {name: docker, for: {signed-by: s}, when: {engine: docker}, trust: {action: audit}, reason: r, " \
	"expires: 2027-01-05}\n" \
	"  - {name: digest, for: {digest: \"" DIGEST_A "\"}, trust: {action: audit}, reason: r, expires: 2027-12-31}\n"

static void exceptions_are_bound_to_signers(void **unused)
{
	(void)unused;
	static const struct {
		const char *signers, *image;
		enum engine engine;
		const char *action;
		bool audit;
		const char *named_by; /* NULL: all of them */
		const char *one_hand; /* NULL: nobody */
	} rows[] = {
		{NULL, "registry.example/x", ENGINE_DOCKER, "\"rewrite\"", false, NULL, NULL},
		{"[]", "registry.example/x", ENGINE_DOCKER, "\"rewrite\"", false, NULL, NULL},
		{"[\"a\"]", "registry.example/x", ENGINE_DOCKER, "\"audit\"", false, NULL, NULL},
		{"[\"a\"]", "registry.example/x", ENGINE_CRI, "\"audit\"", false, NULL, NULL},
		{"[\"a\"]", "registry.example/x", ENGINE_DOCKER, "\"rewrite\"", false, "[]", NULL},
		{"[\"a\", \"b\"]", "registry.example/x", ENGINE_DOCKER, "\"rewrite\"", false, "[\"b\"]", NULL},
		{"[\"b\", \"c\"]", "x", ENGINE_DOCKER, "\"off\"", false, "[]", NULL},
		{"[\"a\"]", "other.example/x", ENGINE_DOCKER, "\"rewrite\"", false, NULL, NULL},
		{"[\"a\"]", DIGEST_B, ENGINE_DOCKER, "\"rewrite\"", false, NULL, NULL},
		{"[\"a\"]", NULL, ENGINE_DOCKER, "\"rewrite\"", false, NULL, NULL},
		{"[\"b\"]", "registry.example/x", ENGINE_DOCKER, "\"rewrite\"", false, NULL, NULL},
		{"[\"b\", \"a\"]", "other.example/x", ENGINE_DOCKER, "\"rewrite\"", false, NULL, NULL},
		{"[\"b\", \"c\"]", NULL, ENGINE_DOCKER, "\"off\"", false, NULL, NULL},
		{"[\"a\", \"c\", \"b\"]", "registry.example/x", ENGINE_DOCKER, "\"audit\"", false, NULL, NULL},
		{"[\"b\", \"c\"]", "x", ENGINE_DOCKER, "\"rewrite\"", false, "[]", "[[\"c\", \"b\"]]"},
		{"[\"b\", \"c\"]", "x", ENGINE_DOCKER, "\"off\"", false, "[]", "[[\"a\", \"b\"]]"},
		{"[\"a\", \"b\"]", "registry.example/x", ENGINE_DOCKER, "\"audit\"", false, NULL, "[[\"a\", \"b\"]]"},
		{"[\"s\"]", "x", ENGINE_DOCKER, "\"rewrite\"", true, NULL, NULL},
		{"[\"s\"]", "x", ENGINE_CRI, "\"rewrite\"", false, NULL, NULL},
		{"[\"zebra\"]", "x", ENGINE_DOCKER, "\"rewrite\"", false, NULL, NULL},
	};
	(void)apply_text(state, BOUND, NOON_2027_01_01);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct facts facts = container(rows[i].engine, rows[i].image);
		const char *named_by = rows[i].named_by ? rows[i].named_by : rows[i].signers;
		facts.signers = rows[i].signers ? parse_document(rows[i].signers, DOCUMENT_LIST) : NULL;
		facts.named_by = named_by ? parse_document(named_by, DOCUMENT_LIST) : NULL;
		facts.one_hand = rows[i].one_hand ? parse_document(rows[i].one_hand, DOCUMENT_LIST) : NULL;
		struct effective effective = resolve_or_fail(state, &facts, NOON_2027_01_01);
		if (strcmp(value_of(&effective, "user", "action"), rows[i].action) != 0 ||
		    effective.trust_audit != rows[i].audit)
			fail_msg("row %zu", i);
		effective_release(&effective);
		facts_release(&facts);
	}
}

static void they_expire_and_are_told_as_others_are(void **unused)
{
	(void)unused;
	(void)apply_text(state, BOUND, NOON_2027_01_01);
	static const struct {
		time_t now;
		bool audit;
		const char *note;
	} rows[] = {
		{NOON_2027_01_01, true, "exception docker ends in 4 days"},
		{NOON_2027_01_01 + (time_t)5 * 24 * 60 * 60, false, "exception docker does not hold: it has expired"},
		{NOON_2027_01_01 - 1, false, "exception docker does not hold: the clock is earlier"},
	};
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct facts facts = container(ENGINE_DOCKER, "x");
		facts.signers = parse_document("[\"s\"]", DOCUMENT_LIST);
		struct effective effective = resolve_or_fail(state, &facts, rows[i].now);
		assert_int_equal(effective.trust_audit, rows[i].audit);
		assert_non_null(strstr(json_string_value(json_array_get(effective.notes, 0)), rows[i].note));
		effective_release(&effective);
		facts_release(&facts);
	}
	struct facts facts = container(ENGINE_CRI, "x");
	assert_int_equal(fact_set(&facts.config_digest, DIGEST_A, PROVENANCE_ENGINE), 0);
	struct effective effective = resolve_or_fail(state, &facts, NOON_2027_01_01);
	assert_true(effective.trust_audit);
	effective_release(&effective);
	facts_release(&facts);
}

/* Whoever has an exception is looked for, though nothing is demanded of the image. */
static void signers_of_exceptions_are_wanted(void **unused)
{
	(void)unused;
	cleanup_policy struct policy *policy = open_applied(
		"version: 1\ntrust:\n  unmatched: allow\n" SIGNERS
		"exceptions:\n  - {name: one, for: {signed-by: [b, a]}, trust: {action: audit}, reason: r, expires: 2027-12-31}\n");
	struct facts facts = container(ENGINE_DOCKER, "nginx");
	struct policy_trust trust;
	cleanup_json json_t *settings = NULL;
	assert_int_equal(policy_trust_outline(policy, &facts, &trust, NULL), 0);
	assert_int_equal(policy_trust(policy, &facts, &settings, NULL), 0);
	assert_true(trust.ask);
	assert_true(policy_needs_digest(policy));
	assert_true(json_is_true(json_object_get(settings, "wanted")));
	assert_int_equal(json_object_size(json_object_get(settings, "signers")), 2);
	assert_true(settings_ask(settings));
	facts_release(&facts);
}

/* Told from those that are bound to signers, who may have several. */
static void exceptions_bound_to_digests(void **unused)
{
	(void)unused;
#define EXCEPTION(name, bound) \
	"  - {name: " name ", for: {" bound "}, exec: {action: refuse}, reason: r, expires: 2027-12-31}\n"
#define OF_SIGNERS \
	EXCEPTION("one", "signed-by: [a, b]") EXCEPTION("two", "signed-by: b") EXCEPTION("three", "signed-by: s, image: nginx")
	static const struct {
		const char *text;
		bool binds;
	} rows[] = {
		{"version: 1\n", false},
		{"version: 1\nexceptions:\n" EXCEPTION("one", "digest: \"" DIGEST_A "\""), true},
		{"version: 1\ntrust:\n" SIGNERS, false},
		{"version: 1\ntrust:\n" SIGNERS "exceptions:\n" OF_SIGNERS, false},
		{"version: 1\ntrust:\n" SIGNERS "exceptions:\n" OF_SIGNERS EXCEPTION("four", "digest: \"" DIGEST_A "\""), true},
	};
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		cleanup_policy struct policy *policy = open_applied(rows[i].text);
		bool binds = !rows[i].binds;
		assert_int_equal(policy_binds_digests(policy, &binds, NULL), 0);
		if (binds != rows[i].binds)
			fail_msg("%s", rows[i].text);
	}
}

/* Signers and what is denied are added to those of the file below, the rest is replaced. */
static void files_that_extend_each_other(void **unused)
{
	(void)unused;
	struct problems problems = {0};
	struct compiled compiled = {0};
	const struct compile_options options = {.now = NOON_2027_01_01};
	static const char text[] =
		"version: 1\nextends: ./accepted/trust.yaml\ntrust:\n  bind: content\n  deny: \"" DIGEST_A "\"\n"
		"  images: [{match: \"**\", signed-by: [own, release]}]\n  signers: {own: {key: accepted/keys/own.pub}}\n";
	compile_text("policy/tests/policies/top.yaml", text, strlen(text), &options, &problems, &compiled);
	for (size_t i = 0; i < problems.count; i++)
		print_error("%s\n", problems.items[i].text);
	assert_true(problems_none(&problems));
	const json_t *outline = json_object_get(compiled.trust, "outline"), *base = json_object_get(compiled.base, "trust");
	assert_string_equal(json_string_value(json_object_get(base, "unmatched")), "refuse");
	assert_string_equal(json_string_value(json_object_get(base, "bind")), "content");
	assert_true(json_is_true(json_object_get(base, "empty-upper")));
	assert_int_equal(json_array_size(json_object_get(outline, "deny")), 2);
	assert_int_equal(trust_list_count(json_object_get(outline, "images")), 1);
	assert_int_equal(json_array_size(json_object_get(outline, "registries")), 4);
	assert_non_null(json_object_get(compiled.trust, "signer own"));
	assert_non_null(json_object_get(compiled.trust, "signer release"));
	assert_null(json_object_get(compiled.trust, "signer pki")); /* nobody speaks of it any more */
	bool told = false;
	for (size_t i = 0; i < compiled.warnings.count; i++)
		told |= strstr(compiled.warnings.items[i].text, "trust/images takes the place of what ") != NULL;
	assert_true(told);
	compiled_release(&compiled);
	problems_release(&problems);
}

static void a_key_that_others_can_write_is_not_applied(void **unused)
{
	(void)unused;
	cleanup_free char *key = NULL;
	size_t length = 0;
	struct problems problems = {0};
	struct compiled compiled = {0};
	const struct compile_options options = {.now = NOON_2027_01_01, .trusted = true};
	static const char text[] = "version: 1\ntrust: {signers: {a: {key: a.pub}}, images: [{match: x, signed-by: a}]}\n";
	assert_int_equal(file_read(KEYS "release.pub", 4096, &key, &length, NULL), 0);
	FILE *file = fopen("/mnt/a.pub", "we");
	assert_non_null(file);
	assert_int_equal(fwrite(key, 1, length, file), length);
	assert_int_equal(fclose(file), 0);
	assert_int_equal(chmod("/mnt/a.pub", 0644), 0);
	compile_text("/mnt/policy.yaml", text, strlen(text), &options, &problems, &compiled);
	assert_true(problems_none(&problems));
	compiled_release(&compiled);
	assert_int_equal(chmod("/mnt/a.pub", 0666), 0);
	compile_text("/mnt/policy.yaml", text, strlen(text), &options, &problems, &compiled);
	assert_int_equal(problems.count, 1);
	assert_non_null(strstr(problems.items[0].text, "/mnt/policy.yaml:2:28: \"a.pub\": "));
	problems_release(&problems);
}

#define IN_STATE(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_STATE(a_policy_without_trust_asks_nothing),
		IN_STATE(what_asks_is_known_without_reading_it),
		IN_STATE(entries_are_read_where_the_name_fits),
		IN_STATE(a_whole_entry_comes_out_as_it_was_written),
		IN_STATE(a_key_is_embedded),
		IN_STATE(scopes_replace_and_tighten),
		IN_STATE(what_a_user_selects_only_tightens),
		IN_STATE(the_identity_tells_settings_apart),
		IN_STATE(the_identity_tells_scopes_apart),
		IN_STATE(exceptions_are_bound_to_signers),
		IN_STATE(they_expire_and_are_told_as_others_are),
		IN_STATE(signers_of_exceptions_are_wanted),
		IN_STATE(exceptions_bound_to_digests),
		IN_STATE(files_that_extend_each_other),
		IN_STATE(a_key_that_others_can_write_is_not_applied),
	};
	return cmocka_run_group_tests_name("rules: trust", tests, NULL, NULL);
}
