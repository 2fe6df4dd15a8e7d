/* exec is held to the process that its container was started with. */
#include "policy/tests/support.h"

#include <stdio.h>
#include <string.h>

#include "policy/base/cleanup.h"
#include "policy/controls/exec_limits.h"
#include "policy/controls/table.h"
#include "policy/document/document.h"
#include "policy/tests/random_config.h"

static const char start_text[] =
	"{\"user\":{\"uid\":65532,\"gid\":65532,\"additionalGids\":[100]},\"cwd\":\"/\",\"args\":[\"x\"],"
	"\"capabilities\":{\"bounding\":[\"CAP_CHOWN\",\"CAP_KILL\"],\"effective\":[],\"inheritable\":[],"
	"\"permitted\":[\"CAP_KILL\"],\"ambient\":[]},\"noNewPrivileges\":true,\"apparmorProfile\":\"oci-harden\","
	"\"oomScoreAdj\":100,\"rlimits\":[{\"type\":\"RLIMIT_NOFILE\",\"soft\":1024,\"hard\":2048},"
	"{\"type\":\"RLIMIT_MEMLOCK\",\"soft\":18446744073709551615,\"hard\":18446744073709551615}]}";

static json_t *parse_process(const char *text)
{
	return parse_document(text, DOCUMENT_PROCESS);
}

static json_t *nothing_else(void)
{
	json_t *settings = json_object();
	for (size_t i = 0; i < control_count; i++)
		assert_int_equal(json_object_set_new(settings, controls[i]->name, json_pack("{s:s}", "action", "off")), 0);
	return settings;
}

static struct decision held_to(json_t *asked, const json_t *start, enum action action, enum mode mode)
{
	struct decision decision;
	cleanup_json json_t *settings = nothing_else();
	cleanup_error struct error *error = NULL;
	if (decide_exec(asked, start, action, mode, settings, &(struct facts){0}, &decision, &error) < 0)
		fail_msg("decision: %s", error_message(error));
	return decision;
}

#define GROUPS(list) "{\"uid\":65532,\"gid\":65532,\"additionalGids\":" list "}"
#define OWN_USER GROUPS("[100]")
#define NOFILE(soft, hard) "{\"type\":\"RLIMIT_NOFILE\",\"soft\":" soft ",\"hard\":" hard "}"
#define MEMLOCK "{\"type\":\"RLIMIT_MEMLOCK\",\"soft\":18446744073709551615,\"hard\":18446744073709551615}"

/* What differs from the container's own process, and what becomes of the field:
 * "same", "refused", or JSON. */
static const struct {
	const char *pointer, *value, *after;
} fields[] = {
	{"/args", "[\"sh\"]", "same"},
	{"/env", "[\"A=1\"]", "same"},
	{"/terminal", "true", "same"},
	{"/consoleSize", "{\"height\":1,\"width\":2}", "same"},
	{"/cwd", "\"/tmp\"", "same"},
	{"/user/uid", "0", OWN_USER},
	{"/user/uid", "65533", OWN_USER},
	{"/user/uid", "4294967296", OWN_USER},
	{"/user/uid", "4294967295", OWN_USER},
	{"/user/uid", "-1", OWN_USER},
	{"/user/uid", "\"65532\"", OWN_USER},
	{"/user/uid", "18446744073709551615", OWN_USER},
	{"/user/gid", "0", OWN_USER},
	{"/user", "null", OWN_USER},
	{"/user", "[]", OWN_USER},
	{"/user", "{\"uid\":0,\"gid\":0,\"additionalGids\":[0,10]}", OWN_USER},
	{"/user/additionalGids", "[100,65532]", "same"},
	{"/user/additionalGids", "[100,0]", GROUPS("[100]")},
	{"/user/additionalGids", "7", GROUPS("[]")},
	{"/user/umask", "0", "{\"uid\":65532,\"gid\":65532,\"additionalGids\":[100],\"umask\":18}"},
	{"/user/umask", "63", "same"},
	{"/noNewPrivileges", "false", "true"},
	{"/noNewPrivileges", "null", "true"},
	{"/noNewPrivileges", "\"true\"", "true"},
	{"/capabilities/bounding", "[]", "same"},
	{"/capabilities/other", "[]", "start"},
	{"/capabilities", "[]", "start"},
	{"/apparmorProfile", "\"unconfined\"", "start"},
	{"/selinuxLabel", "\"a:b:c:s0\"", "same"},
	{"/oomScoreAdj", "200", "same"},
	{"/oomScoreAdj", "-1000", "start"},
	{"/oomScoreAdj", "\"x\"", "start"},
	{"/rlimits", "[" NOFILE("1024", "2049") "]", "[" NOFILE("1024", "2048") "," MEMLOCK "]"},
	{"/rlimits", "[" NOFILE("18446744073709551615", "1") "]", "[" NOFILE("1024", "1") "," MEMLOCK "]"},
	{"/rlimits", "[" NOFILE("-1", "-1") "]", "start"},
	{"/rlimits", "[{\"type\":\"RLIMIT_CORE\",\"soft\":0,\"hard\":0}]", "start"},
	{"/rlimits", "[" NOFILE("5", "9") "," NOFILE("1024", "2048") "]", "[" NOFILE("5", "9") "," MEMLOCK "]"},
	{"/rlimits", "[" MEMLOCK "," NOFILE("5", "9") "]", "same"},
	{"/rlimits", "{}", "start"},
	{"/scheduler", "{\"policy\":\"SCHED_FIFO\"}", "start"},
	{"/ioPriority", "{\"class\":\"IOPRIO_CLASS_RT\"}", "start"},
	{"/execCPUAffinity", "{\"initial\":\"0\"}", "start"},
	{"/seccomp", "{}", "refused"},
};

static json_t *parse_value(const char *text)
{
	char wrapped[512];
	cleanup_json json_t *holder = NULL;
	(void)snprintf(wrapped, sizeof(wrapped), "{\"value\":%s}", text);
	assert_int_equal(document_parse(wrapped, strlen(wrapped), DOCUMENT_PLAIN, &holder, NULL), 0);
	return json_incref(json_object_get(holder, "value"));
}

static json_t *expected_field(const char *after, const json_t *asked, const json_t *start, const char *field)
{
	if (strcmp(after, "same") == 0)
		return json_deep_copy(document_get(asked, field));
	if (strcmp(after, "start") == 0)
		return json_deep_copy(document_get(start, field));
	return parse_value(after);
}

static void check_field(size_t row)
{
	cleanup_json json_t *start = parse_process(start_text), *asked = parse_process(start_text);
	cleanup_json json_t *value = parse_value(fields[row].value);
	assert_int_equal(document_set(asked, fields[row].pointer, value, NULL), 0);
	char field[64];
	(void)snprintf(field, sizeof(field), "/%.*s", (int)strcspn(fields[row].pointer + 1, "/"), fields[row].pointer + 1);
	bool refused = strcmp(fields[row].after, "refused") == 0, same = strcmp(fields[row].after, "same") == 0;
	cleanup_json json_t *expected = refused ? NULL : expected_field(fields[row].after, asked, start, field);
	struct decision decision = held_to(asked, start, ACTION_REWRITE, MODE_ENFORCE);
	enum verdict verdict = refused ? VERDICT_REFUSED : same ? VERDICT_CLEAN : VERDICT_REWRITTEN;
	if (decision.verdict != verdict)
		fail_msg("%s %s: %s", fields[row].pointer, fields[row].value, verdict_name(decision.verdict));
	const json_t *now = document_get(asked, field);
	if (!refused && (now || expected) && !json_equal(now, expected))
		fail_msg("%s %s became %s", fields[row].pointer, fields[row].value, json_dumps(now, JSON_ENCODE_ANY));
	decision_release(&decision);
}

static void every_field_is_held(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(fields); i++)
		check_field(i);
}

/* Root by the policy: a user that is missing is no other, but its umask would be. */
static void a_missing_user_has_the_containers_umask(void **state)
{
	(void)state;
	cleanup_json json_t *start = parse_process(start_text), *asked = parse_process(start_text);
	cleanup_json json_t *user = parse_value("{\"uid\":0,\"gid\":0,\"umask\":63}");
	assert_int_equal(json_object_set(start, "user", user), 0);
	assert_int_equal(json_object_del(asked, "user"), 0);
	struct decision decision = held_to(asked, start, ACTION_REWRITE, MODE_ENFORCE);
	assert_true(json_equal(json_object_get(asked, "user"), user));
	decision_release(&decision);
}

static void capabilities_are_cut_to_the_containers_own(void **state)
{
	(void)state;
	static const char *const sets[] = {"bounding", "effective", "inheritable", "permitted", "ambient"};
	cleanup_json json_t *start = parse_process(start_text);
	for (size_t i = 0; i < ARRAY_SIZE(sets); i++) {
		cleanup_json json_t *asked = parse_process(start_text);
		cleanup_json json_t *wide = parse_value("[\"CAP_SYS_ADMIN\",\"CAP_KILL\",\"cap_chown\",5]");
		char pointer[64];
		(void)snprintf(pointer, sizeof(pointer), "/capabilities/%s", sets[i]);
		assert_int_equal(document_set(asked, pointer, wide, NULL), 0);
		struct decision decision = held_to(asked, start, ACTION_REWRITE, MODE_ENFORCE);
		assert_int_equal(finding_at(&decision, pointer)->outcome, OUTCOME_REWRITTEN);
		bool has_kill = i == 0 || i == 3;
		assert_int_equal(json_array_size(document_get(asked, pointer)), has_kill ? 1 : 0);
		decision_release(&decision);
	}
}

/* Root by the policy: who may take any identity inside may be given one. */
static void where_root_runs_any_user_may(void **state)
{
	(void)state;
	static const struct {
		const char *effective, *asked, *after;
	} rows[] = {
		{"[]", "{\"uid\":999,\"gid\":999,\"additionalGids\":[999]}", NULL},
		{"[]", "{\"uid\":0,\"gid\":0,\"additionalGids\":[0,10]}", "{\"uid\":0,\"gid\":0,\"additionalGids\":[0,10]}"},
		{"[]", "{\"uid\":999,\"gid\":999,\"additionalGids\":[6,10]}",
		 "{\"uid\":999,\"gid\":999,\"additionalGids\":[10]}"},
		{"[\"CAP_SETGID\"]", "{\"uid\":999,\"gid\":999,\"additionalGids\":[6,10]}", NULL},
		{"[]", "{\"uid\":4294967295,\"gid\":999}", "{\"uid\":0,\"gid\":0,\"additionalGids\":[10]}"},
	};
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		cleanup_json json_t *start = parse_process(
			"{\"user\":{\"uid\":0,\"gid\":0,\"additionalGids\":[10]},\"capabilities\":{}}");
		cleanup_json json_t *effective = parse_value(rows[i].effective), *user = parse_value(rows[i].asked);
		cleanup_json json_t *after = parse_value(rows[i].after ? rows[i].after : rows[i].asked);
		cleanup_json json_t *asked = json_pack("{s:O,s:{}}", "user", user, "capabilities");
		assert_int_equal(document_set(start, "/capabilities/effective", effective, NULL), 0);
		struct decision decision = held_to(asked, start, ACTION_REWRITE, MODE_ENFORCE);
		if (!json_equal(json_object_get(asked, "user"), after))
			fail_msg("%s became %s", rows[i].asked, json_dumps(json_object_get(asked, "user"), 0));
		decision_release(&decision);
	}
}

static void audit_changes_nothing(void **state)
{
	(void)state;
	static const struct {
		enum action action;
		enum mode mode;
		enum verdict verdict;
	} rows[] = {{ACTION_AUDIT, MODE_ENFORCE, VERDICT_CLEAN}, {ACTION_REWRITE, MODE_AUDIT, VERDICT_AUDITED}};
	cleanup_json json_t *start = parse_process(start_text);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		cleanup_json json_t *asked = parse_process("{\"user\":{\"uid\":0,\"gid\":0}}");
		cleanup_json json_t *before = json_deep_copy(asked);
		struct decision decision = held_to(asked, start, rows[i].action, rows[i].mode);
		assert_int_equal(decision.verdict, rows[i].verdict);
		assert_int_equal(decision.findings.count, 2);
		assert_true(json_equal(asked, before));
		decision_release(&decision);
	}
}

/* What a container can really have been started with. */
static const struct random_field start_fields[] = {
	{"/user/uid", {"0", "1000", "65532", "null"}},
	{"/user/gid", {"0", "1000", "65532", "null"}},
	{"/user/additionalGids", {"[]", "[0]", "[100]", "[6,100,65532]", "null"}},
	{"/user/umask", {"0", "18", "63", "null"}},
	{"/capabilities/bounding", {"[]", "[\"CAP_KILL\"]", "[\"CAP_SYS_ADMIN\",\"CAP_KILL\"]", "null"}},
	{"/capabilities/effective", {"[]", "[\"CAP_KILL\"]", "[\"CAP_SETGID\"]", "null"}},
	{"/noNewPrivileges", {"true", "false", "null"}},
	{"/apparmorProfile", {"\"\"", "\"a\"", "null"}},
	{"/selinuxLabel", {"\"\"", "\"a:b:c:d\""}},
	{"/rlimits", {"[]", "[" NOFILE("5", "9") "]", "[" NOFILE("9", "99") "," MEMLOCK "]", "null"}},
	{"/oomScoreAdj", {"-1000", "0", "100", "null"}},
	{"/scheduler", {"{}", "{\"policy\":\"SCHED_FIFO\"}", "null"}},
};

static const struct random_field random_fields[] = {
	{"/user/uid", {"0", "1000", "65532", "-1", "\"0\"", "4294967295", "18446744073709551615", "null"}},
	{"/user/gid", {"0", "1000", "65532", "null"}},
	{"/user/additionalGids", {"[]", "[0]", "[100]", "[6,100,65532]", "7", "[\"0\"]", "null"}},
	{"/user/umask", {"0", "18", "63", "-1", "null", "\"x\""}},
	{"/capabilities/bounding", {"[]", "[\"CAP_KILL\"]", "[\"CAP_SYS_ADMIN\",\"CAP_KILL\"]", "{}", "null"}},
	{"/capabilities/effective", {"[]", "[\"CAP_KILL\"]", "[\"CAP_SETGID\"]", "\"CAP_KILL\"", "null"}},
	{"/capabilities/ambient", {"[]", "[\"CAP_KILL\"]", "[5]"}},
	{"/capabilities/x", {"[]"}},
	{"/noNewPrivileges", {"true", "false", "null", "1"}},
	{"/apparmorProfile", {"\"\"", "\"a\"", "\"b\"", "null", "1"}},
	{"/selinuxLabel", {"\"\"", "\"a:b:c:d\"", "\"e:f:g:h\""}},
	{"/rlimits", {"[]", "[" NOFILE("5", "9") "]", "[" NOFILE("9", "99") "," MEMLOCK "]", "[7]", "{}", "null",
		      "[" NOFILE("5", "9") "," NOFILE("99", "99") "]", "[" NOFILE("-1", "\"x\"") "]"}},
	{"/oomScoreAdj", {"-1000", "0", "100", "null", "\"x\""}},
	{"/scheduler", {"{}", "{\"policy\":\"SCHED_FIFO\"}", "null"}},
	{"/args", {"[\"sh\"]", "[]"}},
	{"/seccomp", {"{}", "null"}},
};

/* What was held is found clean, unless it is refused. */
static void what_is_held_holds(void **state)
{
	(void)state;
	uint64_t random = 20261125;
	for (size_t i = 0; i < 20000; i++) {
		cleanup_json json_t *start = random_config(&random, start_fields, ARRAY_SIZE(start_fields));
		cleanup_json json_t *asked = random_config(&random, random_fields, ARRAY_SIZE(random_fields));
		struct decision first = held_to(asked, start, ACTION_REWRITE, MODE_ENFORCE);
		struct decision second = held_to(asked, start, ACTION_REWRITE, MODE_ENFORCE);
		for (size_t j = 0; j < second.findings.count; j++)
			if (second.findings.items[j].edit != EDIT_NONE)
				fail_msg("%s: %s, from %s held to %s", second.findings.items[j].pointer,
					 second.findings.items[j].why, json_dumps(asked, 0), json_dumps(start, 0));
		assert_int_equal(second.verdict, first.verdict == VERDICT_REFUSED ? VERDICT_REFUSED : VERDICT_CLEAN);
		decision_release(&first);
		decision_release(&second);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_field_is_held),
		cmocka_unit_test(a_missing_user_has_the_containers_umask),
		cmocka_unit_test(capabilities_are_cut_to_the_containers_own),
		cmocka_unit_test(where_root_runs_any_user_may),
		cmocka_unit_test(audit_changes_nothing),
		cmocka_unit_test(what_is_held_holds),
	};
	return cmocka_run_group_tests_name("exec", tests, NULL, NULL);
}
