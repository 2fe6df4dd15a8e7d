/* What the call itself asks for is refused until its own key allows it, and exactly
 * that key. */
#include "policy/tests/support.h"

#include "policy/base/cleanup.h"
#include "policy/controls/table.h"
#include "policy/document/document.h"

static char foreign[] = "/other";

static const struct {
	enum verb verb;
	struct facts facts;
	const char *where, *key, *value; /* where NULL: nothing is found */
} rows[] = {
	{VERB_CREATE, {0}, NULL, NULL, NULL},
	{VERB_CREATE, {.no_pivot = true}, "--no-pivot", "no-pivot", "true"},
	{VERB_RESTORE, {.no_pivot = true}, "--no-pivot", "no-pivot", "true"},
	{VERB_CREATE, {.no_new_keyring = true}, "--no-new-keyring", "no-new-keyring", "true"},
	{VERB_CREATE, {.notify_socket = true}, "NOTIFY_SOCKET", "notify-socket", "true"},
	{VERB_EXEC, {.notify_socket = true}, NULL, NULL, NULL},
	{VERB_CREATE, {.passed_descriptors = 1}, "--preserve-fds", "descriptors", "1"},
	{VERB_EXEC, {.passed_descriptors = 3}, "--preserve-fds", "descriptors", "3"},
	{VERB_EXEC, {.passed_descriptors = 3}, "--preserve-fds", "descriptors", "null"},
	{VERB_CREATE, {.foreign_root = foreign}, "--root", "roots", "[\"/other\"]"},
	{VERB_EXEC, {.foreign_root = foreign}, "--root", "roots", "[\"/other\"]"},
	{VERB_EXEC, {.other_cgroup = true}, "--cgroup", "exec-cgroup", "true"},
	{VERB_RESTORE, {0}, "restore", "restore", "true"},
	{VERB_CHECKPOINT, {0}, "checkpoint", "checkpoint", "true"},
};

static void find(size_t row, json_t *settings, struct findings *findings)
{
	const struct container_view view = {.verb = rows[row].verb};
	assert_int_equal(control_command_line.assess(&view, &rows[row].facts, settings, findings, NULL), 0);
}

static void only_its_own_key_allows_it(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		cleanup_json json_t *settings = settings_fallback("refuse", control_command_line.keys);
		/* restore and checkpoint have a finding of their own beside what they ask for */
		if (rows[i].verb == VERB_RESTORE && rows[i].facts.no_pivot)
			assert_int_equal(json_object_set_new(settings, "restore", json_true()), 0);
		struct findings findings = {0};
		find(i, settings, &findings);
		assert_int_equal(findings.count, rows[i].where ? 1 : 0);
		if (rows[i].where) {
			assert_string_equal(findings.items[0].pointer, rows[i].where);
			assert_null(findings.items[0].before);
			assert_non_null(json_object_get(findings.items[0].remedy, rows[i].key));
			findings_release(&findings);
			json_t *value = json_loads(rows[i].value, JSON_DECODE_ANY, NULL);
			assert_int_equal(json_object_set_new(settings, rows[i].key, value), 0);
			find(i, settings, &findings);
			assert_int_equal(findings.count, 0);
		}
		findings_release(&findings);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(only_its_own_key_allows_it)};
	return cmocka_run_group_tests_name("command_line_control", tests, NULL, NULL);
}
