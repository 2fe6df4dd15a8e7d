/* Time that goes on evenly, for deadlines. */
#ifndef OCI_HARDEN_REGISTRY_CLOCK_H
#define OCI_HARDEN_REGISTRY_CLOCK_H

#include <stdint.h>
#include <time.h>

static inline int64_t clock_milliseconds(void)
{
	struct timespec now = {0};
	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

#endif
