#include "policy/tests/support.h"

#include <stdio.h>
#include <string.h>

#include "policy/base/cleanup.h"
#include "shim/timestamp.h"

static void every_day_is_what_the_c_library_says(void **state)
{
	(void)state;
	/* 1900 to 2400, an odd number of seconds apart so that every field moves */
	for (time_t second = -2208988800; second < 13569465600; second += 86400 * 3 - 12345) {
		struct timespec moment = {.tv_sec = second, .tv_nsec = 123456789};
		struct tm parts;
		char expected[TIMESTAMP_SIZE], text[TIMESTAMP_SIZE];
		assert_non_null(gmtime_r(&second, &parts));
		assert_true(strftime(expected, sizeof(expected), "%Y-%m-%dT%H:%M:%S.123456Z", &parts) > 0);
		timestamp_format(&moment, true, text);
		assert_string_equal(text, expected);
	}
}

static void seconds_are_enough_for_an_engine(void **state)
{
	(void)state;
	char text[TIMESTAMP_SIZE];
	timestamp_format(&(struct timespec){.tv_sec = 951782400, .tv_nsec = 1}, false, text);
	assert_string_equal(text, "2000-02-29T00:00:00Z");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_day_is_what_the_c_library_says),
		cmocka_unit_test(seconds_are_enough_for_an_engine),
	};
	return cmocka_run_group_tests_name("timestamp", tests, NULL, NULL);
}
