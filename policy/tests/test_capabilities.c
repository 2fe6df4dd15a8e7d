/* process.capabilities: what no list of cases can show. */
#include <linux/capability.h>
#include <stdio.h>
#include <string.h>

#include "policy/base/text.h"
#include "policy/controls/table.h"
#include "policy/document/document.h"
#include "policy/tests/random_config.h"

#define ROUNDS 3000

static const char *const sets[] = {"bounding", "permitted", "effective", "inheritable", "ambient"};

static const char *const tempting[] = {
	"\"CAP_CHOWN\"",     "\"CAP_SYS_ADMIN\"", "\"CAP_NET_BIND_SERVICE\"", "\"CAP_KILL\"",
	"\"CAP_SETUID\"",    "\"cap_kill\"",      "\"KILL\"",		      "\"CAP_\"",
	"\"CAP_KILL\\u0000\"", "\"\"",	       "7",			      "null",
	"[\"CAP_KILL\"]",    "18446744073709551615",
};

static bool has(const json_t *config, const char *set, const char *name)
{
	char pointer[64];
	(void)snprintf(pointer, sizeof(pointer), "/process/capabilities/%s", set);
	size_t index;
	json_t *item;
	json_array_foreach(document_get(config, pointer), index, item)
	{
		if (json_is_string(item) && json_string_length(item) == strlen(name) &&
		    strcmp(json_string_value(item), name) == 0)
			return true;
	}
	return false;
}

static json_t *random_capabilities(uint64_t *state)
{
	json_t *config = random_config(
		state, (const struct random_field[]){{"/process/user/uid", {"0", "1000", "-1", "\"0\"", "65532"}}}, 1);
	for (size_t i = 0; i < ARRAY_SIZE(sets); i++) {
		if (random_next(state) % 6 == 0)
			continue;
		char pointer[64];
		(void)snprintf(pointer, sizeof(pointer), "/process/capabilities/%s", sets[i]);
		cleanup_free char *list = random_list(state, tempting, ARRAY_SIZE(tempting), 8);
		cleanup_free char *text = NULL;
		assert_true(asprintf(&text, "{\"v\":%s}", random_next(state) % 12 ? list : "\"CAP_KILL\"") > 0);
		cleanup_json json_t *holder = parse_config(text);
		assert_int_equal(document_set(config, pointer, json_object_get(holder, "v"), NULL), 0);
	}
	return config;
}

static void assert_no_looser(const json_t *before, const json_t *after)
{
	static const char *const names[] = {"CAP_CHOWN", "CAP_SYS_ADMIN", "CAP_NET_BIND_SERVICE", "CAP_KILL", "CAP_SETUID"};
	static const char *const allowed[] = {"CAP_NET_BIND_SERVICE", "CAP_KILL"};
	for (size_t n = 0; n < ARRAY_SIZE(names); n++) {
		bool may = false;
		for (size_t i = 0; i < ARRAY_SIZE(allowed); i++)
			may |= strcmp(allowed[i], names[n]) == 0;
		for (size_t i = 0; i < ARRAY_SIZE(sets); i++)
			assert_true(!has(after, sets[i], names[n]) || may);
		for (size_t i = 0; i < 3; i++)
			assert_true(!has(after, sets[i], names[n]) || has(before, sets[i], names[n]));
		assert_true(!has(after, "permitted", names[n]) || has(after, "bounding", names[n]));
		assert_true(!has(after, "effective", names[n]) || has(after, "permitted", names[n]));
		assert_true(!has(after, "ambient", names[n]) || has(after, "permitted", names[n]));
		assert_int_equal(has(after, "ambient", names[n]), has(after, "inheritable", names[n]));
		assert_true(!has(after, "ambient", names[n]) || strcmp(names[n], "CAP_KILL") == 0);
	}
}

static void random_sets_never_grow(void **state)
{
	(void)state;
	uint64_t seed = 0x5eed;
	struct facts facts = {0};
	cleanup_json json_t *changes = parse_config("{\"allow\":[\"NET_BIND_SERVICE\",\"KILL\"],\"ambient\":[\"KILL\",\"CHOWN\"]}");
	size_t rewritten = 0, clean = 0, raised = 0;
	for (size_t i = 0; i < ROUNDS; i++) {
		cleanup_json json_t *config = random_capabilities(&seed);
		struct decision decision = decide_on_random(config, &control_capabilities, changes, &facts);
		assert_no_looser(config, decision.result);
		rewritten += decision.verdict == VERDICT_REWRITTEN;
		clean += decision.verdict == VERDICT_CLEAN;
		raised += has(decision.result, "ambient", "CAP_KILL");
		decision_release(&decision);
	}
	assert_int_equal(rewritten + clean, ROUNDS);
	assert_true(rewritten > 0 && clean > 0 && raised > 0);
}

static const struct policy_key *allow_key(void)
{
	const struct policy_key *key = control_capabilities.keys;
	while (strcmp(key->name, "allow") != 0)
		key++;
	return key;
}

static void policy_names_are_checked(void **state)
{
	(void)state;
	const struct {
		const char *name, *said; /* NULL: fine */
	} rows[] = {
		{"CHOWN", NULL},	    {"CHECKPOINT_RESTORE", NULL},  {"BPF", NULL},
		{"CAP_CHOWN", "without CAP_"}, {"chown", "in capitals"}, {"ALL", "no word for all"},
		{"", "in capitals"},	    {"CAP_ALL", "in capitals"},
	};
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		cleanup_json json_t *value = json_string(rows[i].name);
		cleanup_error struct error *error = NULL;
		int result = allow_key()->check(value, &error);
		assert_int_equal(result < 0, rows[i].said != NULL);
		if (rows[i].said && !strstr(error_message(error), rows[i].said))
			fail_msg("%s: %s", rows[i].name, error_message(error));
	}
}

/* A header with a newer one makes this fail: the table needs it then. */
static void the_newest_capabilities_of_the_kernel_are_known(void **state)
{
	(void)state;
	static const char *const last[] = {"CAP_CHOWN", "CAP_AUDIT_READ", "CAP_PERFMON", "CAP_BPF", "CAP_CHECKPOINT_RESTORE"};
	static const unsigned numbers[] = {CAP_CHOWN, CAP_AUDIT_READ, CAP_PERFMON, CAP_BPF, CAP_CHECKPOINT_RESTORE};
	assert_int_equal(CAP_LAST_CAP, numbers[ARRAY_SIZE(numbers) - 1]);
	for (size_t i = 0; i < ARRAY_SIZE(last); i++) {
		cleanup_json json_t *value = json_string(last[i] + strlen("CAP_"));
		assert_int_equal(allow_key()->check(value, NULL), 0);
	}
}

static void dropped_names_are_offered_as_an_exception(void **state)
{
	(void)state;
	struct facts facts = {0};
	cleanup_json json_t *config =
		parse_config("{\"process\":{\"user\":{\"uid\":0},\"capabilities\":{\"bounding\":[\"CAP_SYS_ADMIN\",\"CAP_KILL\","
			     "\"CAP_NET_BIND_SERVICE\"]}}}");
	cleanup_json json_t *settings = settings_for_only(&control_capabilities, NULL);
	struct decision decision = decide_lawfully(config, settings, &facts);
	const struct finding *finding = finding_at(&decision, "/process/capabilities/bounding");
	cleanup_json json_t *expected = parse_config("{\"add\":[\"KILL\",\"SYS_ADMIN\"]}");
	assert_true(json_equal(finding->remedy, expected));
	decision_release(&decision);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(random_sets_never_grow),
		cmocka_unit_test(policy_names_are_checked),
		cmocka_unit_test(the_newest_capabilities_of_the_kernel_are_known),
		cmocka_unit_test(dropped_names_are_offered_as_an_exception),
	};
	return cmocka_run_group_tests_name("capabilities", tests, NULL, NULL);
}
