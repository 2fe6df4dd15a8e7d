/* linux.uidMappings: what the kernel says of a namespace by path, and random maps. */
#include <sched.h>
#include <stdio.h>
#include <string.h>

#include "policy/base/cleanup.h"
#include "policy/controls/table.h"
#include "policy/document/document.h"
#include "policy/host/namespace.h"
#include "policy/tests/guest.h"
#include "policy/tests/random_config.h"

#define ROUNDS 4000

/* A configuration that joins `guest`'s user namespace and claims harmless maps, with
 * a mount shifted by the map `shift`. */
static json_t *joining(pid_t guest, const char *shift)
{
	cleanup_free char *text = NULL;
	assert_true(asprintf(&text,
			     "{\"linux\":{\"namespaces\":[{\"type\":\"user\",\"path\":\"/proc/%d/ns/user\"}],"
			     "\"uidMappings\":[{\"containerID\":0,\"hostID\":100000,\"size\":10}],"
			     "\"gidMappings\":[{\"containerID\":0,\"hostID\":100000,\"size\":10}]},"
			     "\"mounts\":[{\"destination\":\"/d\",\"uidMappings\":%s,\"gidMappings\":%s}]}",
			     (int)guest, shift, shift) > 0);
	return parse_config(text);
}

static void assert_joining(const char *uid_map, const char *gid_map, const char *shift, const char *pointer, const char *expected)
{
	pid_t guest = guest_start(CLONE_NEWUSER, uid_map, gid_map);
	assert_true(guest > 0);
	cleanup_json json_t *config = joining(guest, shift);
	struct facts facts = {0};
	struct decision decision = decide_on_random(config, &control_user_namespace, NULL, &facts);
	guest_stop(guest);
	if (!pointer) {
		assert_int_equal(decision.verdict, VERDICT_CLEAN);
	} else {
		const struct finding *finding = finding_at(&decision, pointer);
		assert_int_equal(decision.verdict, VERDICT_REFUSED);
		if (!strstr(finding->why, expected))
			fail_msg("%s: %s", pointer, finding->why);
	}
	decision_release(&decision);
}

/* What config.json claims of a namespace that is joined does not count. */
static void the_kernels_map_counts(void **state)
{
	(void)state;
	if (geteuid() != 0)
		skip();
	const char *same = "[{\"containerID\":0,\"hostID\":200000,\"size\":5}]";
	const char *fine = "0 200000 5\n", *entry = "/linux/namespaces/0/path";
	assert_joining(fine, fine, "[]", NULL, NULL);
	assert_joining(fine, fine, same, NULL, NULL);
	assert_joining("0 0 1\n", fine, "[]", entry, "uid 0 of the host");
	assert_joining(fine, "0 200000 5\n5 0 1\n", "[]", entry, "gid 0 of the host");
	assert_joining("0 300000 5\n", fine, same, "/mounts/0/uidMappings", "otherwise");
	assert_joining(fine, "0 300000 5\n", same, "/mounts/0/gidMappings", "otherwise");
	/* the map that config.json claims is not the mount's measure either */
	assert_joining(fine, fine, "[{\"containerID\":0,\"hostID\":100000,\"size\":10}]", "/mounts/0/gidMappings", "otherwise");
}

static void a_process_that_is_gone_refuses(void **state)
{
	(void)state;
	pid_t guest = guest_start(0, NULL, NULL);
	assert_true(guest > 0);
	cleanup_json json_t *config = joining(guest, "[]");
	guest_stop(guest);
	struct facts facts = {0};
	struct decision decision = decide_on_random(config, &control_user_namespace, NULL, &facts);
	assert_int_equal(decision.verdict, VERDICT_REFUSED);
	assert_non_null(strstr(finding_at(&decision, "/linux/namespaces/0/path")->why, "cannot be opened"));
	decision_release(&decision);
}

static void rootless_root_is_not_the_hosts(void **state)
{
	(void)state;
	struct facts facts = {.engine = ENGINE_PODMAN, .advisory = true};
	cleanup_json json_t *config = parse_config(
		"{\"linux\":{\"namespaces\":[{\"type\":\"user\"}],\"uidMappings\":[{\"containerID\":0,\"hostID\":0,\"size\":1}],"
		"\"gidMappings\":[{\"containerID\":0,\"hostID\":0,\"size\":1}]}}");
	struct decision decision = decide_on_random(config, &control_user_namespace, NULL, &facts);
	assert_int_equal(decision.verdict, VERDICT_CLEAN);
	decision_release(&decision);
}

static void maps_compare_as_sets(void **state)
{
	(void)state;
	struct id_map left = {0}, right = {0};
	assert_int_equal(id_map_add(&left, 0, 1000, 10), 0);
	assert_int_equal(id_map_add(&left, 10, 5000, 1), 0);
	assert_int_equal(id_map_add(&right, 10, 5000, 1), 0);
	assert_false(id_map_equal(&left, &right));
	assert_int_equal(id_map_add(&right, 0, 1000, 10), 0);
	assert_true(id_map_equal(&left, &right));
	assert_true(id_map_has_outside(&left, 1009));
	assert_false(id_map_has_outside(&left, 1010));
	assert_false(id_map_has_outside(&left, 999));
	assert_int_equal(id_map_add(&right, 0, 4294967295, 1), 0);
	assert_true(id_map_has_outside(&right, 4294967295));
	assert_false(id_map_equal(&left, &right));
	const int64_t bad[][3] = {{-1, 1, 1}, {0, -1, 1}, {0, 1, 0}, {0, 4294967295, 2}, {4294967295, 1, 2}, {0, 1, 4294967296}};
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		assert_true(id_map_add(&left, bad[i][0], bad[i][1], bad[i][2]) < 0);
	id_map_release(&left);
	id_map_release(&right);
}

#define SAFE "[{\"containerID\":0,\"hostID\":100000,\"size\":65536}]"
#define MAPS_TO_TRY                                                                                                   \
	{SAFE, SAFE, SAFE, SAFE, "[]", "null", "7", "[{}]", "[{\"containerID\":0,\"hostID\":0,\"size\":1}]",                      \
	 "[{\"containerID\":5,\"hostID\":100000,\"size\":5},{\"containerID\":0,\"hostID\":0,\"size\":2}]",                       \
	 "[{\"containerID\":0,\"hostID\":4294967295,\"size\":2}]", "[{\"containerID\":0,\"hostID\":0.0,\"size\":1}]",            \
	 "[{\"containerID\":0,\"hostID\":-5,\"size\":10}]", "[\"0:0:1\"]"}

static const struct random_field fields[] = {
	{"/linux/namespaces", {"[{\"type\":\"user\"}]", "[{\"type\":\"user\",\"path\":\"\"}]", "[]", "[{\"type\":\"user\",\"path\":7}]",
			       "[{\"type\":\"user\",\"path\":\"/proc/self/ns/user\"}]", "[{\"type\":\"user\"}]"}},
	{"/linux/uidMappings", MAPS_TO_TRY},
	{"/linux/gidMappings", MAPS_TO_TRY},
	{"/mounts", {"[]", "[{\"uidMappings\":" SAFE "}]", "[{\"gidMappings\":[]}]", "[{\"options\":[\"idmap\"]}]",
		     "[{\"options\":[\"ridmap=uids=0-0-1\",7]}]", "[{\"uidMappings\":\"x\"}]", "[{},{\"options\":[\"rw\"]}]"}},
};

static bool mentions(const json_t *config, const char *pointer, const char *text)
{
	const json_t *value = document_get(config, pointer);
	cleanup_free char *printed = value ? json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT) : NULL;
	return printed && strstr(printed, text);
}

/* What passes has either no user namespace and no shifted mount, or only the one
 * map that does not reach the host's root. */
static void random_maps_pass_only_when_safe(void **state)
{
	(void)state;
	uint64_t seed = 0xace;
	struct facts facts = {0};
	size_t passed = 0, refused = 0;
	for (size_t i = 0; i < ROUNDS; i++) {
		cleanup_json json_t *config = random_config(&seed, fields, ARRAY_SIZE(fields));
		struct decision decision = decide_on_random(config, &control_user_namespace, NULL, &facts);
		bool clean = decision.verdict == VERDICT_CLEAN;
		bool separate = mentions(config, "/linux/namespaces", "user");
		passed += clean;
		refused += !clean;
		if (clean && separate) {
			assert_true(mentions(config, "/linux/uidMappings", "\"hostID\":100000,\"size\":65536"));
			assert_true(mentions(config, "/linux/gidMappings", "\"hostID\":100000,\"size\":65536"));
		} else if (clean) {
			assert_false(mentions(config, "/linux/uidMappings", "hostID"));
			assert_false(mentions(config, "/mounts", "hostID"));
			assert_false(mentions(config, "/mounts", "idmap"));
		}
		assert_false(clean && mentions(config, "/mounts", "idmap="));
		decision_release(&decision);
	}
	assert_true(passed > 0 && refused > 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_kernels_map_counts),
		cmocka_unit_test(a_process_that_is_gone_refuses),
		cmocka_unit_test(rootless_root_is_not_the_hosts),
		cmocka_unit_test(maps_compare_as_sets),
		cmocka_unit_test(random_maps_pass_only_when_safe),
	};
	return cmocka_run_group_tests_name("user-namespace", tests, NULL, NULL);
}
