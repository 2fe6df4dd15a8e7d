#include "shim/backend_version.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "policy/base/cleanup.h"
#include "policy/base/deadline.h"
#include "policy/base/text.h"
#include "shim/backend_flaws.h"
#include "shim/backend_package.h"

enum {
	ANSWER_LIMIT = 4096, /* bytes */
	PATIENCE = 5000,     /* milliseconds */
};

/* Moves both texts behind a run of digits and compares it as a number. */
static int compare_digits(const char **left, const char **right)
{
	while (**left == '0')
		(*left)++;
	while (**right == '0')
		(*right)++;
	size_t left_length = strspn(*left, "0123456789"), right_length = strspn(*right, "0123456789");
	int order = left_length < right_length ? -1 : left_length > right_length;
	if (order == 0)
		order = memcmp(*left, *right, left_length);
	*left += left_length;
	*right += right_length;
	return order;
}

static bool is_digit(char character)
{
	return character >= '0' && character <= '9';
}

/* "-rc.1" or "~rc1": older than the release; "+ds1" or "-0ubuntu2" is not. */
static bool is_pre_release(const char *suffix)
{
	return (suffix[0] == '-' || suffix[0] == '~') && isalpha((unsigned char)suffix[1]);
}

static int compare_suffixes(const char *left, const char *right)
{
	int order = is_pre_release(right) - is_pre_release(left);
	if (order != 0 || !is_pre_release(left))
		return order;
	left++, right++;
	while (*left && *right) {
		if (is_digit(*left) && is_digit(*right)) {
			order = compare_digits(&left, &right);
			if (order != 0)
				return order;
			continue;
		}
		if (*left != *right)
			return *left < *right ? -1 : 1;
		left++, right++;
	}
	return (*left != '\0') - (*right != '\0');
}

int backend_compare_versions(const char *left, const char *right)
{
	while (is_digit(*left) || is_digit(*right)) {
		int order = compare_digits(&left, &right);
		if (order != 0)
			return order;
		left += *left == '.' && is_digit(left[1]);
		right += *right == '.' && is_digit(right[1]);
	}
	return compare_suffixes(left, right);
}

int backend_read_version(const char *text, enum backend_kind *ret_kind, char **ret_version, struct error **error)
{
	static const enum backend_kind kinds[] = {BACKEND_RUNC, BACKEND_CRUN};
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
		cleanup_text struct text start = {0};
		text_append_format(&start, "%s version ", backend_kind_name(kinds[i]));
		if (start.failed || !text_starts_with(text, start.data))
			continue;
		const char *rest = text + start.length;
		size_t length = strcspn(rest, " \n");
		if (!is_digit(rest[0]) || length > 64)
			break;
		char *version = strndup(rest, length);
		if (!version)
			return error_out_of_memory(error);
		*ret_kind = kinds[i];
		*ret_version = version;
		return 0;
	}
	return error_set(error, EPERM,
			 "its answer to --version is not runc's or crun's; a wrapper that rewrites the configuration "
			 "after oci-harden (such as nvidia-container-runtime) belongs above it, not below");
}

char *backend_read_revision(const char *text, const char *version)
{
	const char *line = strstr(text, "\ncommit: ");
	line = line ? line + strlen("\ncommit: ") : "";
	return strndup(line, text_starts_with(line, version) ? strcspn(line, " \n") : 0);
}

static _Noreturn void answer_in_child(int descriptor, int output)
{
	static char name[] = "runc", question[] = "--version";
	char *arguments[] = {name, question, NULL}, *environment[] = {NULL};
	int nothing = open("/dev/null", O_RDWR | O_CLOEXEC);
	if (nothing >= 0 && dup2(nothing, STDIN_FILENO) >= 0 && dup2(nothing, STDERR_FILENO) >= 0 &&
	    dup2(output, STDOUT_FILENO) >= 0)
		(void)execveat(descriptor, "", arguments, environment, AT_EMPTY_PATH);
	_exit(127);
}

/* What the child wrote until it closed its end. */
static int read_answer(int input, char *answer, struct error **error)
{
	int64_t deadline = clock_milliseconds() + PATIENCE;
	size_t length = 0;
	ssize_t got = 1;
	while (got > 0 && length < ANSWER_LIMIT) {
		got = deadline_read_some(input, deadline, answer + length, ANSWER_LIMIT - length);
		if (got == -ETIMEDOUT)
			return error_set(error, ETIMEDOUT, "it did not answer --version within %d s", PATIENCE / 1000);
		if (got < 0)
			return error_set_errno(error, (int)-got, "reading its answer to --version");
		length += (size_t)got;
	}
	answer[length] = '\0';
	return 0;
}

static int ask(const struct backend *backend, char *answer, struct error **error)
{
	int ends[2];
	if (pipe2(ends, O_CLOEXEC) < 0)
		return error_set_errno(error, errno, "a pipe");
	cleanup_close int input = ends[0];
	pid_t child = fork();
	if (child == 0)
		answer_in_child(backend->descriptor, ends[1]);
	int code = errno;
	(void)close(ends[1]);
	if (child < 0)
		return error_set_errno(error, code, "a child process");
	int result = read_answer(input, answer, error);
	/* whatever it still does is not waited for; an exit status that is there stays */
	(void)kill(child, SIGKILL);
	int status = 0;
	while (waitpid(child, &status, 0) < 0 && errno == EINTR)
		;
	if (result == 0 && WIFEXITED(status) && WEXITSTATUS(status) == 127)
		return error_set(error, ENOEXEC,
				 "it cannot be executed: a script, or not a program for this machine; a wrapper belongs "
				 "above oci-harden, not below");
	return result;
}

int backend_run_version(struct backend *backend, struct error **error)
{
	char answer[ANSWER_LIMIT + 1] = "";
	char *version = NULL;
	int result = ask(backend, answer, error);
	if (result == 0)
		result = backend_read_version(answer, &backend->kind, &version, error);
	if (result < 0)
		return error_prefix(error, "the backend \"%s\"", backend->path);
	free(backend->version);
	backend->version = version;
	cleanup_free char *revision = backend_read_revision(answer, version);
	/* dpkg's database is large: only where the program does not say it itself */
	bool told = !revision || *revision;
	cleanup_free char *package = told ? strdup("") : backend_package_revision(backend);
	json_decref(backend->flaws);
	backend->flaws = backend_flaws_of(backend->kind, version,
					  (const char *const[]){version, revision, package, NULL});
	return revision && package && backend->flaws ? 0 : error_out_of_memory(error);
}
