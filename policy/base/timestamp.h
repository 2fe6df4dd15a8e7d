/* Moments as logs and signed documents have them: RFC 3339. Without the C library's
 * calendar, which would read the host's time zone files first. */
#ifndef OCI_HARDEN_BASE_TIMESTAMP_H
#define OCI_HARDEN_BASE_TIMESTAMP_H

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

#define TIMESTAMP_SIZE 64

/* "2026-11-22T17:30:00Z", or with six decimals of a second. */
void timestamp_format(const struct timespec *moment, bool microseconds, char text[TIMESTAMP_SIZE]);

/* The other way: "2026-11-22T17:30:00.25Z", "2026-11-22T18:30:00+01:00" → seconds since
 * 1970, a fraction cut off. Upper-case T and Z, no leap second, a day that the calendar
 * has, years from 1970. -EINVAL. */
int timestamp_parse(const char *text, int64_t *ret_seconds);

#endif
