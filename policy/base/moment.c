#include "policy/base/moment.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <time.h>

#define FRACTION_DIGITS 9u

#define LAST_MOMENT INT64_C(253402300799) /* 9999-12-31T23:59:59Z */

/* "dddd-dd-ddTdd:dd:dd": a digit for each d, the others as they stand. */
static bool has_shape(const char *text, const char *shape)
{
	for (; *shape; text++, shape++) {
		bool fits = *shape == 'd' ? *text >= '0' && *text <= '9' : *text == *shape;
		if (!fits)
			return false;
	}
	return true;
}

static int digits(const char *text, size_t count)
{
	int number = 0;
	for (size_t i = 0; i < count; i++)
		number = number * 10 + (text[i] - '0');
	return number;
}

/* "Z" or "+01:00", to its end. */
static int parse_offset(const char *text, int64_t *ret_seconds)
{
	if (strcmp(text, "Z") == 0) {
		*ret_seconds = 0;
		return 0;
	}
	if (strlen(text) != strlen("+01:00") || !has_shape(text + 1, "dd:dd"))
		return -EINVAL;
	int hours = digits(text + 1, 2), minutes = digits(text + 4, 2);
	if ((*text != '+' && *text != '-') || hours > 23 || minutes > 59)
		return -EINVAL;
	*ret_seconds = (*text == '-' ? -60 : 60) * (int64_t)(hours * 60 + minutes);
	return 0;
}

int moment_parse(const char *text, int64_t *ret_seconds)
{
	if (!has_shape(text, "dddd-dd-ddTdd:dd:dd"))
		return -EINVAL;
	struct tm given = {
		.tm_year = digits(text, 4) - 1900,
		.tm_mon = digits(text + 5, 2) - 1,
		.tm_mday = digits(text + 8, 2),
		.tm_hour = digits(text + 11, 2),
		.tm_min = digits(text + 14, 2),
		.tm_sec = digits(text + 17, 2),
	};
	const char *rest = text + strlen("dddd-dd-ddTdd:dd:dd");
	if (*rest == '.') {
		size_t count = strspn(rest + 1, "0123456789");
		if (count == 0 || count > FRACTION_DIGITS)
			return -EINVAL;
		rest += 1 + count;
	}
	struct tm again = given;
	int64_t offset = 0, seconds = (int64_t)timegm(&again);
	/* timegm(3) takes the 31st of June for the first of July */
	if (again.tm_mon != given.tm_mon || again.tm_mday != given.tm_mday || again.tm_hour != given.tm_hour ||
	    again.tm_min != given.tm_min || again.tm_sec != given.tm_sec || parse_offset(rest, &offset) < 0)
		return -EINVAL;
	seconds -= offset;
	if (seconds < 0 || seconds > LAST_MOMENT)
		return -EINVAL;
	*ret_seconds = seconds;
	return 0;
}

void moment_format(int64_t seconds, char ret_text[MOMENT_SIZE])
{
	time_t moment = seconds < 0 ? 0 : seconds > LAST_MOMENT ? LAST_MOMENT : (time_t)seconds;
	struct tm parts = {0};
	(void)gmtime_r(&moment, &parts);
	(void)strftime(ret_text, MOMENT_SIZE, "%Y-%m-%dT%H:%M:%SZ", &parts);
}
