/* Reading from another process until a deadline. */
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "policy/base/cleanup.h"
#include "policy/base/deadline.h"
#include "policy/tests/support.h"

#define LATER (clock_milliseconds() + 60000)

static void what_is_there_is_read(void **state)
{
	(void)state;
	int ends[2];
	char bytes[8] = "";
	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	assert_int_equal(write(ends[1], "abc", 3), 3);
	assert_int_equal(deadline_read(ends[0], LATER, bytes, 2), 0);
	assert_string_equal(bytes, "ab");
	assert_int_equal(deadline_read_some(ends[0], LATER, bytes, sizeof(bytes)), 1);
	assert_int_equal(write(ends[1], "d", 1), 1);
	(void)close(ends[1]);
	/* two are asked for, one is there */
	assert_int_equal(deadline_read(ends[0], LATER, bytes, 2), -EPIPE);
	assert_int_equal(deadline_read_some(ends[0], LATER, bytes, sizeof(bytes)), 0);
	(void)close(ends[0]);
}

static void nobody_waits_beyond_the_deadline(void **state)
{
	(void)state;
	int ends[2];
	char byte;
	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	assert_int_equal(deadline_read_some(ends[0], clock_milliseconds(), &byte, 1), -ETIMEDOUT);
	assert_int_equal(deadline_read(ends[0], clock_milliseconds() + 1, &byte, 1), -ETIMEDOUT);
	/* not even for what is there */
	assert_int_equal(write(ends[1], "a", 1), 1);
	assert_int_equal(deadline_read(ends[0], clock_milliseconds(), &byte, 1), -ETIMEDOUT);
	(void)close(ends[0]);
	(void)close(ends[1]);
	assert_int_equal(deadline_read_some(ends[0], LATER, &byte, 1), -EBADF);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_there_is_read),
		cmocka_unit_test(nobody_waits_beyond_the_deadline),
	};
	return cmocka_run_group_tests_name("base: deadline", tests, NULL, NULL);
}
