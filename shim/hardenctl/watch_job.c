#include "shim/hardenctl/watch_job.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

#include "policy/base/cleanup.h"
#include "shim/hardenctl/trust_fetch.h"

enum { SECONDS = 300 };

/* As OCI's image specification names what uname(2) names (image-index.md, after Go). */
static const struct {
	const char *machine, *platform;
} platforms[] = {
	{"x86_64", "linux/amd64"}, {"aarch64", "linux/arm64"}, {"riscv64", "linux/riscv64"},
	{"s390x", "linux/s390x"},  {"ppc64le", "linux/ppc64le"}, {"loongarch64", "linux/loong64"},
};

/* NULL where this host's is none of these. */
static const char *platform_of_host(void)
{
	struct utsname name;
	if (uname(&name) < 0)
		return NULL;
	for (size_t i = 0; i < ARRAY_SIZE(platforms); i++)
		if (strcmp(platforms[i].machine, name.machine) == 0)
			return platforms[i].platform;
	return NULL;
}

/* This host's platform alone, since registries count each manifest as a pull; of an image
 * that has none for it, all. */
static int fetch_for_host(const char *store, const struct reference *reference, struct fetch_result *ret_result,
			  struct error **error)
{
	struct fetch_question question = {
		.reference = reference,
		.platform = platform_of_host(),
		.seconds = SECONDS,
	};
	cleanup_error struct error *failure = NULL;
	int status = trust_fetch_into(store, true, &question, ret_result, &failure);
	if (status == -ENOENT && question.platform) {
		question.platform = NULL;
		return trust_fetch_into(store, true, &question, ret_result, error);
	}
	if (status < 0)
		*error = take_pointer(failure);
	return status;
}

static enum watch_outcome fetch_it(const char *store, const char *name)
{
	cleanup_error struct error *error = NULL;
	cleanup_reference struct reference reference = {0};
	cleanup_fetch_result struct fetch_result result = {0};
	int status = reference_parse(name, &reference, &error);
	if (status == 0)
		status = fetch_for_host(store, &reference, &result, &error);
	if (status < 0) {
		(void)fprintf(stderr, "%s: %s\n", name, error_message(error));
		return status == -ENOENT || status == -EACCES ? WATCH_GIVEN_UP : WATCH_AGAIN;
	}
	cleanup_free char *summary = trust_fetch_summary(&result);
	(void)printf("%s: %s\n", name, summary ? summary : "fetched");
	return fflush(stdout) == 0 ? WATCH_FETCHED : WATCH_AGAIN;
}

int watch_job_start(const char *store, const char *name, pid_t *ret_process, struct error **error)
{
	pid_t process = fork();
	if (process < 0)
		return error_set_errno(error, errno, "a process that fetches");
	if (process == 0) {
		sigset_t none;
		(void)sigemptyset(&none);
		(void)sigprocmask(SIG_SETMASK, &none, NULL);
		(void)prctl(PR_SET_PDEATHSIG, SIGTERM);
		_exit((int)fetch_it(store, name));
	}
	*ret_process = process;
	return 0;
}

enum watch_outcome watch_job_outcome(int status)
{
	if (!WIFEXITED(status))
		return WATCH_AGAIN;
	int outcome = WEXITSTATUS(status);
	return outcome == WATCH_FETCHED || outcome == WATCH_GIVEN_UP ? (enum watch_outcome)outcome : WATCH_AGAIN;
}

void watch_job_stop(pid_t process)
{
	(void)kill(process, SIGTERM);
	while (waitpid(process, NULL, 0) < 0 && errno == EINTR)
		;
}
