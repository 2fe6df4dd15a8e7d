#include "policy/tests/guest.h"

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include "policy/base/cleanup.h"
#include "policy/base/file.h"
#include "policy/tests/support.h"

static void wait_as_guest(int flags, int ready)
{
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	char word = unshare(flags) == 0 ? 'y' : 'n';
	if (write(ready, &word, 1) == 1 && word == 'y')
		for (;;)
			(void)pause();
	_exit(1);
}

static void write_map(pid_t guest, const char *file, const char *map)
{
	char path[64];
	(void)snprintf(path, sizeof(path), "/proc/%d/%s", (int)guest, file);
	cleanup_close int descriptor = open(path, O_WRONLY | O_CLOEXEC);
	assert_true(descriptor >= 0);
	assert_int_equal(file_write_all(descriptor, map, strlen(map)), 0);
}

pid_t guest_start(int flags, const char *uid_map, const char *gid_map)
{
	int ends[2];
	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	cleanup_close int read_end = ends[0];
	pid_t guest = fork();
	assert_true(guest >= 0);
	if (guest == 0)
		wait_as_guest(flags, ends[1]);
	(void)close(ends[1]);
	char word = 'n';
	if (read(read_end, &word, 1) != 1 || word != 'y') {
		guest_stop(guest);
		return -1;
	}
	if (flags & CLONE_NEWUSER) {
		write_map(guest, "uid_map", uid_map);
		write_map(guest, "gid_map", gid_map);
	}
	return guest;
}

void guest_stop(pid_t guest)
{
	(void)kill(guest, SIGKILL);
	(void)waitpid(guest, NULL, 0);
}

void in_namespaces(int flags, const char *(*body)(void))
{
	int ends[2];
	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	pid_t child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		const char *wrong = unshare(flags) == 0 ? body() : "unshare(2) failed";
		if (wrong)
			(void)file_write_all(ends[1], wrong, strlen(wrong));
		_exit(0);
	}
	(void)close(ends[1]);
	char said[256] = "";
	ssize_t got = read(ends[0], said, sizeof(said) - 1);
	(void)close(ends[0]);
	int status = -1;
	(void)waitpid(child, &status, 0);
	if (got != 0 || status != 0)
		fail_msg("in the child: %s (status %d)", said, status);
}
