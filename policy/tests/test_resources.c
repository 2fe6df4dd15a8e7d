/* The control resources where there is no whole configuration: update's partial
 * resources and exec's process. */
#include <string.h>

#include "policy/base/cleanup.h"
#include "policy/document/document.h"
#include "policy/tests/support.h"

static const char bounds[] = "{\"memory.default\": 536870912, \"memory.max\": 8589934592, \"pids.max\": 4096,"
			     " \"cpus.default\": 1000, \"cpus.max\": 2000,"
			     " \"rlimits\": [{\"name\": \"RLIMIT_CORE\", \"soft\": 0, \"hard\": 0}]}";

static struct decision decide_for(enum verb verb, enum document_kind kind, const char *text)
{
	cleanup_error struct error *error = NULL;
	cleanup_json json_t *document = NULL, *changes = json_loads(bounds, 0, NULL);
	cleanup_json json_t *settings = settings_for_only(control_by_name("resources"), changes);
	struct facts facts = {0};
	struct decision decision;
	if (document_parse(text, strlen(text), kind, &document, &error) < 0 ||
	    decide(document, verb, MODE_ENFORCE, settings, &facts, &decision, &error) < 0)
		fail_msg("%s: %s", text, error_message(error));
	return decision;
}

static const struct {
	const char *given, *left;
} updates[] = {
	/* nothing is filled in, and 0 leaves what is there as it is */
	{"{}", "{}"},
	{"{\"memory\": {}, \"cpu\": {\"shares\": 512}, \"pids\": null}", NULL},
	{"{\"memory\": {\"limit\": 0, \"swap\": 0}, \"pids\": {\"limit\": 0}, \"cpu\": {\"quota\": 0, \"period\": 0}}", NULL},
	{"{\"memory\": {\"limit\": 1073741824, \"swap\": 2147483648}, \"pids\": {\"limit\": 4096}}", NULL},
	{"{\"memory\": {\"limit\": 17179869184, \"swap\": -1}}",
	 "{\"memory\": {\"limit\": 8589934592, \"swap\": 8589934592}}"},
	{"{\"memory\": {\"limit\": -1}}", "{\"memory\": {\"limit\": 536870912}}"},
	{"{\"pids\": {\"limit\": -1}}", "{\"pids\": {\"limit\": 256}}"},
	{"{\"pids\": {\"limit\": 9223372036854775808}}", "{\"pids\": {\"limit\": 4096}}"},
	{"{\"cpu\": {\"quota\": 200000, \"period\": 100000}}", NULL},
	{"{\"cpu\": {\"quota\": -1, \"period\": 50000}}", "{\"cpu\": {\"quota\": 50000, \"period\": 50000}}"},
	/* a quota whose period is not given could be a hundred processors */
	{"{\"cpu\": {\"quota\": 100000}}", "{\"cpu\": {\"quota\": 100000, \"period\": 100000}}"},
	{"{\"cpu\": {\"period\": 1000}}", "{\"cpu\": {}}"},
	{"{\"unified\": {\"memory.max\": \"max\", \"cpu.max\": \"100000\"}}", "{\"unified\": {}}"},
};

static void update_holds_what_it_names_and_nothing_else(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(updates); i++) {
		struct decision decision = decide_for(VERB_UPDATE, DOCUMENT_RESOURCES, updates[i].given);
		const char *text = updates[i].left ? updates[i].left : updates[i].given;
		cleanup_json json_t *expected = json_loads(text, 0, NULL);
		assert_non_null(expected);
		if (!json_equal(decision.result, expected))
			fail_msg("%s became %s", updates[i].given, json_dumps(decision.result, 0));
		bool changed = updates[i].left && strcmp(updates[i].left, updates[i].given) != 0;
		assert_int_equal(decision.verdict, changed ? VERDICT_REWRITTEN : VERDICT_CLEAN);
		decision_release(&decision);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(update_holds_what_it_names_and_nothing_else),
	};
	return cmocka_run_group_tests_name("resources", tests, NULL, NULL);
}
