/* process.user: whatever comes in, no root and none of the host's groups come out. */
#include <string.h>

#include "policy/controls/table.h"
#include "policy/document/document.h"
#include "policy/base/cleanup.h"
#include "policy/tests/random_config.h"

#define ROUNDS 4000

static const struct random_field fields[] = {
	{"/process/user", {"null", "{}", "{\"username\":\"x\"}", "7"}},
	{"/linux/namespaces",
	 {"[]", "[{\"type\":\"user\"}]", "[{\"type\":\"pid\"},{\"type\":\"user\",\"path\":\"/x\"}]", "null", "[\"user\"]"}},
};

/* Set after "/process/user", where that is an object. */
static const struct random_field members[] = {
	{"/process/user/uid", {"0", "1", "1000", "65532", "4294967294", "4294967295", "4294967296", "-1", "0.0", "1e3",
			       "18446744073709551615", "\"1000\"", "null", "[0]"}},
	{"/process/user/gid", {"0", "6", "999", "1000", "65532", "4294967295", "-1", "0.5", "\"0\"", "null"}},
	{"/process/user/additionalGids",
	 {"null", "[]", "[0]", "[0,1000]", "[6,15,27]", "[1000,65532]", "[4294967295]", "[\"0\",0.5,null]", "7", "[-1,2000]"}},
	{"/process/user/umask", {"0", "18", "63", "512", "-1", "\"022\"", "null"}},
};

static bool is_id(const json_t *value, int64_t at_least)
{
	int64_t id = -1;
	return document_read_int64(value, &id) == 0 && id >= at_least && id <= INT64_C(4294967294);
}

static void assert_harmless(const json_t *config, bool separate)
{
	const json_t *gids = document_get(config, "/process/user/additionalGids");
	const json_t *uid = document_get(config, "/process/user/uid"), *gid = document_get(config, "/process/user/gid");
	assert_true(is_id(uid, 1) || (separate && (!uid || json_is_null(uid) || is_id(uid, 0))));
	assert_true(is_id(gid, 1000) || (separate && (!gid || json_is_null(gid) || is_id(gid, 0))));
	size_t index;
	json_t *group;
	json_array_foreach(gids, index, group)
		assert_true(is_id(group, separate ? 0 : 1000));
	assert_true(!gids || json_is_null(gids) || json_is_array(gids));
}

static void random_users_come_out_harmless(void **state)
{
	(void)state;
	uint64_t seed = 0xbeef;
	struct facts facts = {0};
	size_t verdicts[3] = {0};
	for (size_t i = 0; i < ROUNDS; i++) {
		cleanup_json json_t *config = random_config(&seed, fields, ARRAY_SIZE(fields));
		const json_t *user = document_get(config, "/process/user");
		if (!user || json_is_object(user)) {
			for (size_t m = 0; m < ARRAY_SIZE(members); m++) {
				cleanup_json json_t *one = random_config(&seed, &members[m], 1);
				json_t *value = document_get(one, members[m].pointer);
				if (value)
					assert_int_equal(document_set(config, members[m].pointer, value, NULL), 0);
			}
		}
		struct container_view view;
		assert_int_equal(container_view_of(config, VERB_CREATE, &view, NULL), 0);
		bool separate = container_has_user_namespace(&view);
		struct decision decision = decide_on_random(config, &control_user, NULL, &facts);
		assert_harmless(decision.result, separate);
		verdicts[decision.verdict]++;
		decision_release(&decision);
	}
	assert_int_equal(verdicts[VERDICT_REFUSED], 0);
	assert_true(verdicts[VERDICT_REWRITTEN] > 0 && verdicts[VERDICT_CLEAN] > 0);
}

static void groups_alone_are_offered_as_an_exception(void **state)
{
	(void)state;
	struct facts facts = {0};
	cleanup_json json_t *config =
		parse_config("{\"process\":{\"user\":{\"uid\":1000,\"gid\":1000,\"additionalGids\":[27,2000,0]}}}");
	cleanup_json json_t *again = json_deep_copy(config);
	cleanup_json json_t *changes = parse_config("{\"groups\":[\"33\"]}");
	cleanup_json json_t *settings = settings_for_only(&control_user, changes);
	struct decision decision = decide_lawfully(config, settings, &facts);
	const struct finding *finding = finding_at(&decision, "/process/user/additionalGids");
	cleanup_json json_t *expected = parse_config("{\"groups\":[\"33\",\"27\",\"0\"]}");
	assert_true(json_equal(finding->remedy, expected));
	cleanup_json json_t *mended = settings_for_only(&control_user, finding->remedy);
	struct decision second = decide_lawfully(again, mended, &facts);
	assert_int_equal(second.verdict, VERDICT_CLEAN);
	decision_release(&second);
	decision_release(&decision);
}

static void settings_are_checked(void **state)
{
	(void)state;
	const struct {
		const char *key, *value;
		bool fine;
	} rows[] = {
		{"uid", "[65532]", true},   {"uid", "[0]", false},	    {"uid", "[4294967295]", false}, {"uid", "[null]", true},
		{"gid", "[-1]", false},	    {"minimum-uid", "[0]", true},   {"minimum-group", "[-5]", false},
		{"groups", "[\"0\"]", true}, {"groups", "[\"007\"]", false}, {"groups", "[\"docker\"]", false},
		{"groups", "[\"4294967295\"]", false},
	};
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const struct policy_key *key = control_user.keys;
		while (strcmp(key->name, rows[i].key) != 0)
			key++;
		cleanup_json json_t *list = json_loads(rows[i].value, 0, NULL);
		if ((key->check(json_array_get(list, 0), NULL) == 0) != rows[i].fine)
			fail_msg("%s: %s", rows[i].key, rows[i].value);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(random_users_come_out_harmless),
		cmocka_unit_test(groups_alone_are_offered_as_an_exception),
		cmocka_unit_test(settings_are_checked),
	};
	return cmocka_run_group_tests_name("user", tests, NULL, NULL);
}
