/* The time of day as logs have it: RFC 3339 in UTC. */
#ifndef OCI_HARDEN_SHIM_TIMESTAMP_H
#define OCI_HARDEN_SHIM_TIMESTAMP_H

#include <stdbool.h>
#include <time.h>

#define TIMESTAMP_SIZE 64

/* "2026-11-22T17:30:00Z", or with six decimals of a second. Without the C
 * library's calendar, which would read the host's time zone files first. */
void timestamp_format(const struct timespec *moment, bool microseconds, char text[TIMESTAMP_SIZE]);

#endif
