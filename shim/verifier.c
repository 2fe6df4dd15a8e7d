#include "shim/verifier.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "policy/base/cleanup.h"
#include "policy/base/file.h"
#include "policy/base/text.h"
#include "policy/trust/confine.h"
#include "policy/trust/question_wire.h"

/* Beside this program, whatever the link is called that it was started by; root's alone. */
static int open_program(int *ret_descriptor, struct error **error)
{
	cleanup_close int self = open("/proc/self/exe", O_PATH | O_CLOEXEC), descriptor = -1;
	cleanup_free char *own = self < 0 ? NULL : file_path_of_descriptor(self), *path = NULL;
	const char *slash = own ? strrchr(own, '/') : NULL;
	if (!slash || asprintf(&path, "%.*s/" VERIFIER, (int)(slash - own), own) < 0) {
		path = NULL;
		return error_set(error, ENOENT, "where this program stands cannot be told, so " VERIFIER
				 " beside it cannot be found");
	}
	int result = file_open(path, &descriptor, error);
	if (result == 0)
		result = file_check_trusted(descriptor, path, error);
	if (result == 0)
		result = file_check_trusted_parents(path, error);
	if (result < 0)
		return error_prefix(error, "the program that verifies images (install it beside oci-harden)");
	*ret_descriptor = take_descriptor(&descriptor);
	return 0;
}

static int write_question(const struct trust_question *question, const struct evidence *evidence, int *ret_descriptor,
			  struct error **error)
{
	cleanup_text struct text bytes = {0};
	question_wire_write(question, evidence, &bytes);
	if (bytes.failed)
		return error_out_of_memory(error);
	cleanup_close int descriptor = memfd_create("question", MFD_CLOEXEC);
	int result = descriptor < 0 ? -errno : file_write_all(descriptor, bytes.data, bytes.length);
	if (result < 0)
		return error_set_errno(error, -result, "handing the image's signatures to " VERIFIER);
	*ret_descriptor = take_descriptor(&descriptor);
	return 0;
}

static _Noreturn void become_program(int program, int question, int answer)
{
	static char name[] = VERIFIER;
	char *arguments[] = {name, NULL}, *environment[] = {NULL};
	/* above the two places first, so that none of them is overwritten */
	int high_question = fcntl(question, F_DUPFD_CLOEXEC, 10), high_answer = fcntl(answer, F_DUPFD_CLOEXEC, 10);
	int high_program = fcntl(program, F_DUPFD_CLOEXEC, 10);
	if (high_question >= 0 && high_answer >= 0 && high_program >= 0 &&
	    dup2(high_question, VERIFIER_QUESTION) >= 0 && dup2(high_answer, VERIFIER_ANSWER) >= 0)
		(void)execveat(high_program, "", arguments, environment, AT_EMPTY_PATH);
	_exit(127);
}

/* Nothing of this process is copied: the child makes system calls alone until it is another. */
static pid_t start_program(int program, int question, int answer)
{
	pid_t child = vfork();
	if (child == 0)
		become_program(program, question, answer);
	return child;
}

int verifier_make(const struct trust_question *question, struct evidence *evidence, char **ret_text,
		  size_t *ret_length, struct error **error)
{
	cleanup_close int program = -1, bytes = -1;
	int ends[2], result = open_program(&program, error);
	if (result == 0)
		result = write_question(question, evidence, &bytes, error);
	if (result < 0)
		return result;
	if (pipe2(ends, O_CLOEXEC) < 0)
		return error_set_errno(error, errno, "a pipe");
	cleanup_close int input = ends[0];
	pid_t child = start_program(program, bytes, ends[1]);
	int code = errno;
	(void)close(ends[1]);
	if (child < 0)
		return error_set_errno(error, code, "a child process");
	return confine_receive(child, input, NULL, ret_text, ret_length, error);
}
