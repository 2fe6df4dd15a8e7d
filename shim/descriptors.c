#include "shim/descriptors.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/close_range.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "policy/base/cleanup.h"
#include "policy/base/file.h"
#include "policy/base/number.h"

enum {
	FIRST = 3,
	MOST_PASSED = 4096, /* more descriptors than any engine passes */
};

/* The sealed file that the backend is told to read, or -1. */
static int kept = -1;

void descriptors_fill_standard(void)
{
	for (int standard = STDIN_FILENO; standard <= STDERR_FILENO; standard++)
		if (fcntl(standard, F_GETFD) < 0 && errno == EBADF)
			(void)!open("/dev/null", O_RDWR); /* takes the lowest free number */
}

static int add_count(const char *text, const char *what, uint64_t *passed, struct error **error)
{
	uint64_t count = 0;
	if (!text)
		return 0;
	if (number_parse_uint64(text, &count) < 0 || count > MOST_PASSED)
		return error_set(error, EINVAL, "%s is not a number of at most %d", what, MOST_PASSED);
	*passed += count;
	return 0;
}

/* 3 … 3 + LISTEN_FDS + preserve-fds - 1 are passed on. LISTEN_PID does not matter: the
 * backends rewrite it for the container. */
int descriptors_passed(const struct invocation *invocation, uint64_t *ret, struct error **error)
{
	uint64_t passed = 0;
	int result = add_count(getenv("LISTEN_FDS"), "the variable LISTEN_FDS", &passed, error);
	if (result == 0)
		result = add_count(invocation_value(invocation, "preserve-fds"), "--preserve-fds", &passed, error);
	if (result == 0)
		*ret = passed;
	return result;
}

static int first_stray(const struct invocation *invocation, unsigned *ret, struct error **error)
{
	uint64_t passed = 0;
	int result = descriptors_passed(invocation, &passed, error);
	if (result == 0)
		*ret = FIRST + (unsigned)passed;
	return result;
}

int descriptors_close_stray(const struct invocation *invocation, struct error **error)
{
	unsigned first = 0;
	int result = first_stray(invocation, &first, error);
	if (result < 0)
		return result;
	if (close_range(first, ~0U, CLOSE_RANGE_CLOEXEC) < 0 && errno != ENOSYS && errno != EINVAL)
		return error_set_errno(error, errno, "closing stray descriptors");
	if (kept >= 0 && fcntl(kept, F_SETFD, 0) < 0)
		return error_set_errno(error, errno, "keeping the hardened document open");
	return 0;
}

int descriptors_seal(const struct invocation *invocation, const char *data, size_t length, char path[32],
		     struct error **error)
{
	unsigned first = 0;
	int result = first_stray(invocation, &first, error);
	if (result < 0)
		return result;
	cleanup_close int low = memfd_create("oci-harden", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	if (low < 0)
		return error_set_errno(error, errno, "a memory file");
	int code = -file_write_all(low, data, length);
	if (code == 0 && fcntl(low, F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_SEAL) < 0)
		code = errno;
	/* the numbers below `first` are handed into the container: this one must not be */
	cleanup_close int high = code == 0 ? fcntl(low, F_DUPFD_CLOEXEC, (int)first) : -1;
	if (code == 0 && high < 0)
		code = errno;
	if (code == 0 && lseek(high, 0, SEEK_SET) < 0)
		code = errno;
	if (code != 0)
		return error_set_errno(error, code, "handing the hardened document to the backend");
	(void)snprintf(path, 32, "/proc/self/fd/%d", high);
	kept = take_descriptor(&high);
	return 0;
}
