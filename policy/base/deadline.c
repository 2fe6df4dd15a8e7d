#include "policy/base/deadline.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <time.h>
#include <unistd.h>

int64_t clock_milliseconds(void)
{
	struct timespec now = {0};
	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

ssize_t deadline_read_some(int descriptor, int64_t deadline, void *bytes, size_t size)
{
	for (;;) {
		int64_t left = deadline - clock_milliseconds();
		if (left <= 0)
			return -ETIMEDOUT;
		struct pollfd wait_for = {.fd = descriptor, .events = POLLIN};
		int ready = poll(&wait_for, 1, left > INT_MAX ? INT_MAX : (int)left);
		if (ready < 0 && errno != EINTR)
			return -errno;
		if (ready <= 0)
			continue;
		ssize_t got = read(descriptor, bytes, size);
		if (got >= 0 || errno != EINTR)
			return got < 0 ? -errno : got;
	}
}

int deadline_read(int descriptor, int64_t deadline, void *bytes, size_t size)
{
	char *place = bytes;
	while (size > 0) {
		ssize_t got = deadline_read_some(descriptor, deadline, place, size);
		if (got <= 0)
			return got < 0 ? (int)got : -EPIPE;
		place += got;
		size -= (size_t)got;
	}
	return 0;
}
