#include "policy/tests/support.h"

#include <string.h>

#include "policy/base/cleanup.h"
#include "shim/container_state.h"

static const struct {
	const char *text;
	enum backend_kind kind;
	const char *bundle; /* NULL: an error */
	int64_t process;
} states[] = {
	{"{\"config\":{\"labels\":[\"a=b\",\"bundle=/run/b\"]}}", BACKEND_RUNC, "/run/b", 0},
	{"{\"config\":{\"labels\":[\"bundle=/run/b\"]},\"init_process_pid\":7}", BACKEND_RUNC, "/run/b", 7},
	{"{\"bundle\":\"/run/b\",\"pid\":1}", BACKEND_CRUN, "/run/b", 1},
	{"{\"bundle\":\"/run/b\",\"pid\":\"1\"}", BACKEND_CRUN, "/run/b", 0},
	{"{\"bundle\":\"/run/b\"}", BACKEND_RUNC, NULL, 0},
	{"{\"config\":{\"labels\":[\"bundle=/evil\",\"bundle=/run/b\"]}}", BACKEND_RUNC, NULL, 0},
	{"{\"config\":{\"labels\":[\"bundle=run/b\"]}}", BACKEND_RUNC, NULL, 0},
	{"{\"config\":{\"labels\":[7]}}", BACKEND_RUNC, NULL, 0},
	{"{\"bundle\":7}", BACKEND_CRUN, NULL, 0},
	{"{\"bundle\":\"/a\",\"bundle\":\"/b\"}", BACKEND_CRUN, NULL, 0},
	{"[]", BACKEND_RUNC, NULL, 0},
	{"", BACKEND_CRUN, NULL, 0},
};

static void the_bundle_is_what_the_backend_will_read(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(states); i++) {
		struct container_state found = {0};
		cleanup_error struct error *error = NULL;
		int result = container_state_read(states[i].text, strlen(states[i].text), states[i].kind, &found, &error);
		cleanup_free char *bundle = found.bundle;
		assert_int_equal(found.process, states[i].process);
		if ((result == 0) != (states[i].bundle != NULL))
			fail_msg("%s: %s", states[i].text, result == 0 ? "passes" : error_message(error));
		if (states[i].bundle)
			assert_string_equal(bundle, states[i].bundle);
		else
			assert_non_null(error);
	}
}

static void a_container_nobody_knows_is_an_error(void **state)
{
	(void)state;
	cleanup_free char *root = make_temporary_directory();
	struct invocation invocation = {.root = root, .id = "c1"};
	struct container_state found = {0};
	cleanup_error struct error *error = NULL;
	assert_true(container_state_find(&invocation, &found, &error) < 0);
	assert_non_null(strstr(error_message(error), root));
	assert_null(found.bundle);
	remove_tree(root);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_bundle_is_what_the_backend_will_read),
		cmocka_unit_test(a_container_nobody_knows_is_an_error),
	};
	return cmocka_run_group_tests_name("container_state", tests, NULL, NULL);
}
