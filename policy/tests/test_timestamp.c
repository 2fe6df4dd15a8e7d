#include "policy/tests/support.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "policy/base/cleanup.h"
#include "policy/base/timestamp.h"

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

static void what_is_written_is_read_again(void **state)
{
	(void)state;
	for (int64_t second = 0; second < INT64_C(13569465600); second += 86400 * 3 - 12345) {
		char text[TIMESTAMP_SIZE];
		int64_t again = -1;
		timestamp_format(&(struct timespec){.tv_sec = (time_t)second, .tv_nsec = 7000}, second % 2, text);
		assert_int_equal(timestamp_parse(text, &again), 0);
		assert_int_equal(again, second);
	}
}

static void other_zones_and_fractions_are_read(void **state)
{
	(void)state;
	static const char *const same[] = {
		"2026-11-22T07:25:10Z",
		"2026-11-22T07:25:10.1Z",
		"2026-11-22T07:25:10.999999999Z",
		"2026-11-22T08:25:10+01:00",
		"2026-11-21T19:55:10.5-11:30",
		"2026-11-22T07:25:10-00:00",
	};
	for (size_t i = 0; i < ARRAY_SIZE(same); i++) {
		int64_t seconds = 0;
		assert_int_equal(timestamp_parse(same[i], &seconds), 0);
		assert_int_equal(seconds, 1795332310);
	}
}

static void anything_else_is_no_moment(void **state)
{
	(void)state;
	static const char *const wrong[] = {
		"", "Z", "2026-11-22", "2026-11-22T07:25:10", "2026-11-22t07:25:10Z", "2026-11-22T07:25:10z",
		"2026-11-22 07:25:10Z", "2026-11-22T07:25:10ZZ", "2026-11-22T07:25:10.Z", "2026-11-22T07:25:10,5Z",
		"2026-11-22T07:25:10+0100", "2026-11-22T07:25:10+24:00", "2026-11-22T07:25:10+01:60",
		"2026-11-22T07:25:10+01:00Z", "2026-00-22T07:25:10Z", "2026-13-22T07:25:10Z", "2026-11-00T07:25:10Z",
		"2026-11-31T07:25:10Z", "2026-02-29T07:25:10Z", "2100-02-29T07:25:10Z", "2026-11-32T07:25:10Z",
		"2026-11-22T24:00:00Z", "2026-11-22T07:60:10Z", "2026-12-31T23:59:60Z", "1969-12-31T23:59:59Z",
		"0000-01-01T00:00:00Z", "02026-11-22T07:25:10Z", "+026-11-22T07:25:10Z", " 2026-11-22T07:25:10Z",
		"2026-11-22T07:25:1\xd9\xa1Z",
	};
	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++) {
		int64_t seconds = 4711;
		assert_int_equal(timestamp_parse(wrong[i], &seconds), -EINVAL);
		assert_int_equal(seconds, 4711);
	}
}

static void a_moment_that_is_cut_off_is_none(void **state)
{
	(void)state;
	static const char whole[] = "2026-11-22T08:25:10.5+01:00";
	for (size_t length = 0; length < strlen(whole); length++) {
		char part[sizeof(whole)];
		int64_t seconds = 0;
		(void)snprintf(part, sizeof(part), "%.*s", (int)length, whole);
		assert_int_equal(timestamp_parse(part, &seconds), -EINVAL);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_day_is_what_the_c_library_says),
		cmocka_unit_test(seconds_are_enough_for_an_engine),
		cmocka_unit_test(what_is_written_is_read_again),
		cmocka_unit_test(other_zones_and_fractions_are_read),
		cmocka_unit_test(anything_else_is_no_moment),
		cmocka_unit_test(a_moment_that_is_cut_off_is_none),
	};
	return cmocka_run_group_tests_name("timestamp", tests, NULL, NULL);
}
