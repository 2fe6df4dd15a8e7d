#include "policy/base/number.h"

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include "policy/base/cleanup.h"

/* Reads the digits at the start of `text`; *ret_end is what follows them. */
static int read_digits(const char *text, uint64_t *ret, const char **ret_end)
{
	uint64_t value = 0;
	const char *at = text;
	for (; *at >= '0' && *at <= '9'; at++) {
		if (__builtin_mul_overflow(value, 10u, &value) ||
		    __builtin_add_overflow(value, (uint64_t)(*at - '0'), &value))
			return -ERANGE;
	}
	if (at == text)
		return -EINVAL;
	*ret = value;
	*ret_end = at;
	return 0;
}

int number_parse_uint64(const char *text, uint64_t *ret)
{
	uint64_t value = 0;
	const char *end = NULL;
	int result = read_digits(text, &value, &end);
	if (result < 0)
		return result;
	if (*end)
		return -EINVAL;
	*ret = value;
	return 0;
}

int number_parse_int64(const char *text, int64_t *ret)
{
	bool negative = *text == '-';
	uint64_t magnitude = 0;
	int result = number_parse_uint64(text + negative, &magnitude);
	if (result < 0)
		return result;
	if (magnitude > (uint64_t)INT64_MAX + negative)
		return -ERANGE;
	*ret = negative ? (int64_t)(0 - magnitude) : (int64_t)magnitude;
	return 0;
}

struct unit {
	const char *name;
	int64_t factor;
};

static int read_with_unit(const char *text, const struct unit *units, size_t count, int64_t *ret)
{
	uint64_t value = 0;
	const char *end = NULL;
	int result = read_digits(text, &value, &end);
	if (result < 0)
		return result;
	for (size_t i = 0; i < count; i++) {
		if (strcmp(end, units[i].name) != 0)
			continue;
		int64_t product = 0;
		if (__builtin_mul_overflow(value, units[i].factor, &product))
			return -ERANGE;
		*ret = product;
		return 0;
	}
	return -EINVAL;
}

int number_parse_size(const char *text, int64_t *ret_bytes)
{
	static const struct unit units[] = {
		{"", 1}, {"B", 1},
		{"KiB", INT64_C(1) << 10}, {"MiB", INT64_C(1) << 20},
		{"GiB", INT64_C(1) << 30}, {"TiB", INT64_C(1) << 40},
		{"kB", 1000}, {"MB", 1000000}, {"GB", 1000000000}, {"TB", 1000000000000},
	};
	return read_with_unit(text, units, ARRAY_SIZE(units), ret_bytes);
}

int number_parse_duration(const char *text, int64_t *ret_seconds)
{
	static const struct unit units[] = {
		{"s", 1}, {"m", 60}, {"h", 3600}, {"d", 86400},
	};
	return read_with_unit(text, units, ARRAY_SIZE(units), ret_seconds);
}

int number_parse_thousandths(const char *text, int64_t *ret)
{
	uint64_t whole = 0;
	const char *end = NULL;
	int result = read_digits(text, &whole, &end);
	if (result < 0)
		return result;
	uint64_t fraction = 0;
	if (*end == '.') {
		const char *digits = end + 1;
		result = read_digits(digits, &fraction, &end);
		if (result < 0)
			return result;
		if (end - digits > 3)
			return -EINVAL;
		for (ptrdiff_t missing = 3 - (end - digits); missing > 0; missing--)
			fraction *= 10;
	}
	if (*end)
		return -EINVAL;
	int64_t value = 0;
	if (__builtin_mul_overflow(whole, 1000u, &value) || __builtin_add_overflow(value, fraction, &value))
		return -ERANGE;
	*ret = value;
	return 0;
}
