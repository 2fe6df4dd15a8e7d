#include "policy/tests/support.h"

#include <stdlib.h>
#include <string.h>

#include "policy/base/cleanup.h"
#include "shim/backend_version.h"

static void versions_are_compared_as_numbers(void **state)
{
	(void)state;
	static const struct {
		const char *left, *right;
		int order;
	} rows[] = {
		{"1.1.5", "1.1.5", 0},        {"1.1.5+ds1", "1.1.5", 0},   {"1.1.10", "1.1.9", 1},
		{"1.1.5", "1.1.12", -1},      {"1.2.0-rc.1", "1.2.0", -1}, {"1.2.0~rc1", "1.2.0", -1},
		{"1.2.0-rc.2", "1.1.9", 1},   {"1.1.7-0ubuntu1", "1.1.7", 0}, {"1.8", "1.8.1", -1},
		{"2.0", "1.99.99", 1},        {"1.0.0-rc93", "1.0.0-rc100", -1}, {"1.1.05", "1.1.5", 0},
		{"1.0.0~rc93+ds1", "1.0.0~rc9", 1}, {"1.10", "1.9.9", 1}, {"18446744073709551616.1", "2.0", 1},
	};
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		int order = backend_compare_versions(rows[i].left, rows[i].right);
		int back = backend_compare_versions(rows[i].right, rows[i].left);
		if ((order > 0) - (order < 0) != rows[i].order || (back > 0) - (back < 0) != -rows[i].order)
			fail_msg("%s and %s: %d, %d", rows[i].left, rows[i].right, order, back);
	}
}

static void runc_and_crun_are_told_apart(void **state)
{
	(void)state;
	enum backend_kind kind = 0;
	char *version = NULL;
	assert_int_equal(backend_read_version("runc version 1.1.5+ds1\ncommit: x\n", &kind, &version, NULL), 0);
	assert_int_equal(kind, BACKEND_RUNC);
	assert_string_equal(version, "1.1.5+ds1");
	free(version);
	assert_int_equal(backend_read_version("crun version 1.8.1\n", &kind, &version, NULL), 0);
	assert_int_equal(kind, BACKEND_CRUN);
	assert_string_equal(version, "1.8.1");
	free(version);
}

static void wrappers_are_not_backends(void **state)
{
	(void)state;
	static const char *const answers[] = {
		"", "runc", "runc version", "runc version \n", "runc version x1\n", "runsc version release-1\n",
		"NVIDIA Container Runtime version 1.13.1\ncommit: x\n\nrunc version 1.1.5\n", " runc version 1.1.5\n",
	};
	for (size_t i = 0; i < ARRAY_SIZE(answers); i++) {
		enum backend_kind kind = 0;
		char *version = NULL;
		cleanup_error struct error *error = NULL;
		assert_true(backend_read_version(answers[i], &kind, &version, &error) < 0);
		assert_null(version);
		assert_non_null(strstr(error_message(error), "belongs above"));
	}
}

static void a_minimum_is_demanded(void **state)
{
	(void)state;
	char path[] = "/usr/sbin/runc", version[] = "1.1.5+ds1";
	struct backend backend = {.descriptor = -1, .path = path, .kind = BACKEND_RUNC, .version = version};
	json_t *settings = json_pack("{s:s}", "minimum", "1.1.12");
	cleanup_error struct error *error = NULL;
	assert_true(backend_check_minimum(&backend, settings, &error) < 0);
	assert_non_null(strstr(error_message(error), "minimum 1.1.12 (backend.minimum)"));
	assert_int_equal(json_object_set_new(settings, "minimum", json_string("1.1.5")), 0);
	assert_int_equal(backend_check_minimum(&backend, settings, NULL), 0);
	assert_int_equal(json_object_set_new(settings, "minimum", json_null()), 0);
	assert_int_equal(backend_check_minimum(&backend, settings, NULL), 0);
	json_decref(settings);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(versions_are_compared_as_numbers),
		cmocka_unit_test(runc_and_crun_are_told_apart),
		cmocka_unit_test(wrappers_are_not_backends),
		cmocka_unit_test(a_minimum_is_demanded),
	};
	return cmocka_run_group_tests_name("backend_version", tests, NULL, NULL);
}
