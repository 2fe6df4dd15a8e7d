#include "policy/tests/support.h"

#include <errno.h>
#include <string.h>

#include "policy/base/error.h"

static void carries_code_and_sentence(void **state)
{
	(void)state;
	cleanup_error struct error *error = NULL;
	assert_int_equal(error_set(&error, EINVAL, "%s is %d", "x", 5), -EINVAL);
	assert_int_equal(error->code, EINVAL);
	assert_string_equal(error_message(error), "x is 5");
}

static void may_be_made_of_the_error_it_replaces(void **state)
{
	(void)state;
	cleanup_error struct error *error = NULL;
	(void)error_set(&error, EINVAL, "inner");
	assert_int_equal(error_set(&error, EPERM, "outer: %s", error_message(error)), -EPERM);
	assert_string_equal(error_message(error), "outer: inner");
	assert_int_equal(error_set_errno(&error, EIO, "again: %s", error_message(error)), -EIO);
	assert_true(strncmp(error_message(error), "again: outer: inner: ", 21) == 0);
}

static void no_failure_looks_like_success(void **state)
{
	(void)state;
	cleanup_error struct error *error = NULL;
	assert_int_equal(error_set(&error, 0, "x"), -EIO);
	assert_int_equal(error->code, EIO);
	assert_int_equal(error_set_errno(&error, -1, "x"), -EIO);
	assert_int_equal(error->code, EIO);
}

static void null_is_accepted_everywhere(void **state)
{
	(void)state;
	assert_int_equal(error_set(NULL, EINVAL, "x"), -EINVAL);
	assert_int_equal(error_set_errno(NULL, EIO, "x"), -EIO);
	assert_int_equal(error_prefix(NULL, "x"), -EINVAL);
	assert_int_equal(error_out_of_memory(NULL), -ENOMEM);
	assert_string_equal(error_message(NULL), "unknown error");
	error_free(NULL);
}

static void a_prefix_keeps_the_code(void **state)
{
	(void)state;
	cleanup_error struct error *error = NULL;
	assert_int_equal(error_prefix(&error, "nothing to prefix"), -EINVAL);
	assert_null(error);
	(void)error_set(&error, ENOSPC, "disk");
	assert_int_equal(error_prefix(&error, "file %s", "a"), -ENOSPC);
	assert_string_equal(error_message(error), "file a: disk");
}

static void out_of_memory_needs_no_memory(void **state)
{
	(void)state;
	cleanup_error struct error *error = NULL;
	(void)error_set(&error, EINVAL, "to be replaced");
	assert_int_equal(error_out_of_memory(&error), -ENOMEM);
	assert_string_equal(error_message(error), "out of memory");
	assert_int_equal(error_prefix(&error, "reading"), -ENOMEM);
	assert_string_equal(error_message(error), "reading: out of memory");
}

/* Docker turns its exit code into 126 or 127 where a runtime's message has these. */
static void no_message_has_the_words_that_docker_looks_for(void **state)
{
	(void)state;
	for (int code = 1; code < 134; code++) {
		cleanup_error struct error *error = NULL;
		assert_int_equal(error_set_errno(&error, code, "file"), -code);
		assert_null(strcasestr(error_message(error), "permission denied"));
		assert_null(strcasestr(error_message(error), "no such file or directory"));
		assert_true(strlen(error_message(error)) > strlen("file: "));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(carries_code_and_sentence),
		cmocka_unit_test(may_be_made_of_the_error_it_replaces),
		cmocka_unit_test(no_failure_looks_like_success),
		cmocka_unit_test(null_is_accepted_everywhere),
		cmocka_unit_test(a_prefix_keeps_the_code),
		cmocka_unit_test(out_of_memory_needs_no_memory),
		cmocka_unit_test(no_message_has_the_words_that_docker_looks_for),
	};
	return cmocka_run_group_tests_name("error", tests, NULL, NULL);
}
