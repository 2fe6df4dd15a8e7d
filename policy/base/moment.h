/* Points in time as RFC 3339 writes them, in seconds since 1970. */
#ifndef OCI_HARDEN_BASE_MOMENT_H
#define OCI_HARDEN_BASE_MOMENT_H

#include <stdint.h>

/* "2026-11-22T07:15:37Z", "2026-11-22T08:15:37.25+01:00"; fractions are cut off, up to nine
 * digits; from 1970 to 9999. -EINVAL: it is none, or a day that no calendar has, or a leap
 * second. */
int moment_parse(const char *text, int64_t *ret_seconds);

#define MOMENT_SIZE sizeof("9999-12-31T23:59:59Z")
/* What is beyond the years 1970 to 9999 is written as their end. */
void moment_format(int64_t seconds, char ret_text[MOMENT_SIZE]);

#endif
