/* Waiting for another process, but not for ever: until a moment of a clock that goes on
 * evenly, whatever is done to the host's time of day. */
#ifndef OCI_HARDEN_BASE_DEADLINE_H
#define OCI_HARDEN_BASE_DEADLINE_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* Milliseconds of CLOCK_MONOTONIC: a deadline is one of them. */
int64_t clock_milliseconds(void);

/* read() of what comes next: how many bytes, 0 at the end, -ETIMEDOUT, -errno. */
ssize_t deadline_read_some(int descriptor, int64_t deadline, void *bytes, size_t size);

/* Exactly `size` bytes: 0, -EPIPE where it ended before, -ETIMEDOUT, -errno. */
int deadline_read(int descriptor, int64_t deadline, void *bytes, size_t size);

#endif
