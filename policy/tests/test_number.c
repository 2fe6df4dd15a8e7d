#include "policy/tests/support.h"

#include <errno.h>

#include "policy/base/cleanup.h"
#include "policy/base/number.h"

struct row {
	const char *text;
	int result;
	int64_t value;
};

static void check(const struct row *rows, size_t count, int (*parse)(const char *, int64_t *))
{
	for (size_t i = 0; i < count; i++) {
		int64_t value = -4711;
		int result = parse(rows[i].text, &value);
		if (result != rows[i].result)
			fail_msg("\"%s\": %d, not %d", rows[i].text, result, rows[i].result);
		/* untouched on failure */
		assert_true(value == (result == 0 ? rows[i].value : -4711));
	}
}

static void int64(void **state)
{
	(void)state;
	static const struct row rows[] = {
		{"0", 0, 0}, {"-0", 0, 0}, {"42", 0, 42}, {"-42", 0, -42}, {"007", 0, 7},
		{"9223372036854775807", 0, INT64_MAX}, {"-9223372036854775808", 0, INT64_MIN},
		{"9223372036854775808", -ERANGE, 0}, {"-9223372036854775809", -ERANGE, 0},
		{"99999999999999999999999999", -ERANGE, 0}, {"", -EINVAL, 0}, {"-", -EINVAL, 0},
		{"--5", -EINVAL, 0}, {"+5", -EINVAL, 0}, {" 5", -EINVAL, 0}, {"5 ", -EINVAL, 0},
		{"5\n", -EINVAL, 0}, {"0x10", -EINVAL, 0}, {"1e5", -EINVAL, 0}, {"1.0", -EINVAL, 0},
		{"\xd9\xa3", -EINVAL, 0},
	};
	check(rows, ARRAY_SIZE(rows), number_parse_int64);
}

static void uint64(void **state)
{
	(void)state;
	uint64_t value = 1;
	assert_int_equal(number_parse_uint64("18446744073709551615", &value), 0);
	assert_true(value == UINT64_MAX);
	assert_int_equal(number_parse_uint64("18446744073709551616", &value), -ERANGE);
	assert_int_equal(number_parse_uint64("-1", &value), -EINVAL);
	assert_int_equal(number_parse_uint64("-0", &value), -EINVAL);
	assert_int_equal(number_parse_uint64("", &value), -EINVAL);
	assert_true(value == UINT64_MAX);
}

static void sizes(void **state)
{
	(void)state;
	static const struct row rows[] = {
		{"512", 0, 512}, {"512B", 0, 512}, {"1KiB", 0, 1024}, {"512MiB", 0, INT64_C(536870912)},
		{"8GiB", 0, INT64_C(8589934592)}, {"1TiB", 0, INT64_C(1) << 40}, {"5kB", 0, 5000},
		{"5MB", 0, 5000000}, {"5GB", 0, INT64_C(5000000000)}, {"9223372036854775807", 0, INT64_MAX},
		{"9223372036854775808", -ERANGE, 0}, {"8388607TiB", 0, INT64_C(8388607) << 40},
		{"8388608TiB", -ERANGE, 0}, {"5KB", -EINVAL, 0}, {"5k", -EINVAL, 0}, {"5 MiB", -EINVAL, 0},
		{"-1", -EINVAL, 0}, {"MiB", -EINVAL, 0}, {"1.5GiB", -EINVAL, 0}, {"5mib", -EINVAL, 0},
	};
	check(rows, ARRAY_SIZE(rows), number_parse_size);
}

static void thousandths(void **state)
{
	(void)state;
	static const struct row rows[] = {
		{"0", 0, 0}, {"1", 0, 1000}, {"1.5", 0, 1500}, {"0.25", 0, 250}, {"0.001", 0, 1},
		{"4.000", 0, 4000}, {"9223372036854775.807", 0, INT64_MAX},
		{"9223372036854775.808", -ERANGE, 0}, {"9223372036854776", -ERANGE, 0}, {"1.", -EINVAL, 0},
		{".5", -EINVAL, 0}, {"1.0001", -EINVAL, 0}, {"1,5", -EINVAL, 0}, {"-1", -EINVAL, 0},
		{"1.5.5", -EINVAL, 0}, {"1e3", -EINVAL, 0}, {"", -EINVAL, 0},
	};
	check(rows, ARRAY_SIZE(rows), number_parse_thousandths);
}

static void durations(void **state)
{
	(void)state;
	static const struct row rows[] = {
		{"90s", 0, 90}, {"30m", 0, 1800}, {"12h", 0, 43200}, {"7d", 0, 604800}, {"0d", 0, 0},
		{"7", -EINVAL, 0}, {"d", -EINVAL, 0}, {"1h30m", -EINVAL, 0}, {"-1d", -EINVAL, 0},
		{"1w", -EINVAL, 0}, {"106751991167300d", 0, INT64_C(9223372036854720000)},
		{"106751991167301d", -ERANGE, 0},
	};
	check(rows, ARRAY_SIZE(rows), number_parse_duration);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(int64),     cmocka_unit_test(uint64),	cmocka_unit_test(sizes),
		cmocka_unit_test(thousandths), cmocka_unit_test(durations),
	};
	return cmocka_run_group_tests_name("number", tests, NULL, NULL);
}
