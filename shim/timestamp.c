#include "shim/timestamp.h"

#include <stdint.h>
#include <stdio.h>

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
