/* What of a policy holds for one container: scopes, exceptions, time. */
#include "policy/tests/rules_support.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>

#include "policy/base/cleanup.h"
#include "policy/base/text.h"
#include "policy/document/document.h"
#include "policy/rules/open_policy.h"
#include "policy/rules/order.h"

#define DAY ((time_t)24 * 60 * 60)

static const char *state;

static int set_up(void **unused)
{
	(void)unused;
	state = make_trusted_directory("8m");
	return 0;
}

static int tear_down(void **unused)
{
	(void)unused;
	return umount("/mnt");
}

static struct facts cri(const char *namespace)
{
	struct facts facts = {.engine = ENGINE_CRI};
	if (namespace)
		assert_int_equal(fact_set(&facts.namespace, namespace, PROVENANCE_ENGINE), 0);
	return facts;
}

static struct effective resolve(const char *text, struct facts *facts)
{
	(void)apply_text(state, text, NOON_2027_01_01);
	struct effective effective = resolve_or_fail(state, facts, NOON_2027_01_01);
	facts_release(facts);
	return effective;
}

static bool list_mentions(const json_t *list, const char *part)
{
	size_t index;
	json_t *item;
	json_array_foreach(list, index, item)
		if (strstr(json_string_value(item), part))
			return true;
	return false;
}

static void the_built_in_profile_holds_where_nothing_was_applied(void **unused)
{
	(void)unused;
	struct facts facts = {0};
	struct effective effective = resolve_or_fail(state, &facts, NOON_2027_01_01);
	assert_int_equal(effective.generation, 0);
	assert_int_equal(effective.mode, MODE_ENFORCE);
	assert_int_equal(json_object_size(effective.controls), control_count);
	for (size_t i = 0; i < control_count; i++) {
		json_t *fallback = settings_fallback(action_words[controls[i]->action], controls[i]->keys);
		assert_true(json_equal(fallback, json_object_get(effective.controls, controls[i]->name)));
		json_decref(fallback);
	}
	assert_string_equal(json_string_value(json_object_get(effective.backend, "name")), "runc");
	assert_true(list_mentions(effective.applied, "profile restricted"));
	assert_false(effective.trust_audit);
	assert_false(effective.log_required);
	effective_release(&effective);
}

static void a_file_replaces_and_edits(void **unused)
{
	(void)unused;
	struct facts facts = {0};
	struct effective effective = resolve("version: 1\nmode: audit\nlog: {required: true}\n"
					     "backend: {name: crun}\nexec: {action: refuse}\n"
					     "controls:\n  capabilities: {add: [CAP_CHOWN], remove: [NET_BIND_SERVICE]}\n"
					     "  user: {uid: null, gid: 7}\n", &facts);
	assert_int_equal(effective.generation, 1);
	assert_int_equal(effective.mode, MODE_AUDIT);
	assert_true(effective.log_required);
	assert_string_equal(value_of(&effective, "capabilities", "allow"), "[\"CHOWN\"]");
	assert_string_equal(value_of(&effective, "user", "uid"), "null");
	assert_string_equal(value_of(&effective, "user", "gid"), "7");
	assert_string_equal(json_string_value(json_object_get(effective.exec, "action")), "refuse");
	assert_string_equal(json_string_value(json_object_get(effective.exec, "unknown-containers")), "hold");
	assert_string_equal(json_string_value(json_object_get(effective.backend, "name")), "crun");
	assert_true(json_is_null(json_object_get(effective.backend, "minimum")));
	effective_release(&effective);
}

#define SCOPE_CRI "  - for: {engine: cri}\n    controls: {capabilities: {allow: [CHOWN, KILL]}, user: {action: off}}\n"
#define SCOPE_SYSTEM                                \
	"  - for: {engine: cri, namespace: system}\n" \
	"    mode: audit\n    controls: {capabilities: {allow: [KILL, SYSLOG]}, user-namespace: {required: true}}\n"

static void scopes_merge_to_the_tighter_in_either_order(void **unused)
{
	(void)unused;
	static const char *const texts[] = {
		"version: 1\nscopes:\n" SCOPE_CRI SCOPE_SYSTEM,
		"version: 1\nscopes:\n" SCOPE_SYSTEM SCOPE_CRI,
	};
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		struct facts facts = cri("system");
		struct effective effective = resolve(texts[i], &facts);
		assert_string_equal(value_of(&effective, "capabilities", "allow"), "[\"KILL\"]");
		assert_string_equal(value_of(&effective, "user", "action"), "\"off\"");
		assert_string_equal(value_of(&effective, "user-namespace", "required"), "true");
		assert_int_equal(effective.mode, MODE_AUDIT);
		assert_int_equal(json_array_size(effective.applied), 3);
		effective_release(&effective);
	}
}

static void a_scope_holds_for_what_it_names_only(void **unused)
{
	(void)unused;
	struct facts other = cri("other"), docker = {.engine = ENGINE_DOCKER};
	struct effective effective = resolve("version: 1\nscopes:\n" SCOPE_CRI SCOPE_SYSTEM, &other);
	assert_string_equal(value_of(&effective, "capabilities", "allow"), "[\"CHOWN\",\"KILL\"]");
	assert_int_equal(effective.mode, MODE_ENFORCE);
	effective_release(&effective);
	effective = resolve("version: 1\nscopes:\n" SCOPE_CRI SCOPE_SYSTEM, &docker);
	assert_string_equal(value_of(&effective, "capabilities", "allow"), "[\"NET_BIND_SERVICE\"]");
	assert_int_equal(json_array_size(effective.applied), 1);
	effective_release(&effective);
}

static void a_scope_can_extend_another_profile(void **unused)
{
	(void)unused;
	struct facts facts = cri(NULL);
	struct effective effective = resolve("version: 1\ncontrols: {capabilities: {allow: []}}\nscopes:\n"
					     "  - for: {engine: cri}\n    extends: restricted\n"
					     "    controls: {capabilities: {add: [CHOWN]}}\n", &facts);
	assert_string_equal(value_of(&effective, "capabilities", "allow"), "[\"NET_BIND_SERVICE\",\"CHOWN\"]");
	effective_release(&effective);
}

/* The same namespace, but its value comes from the container's user. */
static void what_a_user_sets_never_loosens(void **unused)
{
	(void)unused;
	struct facts facts = {.engine = ENGINE_CRI};
	assert_int_equal(fact_set(&facts.namespace, "system", PROVENANCE_USER), 0);
	struct effective effective = resolve("version: 1\nscopes:\n"
					     "  - for: {engine: cri, namespace: system}\n    mode: audit\n"
					     "    exec: {action: refuse}\n"
					     "    controls: {capabilities: {allow: [KILL, NET_BIND_SERVICE]}, "
					     "user: {action: off, uid: 7}, user-namespace: {required: true}}\n", &facts);
	assert_int_equal(effective.mode, MODE_ENFORCE);
	assert_string_equal(value_of(&effective, "capabilities", "allow"), "[\"NET_BIND_SERVICE\"]");
	assert_string_equal(value_of(&effective, "user", "action"), "\"rewrite\"");
	assert_string_equal(value_of(&effective, "user", "uid"), "65532");
	assert_string_equal(value_of(&effective, "user-namespace", "required"), "true");
	assert_string_equal(json_string_value(json_object_get(effective.exec, "action")), "refuse");
	assert_true(list_mentions(effective.applied, "only tighter values"));
	effective_release(&effective);
}

static void labels_and_names_tighten(void **unused)
{
	(void)unused;
	struct facts facts = {.engine = ENGINE_DOCKER, .labels = json_pack("{s:s}", "strict", "1")};
	assert_int_equal(fact_set(&facts.name, "web", PROVENANCE_ENGINE), 0);
	struct effective effective = resolve("version: 1\nscopes:\n"
					     "  - for: {labels: {strict: \"1\"}}\n"
					     "    controls: {capabilities: {allow: []}}\n"
					     "  - for: {name: web}\n    exec: {action: refuse}\n"
					     "  - for: {labels: {strict: \"2\"}}\n"
					     "    controls: {user-namespace: {required: true}}\n", &facts);
	assert_string_equal(value_of(&effective, "capabilities", "allow"), "[]");
	assert_string_equal(value_of(&effective, "user-namespace", "required"), "false");
	assert_string_equal(json_string_value(json_object_get(effective.exec, "action")), "refuse");
	effective_release(&effective);
}

#define EXCEPTION(name, digest, when, controls, expires)                                                      \
	"  - {name: " name ", for: {digest: \"" digest "\"}, " when "controls: " controls ", reason: r, expires: " \
	expires "}\n"

static struct facts image(const char *digest, enum provenance provenance)
{
	struct facts facts = {.engine = ENGINE_DOCKER};
	assert_int_equal(fact_set(&facts.manifest_digest, digest, provenance), 0);
	return facts;
}

static void an_exception_loosens_for_its_digest_only(void **unused)
{
	(void)unused;
	static const char text[] = "version: 1\nexceptions:\n" EXCEPTION(
		"one", DIGEST_A, "when: {engine: docker}, ",
		"{user: {action: audit}, capabilities: {add: [CHOWN], remove: [NET_BIND_SERVICE]}}", "2027-12-31");
	struct facts right = image(DIGEST_A, PROVENANCE_ENGINE), wrong = image(DIGEST_B, PROVENANCE_ENGINE);
	struct facts user = image(DIGEST_A, PROVENANCE_USER), other_engine = image(DIGEST_A, PROVENANCE_ENGINE);
	other_engine.engine = ENGINE_CRI;
	struct effective effective = resolve(text, &right);
	assert_string_equal(value_of(&effective, "user", "action"), "\"audit\"");
	assert_string_equal(value_of(&effective, "capabilities", "allow"), "[\"CHOWN\"]");
	assert_true(list_mentions(effective.applied, "exception one"));
	assert_int_equal(json_array_size(effective.notes), 0);
	effective_release(&effective);
	struct facts *const not_meant[] = {&wrong, &user, &other_engine};
	for (size_t i = 0; i < ARRAY_SIZE(not_meant); i++) {
		effective = resolve(text, not_meant[i]);
		assert_string_equal(value_of(&effective, "user", "action"), "\"rewrite\"");
		assert_string_equal(value_of(&effective, "capabilities", "allow"), "[\"NET_BIND_SERVICE\"]");
		effective_release(&effective);
	}
}

/* Two digests of one image, two exceptions for each, in both orders. */
static void exceptions_that_hold_together_do_not_depend_on_order(void **unused)
{
	(void)unused;
#define FIRST EXCEPTION("one", DIGEST_A, "", \
			"{user: {action: audit}, capabilities: {add: [CHOWN, KILL]}, hidden-paths: {masked: {add: [/a, /b]}}}", \
			"2027-12-31")
#define SECOND EXCEPTION("two", DIGEST_B, "", \
			 "{user: {action: off}, capabilities: {remove: [KILL]}, hidden-paths: {masked: {remove: [/a]}}}", \
			 "2027-12-31")
	static const char *const texts[] = {"version: 1\nexceptions:\n" FIRST SECOND,
					    "version: 1\nexceptions:\n" SECOND FIRST};
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		struct facts facts = image(i ? DIGEST_A : DIGEST_B, PROVENANCE_ENGINE);
		assert_int_equal(fact_set(&facts.config_digest, i ? DIGEST_B : DIGEST_A, PROVENANCE_ENGINE), 0);
		assert_int_equal(fact_set(&facts.index_digest, DIGEST_A, PROVENANCE_ENGINE), 0);
		struct effective effective = resolve(texts[i], &facts);
		assert_string_equal(value_of(&effective, "user", "action"), "\"audit\"");
		assert_string_equal(value_of(&effective, "capabilities", "allow"), "[\"NET_BIND_SERVICE\",\"CHOWN\"]");
		const json_t *masked = json_object_get(json_object_get(effective.controls, "hidden-paths"), "masked");
		cleanup_json json_t *a = json_string("/a"), *b = json_string("/b");
		assert_true(order_list_has(masked, a) && order_list_has(masked, b));
		assert_int_equal(json_array_size(effective.applied), 3);
		effective_release(&effective);
	}
}

static void one_exception_for_several_digests_is_applied_once(void **unused)
{
	(void)unused;
	struct facts facts = image(DIGEST_A, PROVENANCE_ENGINE);
	assert_int_equal(fact_set(&facts.config_digest, DIGEST_B, PROVENANCE_ENGINE), 0);
	struct effective effective = resolve("version: 1\nexceptions:\n"
					     "  - {name: one, for: {digest: [\"" DIGEST_A "\", \"" DIGEST_B "\"]}, controls: "
					     "{user: {action: off}}, reason: r, expires: 2027-01-03}\n", &facts);
	assert_string_equal(value_of(&effective, "user", "action"), "\"off\"");
	assert_int_equal(json_array_size(effective.applied), 2);
	assert_int_equal(json_array_size(effective.notes), 1);
	effective_release(&effective);
}

static void an_exception_ends_and_warns_before(void **unused)
{
	(void)unused;
	static const char text[] = "version: 1\nexceptions:\n" EXCEPTION("one", DIGEST_A, "", "{user: {action: audit}}",
									"2027-01-31");
	const time_t ends = NOON_2027_01_01 + 30 * DAY + DAY / 2;
	static const struct {
		time_t before_end;
		bool holds;
		const char *note;
	} rows[] = {
		{15 * DAY, true, NULL},
		{13 * DAY, true, "exception one ends in 13 days"},
		{1, true, "exception one ends in 0 days"},
		{0, false, "exception one does not hold: it has expired"},
		{-DAY, false, "exception one does not hold: it has expired"},
		/* the clock stands before the policy's activation */
		{31 * DAY, false, "exception one does not hold: the clock is earlier"},
	};
	(void)apply_text(state, text, NOON_2027_01_01);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct facts facts = image(DIGEST_A, PROVENANCE_ENGINE);
		struct effective effective = resolve_or_fail(state, &facts, ends - rows[i].before_end);
		assert_string_equal(value_of(&effective, "user", "action"), rows[i].holds ? "\"audit\"" : "\"rewrite\"");
		assert_int_equal(json_array_size(effective.notes), rows[i].note ? 1 : 0);
		if (rows[i].note)
			assert_true(list_mentions(effective.notes, rows[i].note));
		effective_release(&effective);
		facts_release(&facts);
	}
}

/* An older build's policy lacks a key or a control: the tables' values, with a note.
 * A newer one has what this build does not know: refused. */
static void a_policy_of_another_build(void **unused)
{
	(void)unused;
	struct compiled compiled = compile_or_fail("version: 1\n");
	json_t *settings = json_object_get(compiled.base, "controls");
	assert_int_equal(json_object_del(settings, "user"), 0);
	assert_int_equal(json_object_del(json_object_get(settings, "capabilities"), "allow"), 0);
	struct generation_content content = {.base = compiled.base, .exceptions = compiled.exceptions,
					     .trust = compiled.trust, .source = compiled.source, .activated = NOON_2027_01_01};
	uint64_t number = 0;
	assert_int_equal(generation_apply(state, &content, &number, NULL), 0);
	struct facts facts = {0};
	struct effective effective = resolve_or_fail(state, &facts, NOON_2027_01_01);
	assert_string_equal(value_of(&effective, "user", "uid"), "65532");
	assert_string_equal(value_of(&effective, "capabilities", "allow"), "[\"NET_BIND_SERVICE\"]");
	assert_int_equal(json_array_size(effective.notes), 2);
	effective_release(&effective);
	assert_int_equal(json_object_set_new(settings, "telepathy", json_object()), 0);
	struct error *error = NULL;
	assert_true(generation_apply(state, &content, &number, &error) < 0);
	assert_non_null(strstr(error_message(error), "control telepathy is not known here"));
	error_free(error);
	compiled_release(&compiled);
}

static void order_of_values(void **unused)
{
	(void)unused;
	static const char *const words[] = {"a", "b", "c", NULL};
	static const struct {
		enum key_type type;
		enum key_order order;
		const char *left, *right, *tighter;
		enum comparison comparison; /* of right to left */
	} rows[] = {
		{KEY_INTEGER, ORDER_LOWER, "1", "2", "1", COMPARISON_LOOSER},
		{KEY_INTEGER, ORDER_LOWER, "1", "null", "1", COMPARISON_LOOSER},
		{KEY_INTEGER, ORDER_LOWER, "null", "null", "null", COMPARISON_EQUAL},
		{KEY_INTEGER, ORDER_HIGHER, "1", "2", "2", COMPARISON_TIGHTER},
		{KEY_INTEGER, ORDER_HIGHER, "1", "null", "1", COMPARISON_LOOSER},
		{KEY_FLAG, ORDER_TRUE, "true", "false", "true", COMPARISON_LOOSER},
		{KEY_FLAG, ORDER_FALSE, "true", "false", "false", COMPARISON_TIGHTER},
		{KEY_WORD, ORDER_WORDS, "\"b\"", "\"c\"", "\"b\"", COMPARISON_LOOSER},
		{KEY_LIST, ORDER_FEWER, "[\"x\",\"y\"]", "[\"y\",\"z\"]", "[\"y\"]", COMPARISON_LOOSER},
		{KEY_LIST, ORDER_FEWER, "[\"x\",\"y\"]", "[\"y\"]", "[\"y\"]", COMPARISON_TIGHTER},
		{KEY_LIST, ORDER_FEWER, "[\"x\",\"y\"]", "[\"y\",\"x\"]", "[\"x\",\"y\"]", COMPARISON_EQUAL},
		{KEY_LIST, ORDER_MORE, "[\"x\"]", "[\"y\"]", "[\"x\",\"y\"]", COMPARISON_LOOSER},
		{KEY_LIST, ORDER_MORE, "[\"x\"]", "[\"y\",\"x\"]", "[\"x\",\"y\"]", COMPARISON_TIGHTER},
		{KEY_TEXT, ORDER_NONE, "\"x\"", "\"a\"", "\"a\"", COMPARISON_UNDECIDED},
	};
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const struct policy_key key = {.name = "k", .type = rows[i].type, .order = rows[i].order, .words = words};
		cleanup_json json_t *left = json_loads(rows[i].left, JSON_DECODE_ANY, NULL);
		cleanup_json json_t *right = json_loads(rows[i].right, JSON_DECODE_ANY, NULL);
		cleanup_json json_t *expected = json_loads(rows[i].tighter, JSON_DECODE_ANY, NULL);
		cleanup_json json_t *one = order_tighter(&key, left, right), *two = order_tighter(&key, right, left);
		assert_int_equal(order_compare(&key, left, right), rows[i].comparison);
		assert_true(json_equal(one, expected));
		assert_true(json_equal(two, expected));
	}
}

#define IN_STATE(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_STATE(the_built_in_profile_holds_where_nothing_was_applied),
		IN_STATE(a_file_replaces_and_edits),
		IN_STATE(scopes_merge_to_the_tighter_in_either_order),
		IN_STATE(a_scope_holds_for_what_it_names_only),
		IN_STATE(a_scope_can_extend_another_profile),
		IN_STATE(what_a_user_sets_never_loosens),
		IN_STATE(labels_and_names_tighten),
		IN_STATE(an_exception_loosens_for_its_digest_only),
		IN_STATE(exceptions_that_hold_together_do_not_depend_on_order),
		IN_STATE(one_exception_for_several_digests_is_applied_once),
		IN_STATE(an_exception_ends_and_warns_before),
		IN_STATE(a_policy_of_another_build),
		cmocka_unit_test(order_of_values),
	};
	return cmocka_run_group_tests_name("rules: scopes", tests, NULL, NULL);
}
