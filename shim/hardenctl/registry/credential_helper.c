/* Credential helpers: `docker-credential-NAME get`, the server on standard input, the
 * answer on standard output. No shell. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include "policy/base/cleanup.h"
#include "policy/base/deadline.h"
#include "policy/base/file.h"
#include "policy/base/text.h"
#include "shim/hardenctl/registry/credential.h"

enum { ANSWER = 64 << 10, MILLISECONDS = 30000 };

_Noreturn static void become_helper(const char *program, int input, int output)
{
	char verb[] = "get";
	cleanup_free char *name = strdup(program);
	char *arguments[] = {name, verb, NULL};
	int quiet = open("/dev/null", O_WRONLY | O_CLOEXEC);
	if (!name || quiet < 0 || dup2(input, 0) < 0 || dup2(output, 1) < 0 || dup2(quiet, 2) < 0)
		_exit(127);
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	execvp(program, arguments);
	_exit(127);
}

/* Reads until the end; -ETIMEDOUT, -EFBIG. */
static int read_answer(int descriptor, struct text *answer)
{
	int64_t deadline = clock_milliseconds() + MILLISECONDS;
	char buffer[4096];
	for (;;) {
		ssize_t got = deadline_read_some(descriptor, deadline, buffer, sizeof(buffer));
		if (got < 0)
			return (int)got;
		if (got == 0)
			return answer->failed ? -ENOMEM : 0;
		text_append_bytes(answer, buffer, (size_t)got);
		if (answer->length > ANSWER)
			return -EFBIG;
	}
}

/* The child is reaped whatever it did; its exit status, or a negative errno. */
static int converse(const char *program, const char *server, struct text *answer)
{
	int to[2], from[2];
	if (pipe2(to, O_CLOEXEC) < 0)
		return -errno;
	cleanup_close int child_input = to[0], input = to[1];
	if (pipe2(from, O_CLOEXEC) < 0)
		return -errno;
	cleanup_close int output = from[0], child_output = from[1];
	pid_t child = fork();
	if (child < 0)
		return -errno;
	if (child == 0)
		become_helper(program, child_input, child_output);
	(void)close(take_descriptor(&child_output));
	(void)close(take_descriptor(&child_input));
	/* fits a pipe; a helper that does not read it is seen by its answer */
	void (*before)(int) = signal(SIGPIPE, SIG_IGN);
	(void)file_write_all(input, server, strlen(server));
	(void)signal(SIGPIPE, before);
	(void)close(take_descriptor(&input));
	int result = read_answer(output, answer), status = 0;
	if (result < 0)
		(void)kill(child, SIGKILL);
	while (waitpid(child, &status, 0) < 0 && errno == EINTR)
		;
	if (result < 0)
		return result;
	return WIFEXITED(status) ? WEXITSTATUS(status) : -EIO;
}

int credential_ask_helper(const char *name, const char *server, struct credential *ret_credential,
			  struct error **error)
{
	cleanup_text struct text answer = {0};
	cleanup_text struct text program = {0};
	text_append_format(&program, "docker-credential-%s", name);
	text_append(&answer, "");
	if (program.failed || answer.failed)
		return error_out_of_memory(error);
	int result = converse(program.data, server, &answer);
	if (result == 127)
		return error_set(error, ENOENT, "%s, which the configuration names, is not in $PATH: install it, or log in "
				 "with another store", program.data);
	if (result < 0)
		return error_set_errno(error, -result, "%s", program.data);
	if (result != 0 && strstr(answer.data, "credentials not found"))
		return 0;
	if (result != 0)
		return error_set(error, EIO, "%s failed with exit status %d", program.data, result);
	result = credential_from_helper(answer.data, answer.length, ret_credential, error);
	explicit_bzero(answer.data, answer.length);
	return result < 0 ? error_prefix(error, "%s", program.data) : 0;
}
