#include "policy/base/timestamp.h"

#include <ctype.h>
#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

/* The Gregorian calendar repeats every 400 years. Years are counted from 1 March
 * of the year 0, so that the day that comes and goes is the last of its year. */
enum { DAYS_OF_400_YEARS = 146097, DAYS_TO_1970 = 719468 };

struct date {
	int64_t year;
	unsigned month, day;
};

static struct date date_of(int64_t days_since_1970)
{
	int64_t days = days_since_1970 + DAYS_TO_1970;
	int64_t era = (days >= 0 ? days : days - (DAYS_OF_400_YEARS - 1)) / DAYS_OF_400_YEARS;
	unsigned day_of_era = (unsigned)(days - era * DAYS_OF_400_YEARS);
	unsigned leap_days = day_of_era / 1460 - day_of_era / 36524 + day_of_era / (DAYS_OF_400_YEARS - 1);
	unsigned year_of_era = (day_of_era - leap_days) / 365;
	unsigned day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
	unsigned months_since_march = (5 * day_of_year + 2) / 153;
	struct date date = {
		.year = era * 400 + year_of_era,
		.month = months_since_march < 10 ? months_since_march + 3 : months_since_march - 9,
		.day = day_of_year - (153 * months_since_march + 2) / 5 + 1,
	};
	date.year += date.month <= 2;
	return date;
}

void timestamp_format(const struct timespec *moment, bool microseconds, char text[TIMESTAMP_SIZE])
{
	int64_t second_of_day = moment->tv_sec % 86400;
	second_of_day += second_of_day < 0 ? 86400 : 0;
	struct date date = date_of((moment->tv_sec - second_of_day) / 86400);
	char fraction[16] = "";
	if (microseconds)
		(void)snprintf(fraction, sizeof(fraction), ".%06ld", moment->tv_nsec / 1000 % 1000000);
	(void)snprintf(text, TIMESTAMP_SIZE, "%04lld-%02u-%02uT%02u:%02u:%02u%sZ", (long long)date.year, date.month,
		       date.day, (unsigned)(second_of_day / 3600), (unsigned)(second_of_day / 60 % 60),
		       (unsigned)(second_of_day % 60), fraction);
}

static int64_t days_since_1970(int64_t year, unsigned month, unsigned day)
{
	year -= month <= 2; /* never before 1969 here */
	int64_t era = year / 400;
	unsigned year_of_era = (unsigned)(year - era * 400);
	unsigned months_since_march = month > 2 ? month - 3 : month + 9;
	unsigned day_of_year = (153 * months_since_march + 2) / 5 + day - 1;
	unsigned day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
	return era * DAYS_OF_400_YEARS + day_of_era - DAYS_TO_1970;
}

enum part { YEAR, MONTH, DAY, HOUR, MINUTE, SECOND, PARTS };

/* Reads numbers of exactly as many digits as `form` has zeros, each other character as it
 * stands there. What follows, or NULL. */
static const char *read_form(const char *text, const char *form, unsigned *numbers)
{
	for (; *form; form++, text++) {
		if (*form != '0') {
			if (*text != *form)
				return NULL;
			numbers++;
			continue;
		}
		if (!isdigit((unsigned char)*text))
			return NULL;
		*numbers = *numbers * 10 + (unsigned)(*text - '0');
	}
	return text;
}

/* "Z" or "+01:00" at the end → seconds to take off. */
static int read_offset(const char *text, int64_t *ret_seconds)
{
	unsigned hours_minutes[2] = {0};
	*ret_seconds = 0;
	if (strcmp(text, "Z") == 0)
		return 0;
	if (*text != '+' && *text != '-')
		return -EINVAL;
	const char *end = read_form(text + 1, "00:00", hours_minutes);
	if (!end || *end || hours_minutes[0] > 23 || hours_minutes[1] > 59)
		return -EINVAL;
	*ret_seconds = (int64_t)(hours_minutes[0] * 60 + hours_minutes[1]) * (*text == '-' ? -60 : 60);
	return 0;
}

int timestamp_parse(const char *text, int64_t *ret_seconds)
{
	unsigned parts[PARTS] = {0};
	const char *rest = read_form(text, "0000-00-00T00:00:00", parts);
	if (!rest || parts[YEAR] < 1970 || parts[MONTH] - 1 > 11 || parts[DAY] - 1 > 30 || parts[HOUR] > 23 ||
	    parts[MINUTE] > 59 || parts[SECOND] > 59)
		return -EINVAL;
	int64_t days = days_since_1970(parts[YEAR], parts[MONTH], parts[DAY]);
	if (date_of(days).day != parts[DAY]) /* the 31st of June */
		return -EINVAL;
	if (*rest == '.') {
		size_t digits = strspn(rest + 1, "0123456789");
		if (digits == 0)
			return -EINVAL;
		rest += 1 + digits;
	}
	int64_t offset = 0;
	if (read_offset(rest, &offset) < 0)
		return -EINVAL;
	*ret_seconds = days * 86400 + parts[HOUR] * 3600 + parts[MINUTE] * 60 + parts[SECOND] - offset;
	return 0;
}
