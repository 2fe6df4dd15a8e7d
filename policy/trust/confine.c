#include "policy/trust/confine.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <limits.h>
#include <linux/capability.h>
#include <linux/close_range.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "policy/base/cleanup.h"
#include "policy/base/deadline.h"
#include "policy/base/file.h"
#include "policy/base/number.h"
#include "policy/trust/confine_filter.h"

enum { NOBODY = 65534, ANSWER_DESCRIPTOR = 0 };

#define MEMORY ((size_t)256 << 20)
#define OUTPUT ((size_t)1 << 20)
#define PATIENCE 5000u /* milliseconds */

/* What stands before the answer. Only a whole one counts, so that the exit status, which
 * an engine that ignores SIGCHLD takes from us, is not needed. */
struct frame {
	int32_t result;
	uint32_t length;
};

static struct confinement complete(const struct confinement *wanted)
{
	struct confinement confinement = wanted ? *wanted : (struct confinement){0};
	confinement.memory = confinement.memory ? confinement.memory : MEMORY;
	confinement.output = confinement.output ? confinement.output : OUTPUT;
	confinement.milliseconds = confinement.milliseconds ? confinement.milliseconds : PATIENCE;
	return confinement;
}

/* ---- the child ---- */

static int64_t address_space_now(void)
{
	cleanup_free char *text = NULL;
	size_t length = 0;
	int64_t pages = 0;
	cleanup_close int descriptor = open("/proc/self/statm", O_RDONLY | O_CLOEXEC);
	if (descriptor < 0 || file_read_all(descriptor, "/proc/self/statm", 4096, &text, &length, NULL) < 0)
		return -EIO;
	text[strcspn(text, " ")] = '\0';
	return number_parse_int64(text, &pages) == 0 && pages > 0 ? pages * sysconf(_SC_PAGESIZE) : -EIO;
}

/* A tighter one stays, which could not be raised without CAP_SYS_RESOURCE either. */
static int limit(int resource, rlim_t value)
{
	struct rlimit now;
	if (getrlimit((__rlimit_resource_t)resource, &now) < 0)
		return -1;
	value = now.rlim_max < value ? now.rlim_max : value;
	return setrlimit((__rlimit_resource_t)resource, &(const struct rlimit){value, value});
}

static int drop_privileges(void)
{
	struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct none[_LINUX_CAPABILITY_U32S_3] = {0};
	/* groups can be set by root alone; whoever is not has none to lose. A user namespace may
	 * have no other id (-EINVAL): then there is nobody to become, and its root is not the host's */
	bool other = geteuid() == 0;
	if (other && syscall(SYS_setresgid, NOBODY, NOBODY, NOBODY) < 0) {
		if (errno != EINVAL)
			return -errno;
		other = false;
	}
	if (other && (syscall(SYS_setgroups, 0, NULL) < 0 || syscall(SYS_setresuid, NOBODY, NOBODY, NOBODY) < 0))
		return -errno;
	if (syscall(SYS_capset, &header, none) < 0 || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return -errno;
	return 0;
}

static int enter(const struct confinement *confinement)
{
	int64_t address_space = address_space_now();
	if (address_space < 0)
		return (int)address_space;
	rlim_t seconds = (confinement->milliseconds + 999) / 1000 + 1;
	if (limit(RLIMIT_AS, (size_t)address_space + confinement->memory) < 0 || limit(RLIMIT_CPU, seconds) < 0 ||
	    limit(RLIMIT_CORE, 0) < 0 || limit(RLIMIT_FSIZE, 0) < 0 || limit(RLIMIT_NOFILE, 1) < 0)
		return -errno;
	int result = drop_privileges();
	if (result < 0)
		return result;
	/* another user's process is not told of its parent's death unless it asks anew */
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0 || prctl(PR_SET_DUMPABLE, 0) < 0)
		return -errno;
	return confine_filter_install();
}

static int answer(int output, int result, const char *bytes, size_t length)
{
	const struct frame frame = {.result = result, .length = (uint32_t)length};
	int written = file_write_all(output, (const char *)&frame, sizeof(frame));
	return written < 0 ? written : file_write_all(output, bytes, length);
}

int confine_answer_failure(int output, int result, const struct error *error)
{
	return answer(output, result, error_message(error), strlen(error_message(error)));
}

static void work_in_child(int (*work)(void *, struct text *, struct error **), void *context, size_t most)
{
	struct text output = {0};
	struct error *error = NULL;
	int result = work(context, &output, &error);
	if (result == 0 && output.failed)
		result = error_out_of_memory(&error);
	if (result == 0 && output.length > most)
		result = error_set(&error, E2BIG, "the answer has more than %zu bytes", most);
	if (result < 0)
		(void)confine_answer_failure(ANSWER_DESCRIPTOR, result, error);
	else
		(void)answer(ANSWER_DESCRIPTOR, 0, output.data, output.length);
}

int confine_self(int (*work)(void *context, struct text *output, struct error **error), void *context, int output,
		 const struct confinement *wanted)
{
	struct confinement confinement = complete(wanted);
	cleanup_error struct error *error = NULL;
	if (dup2(output, ANSWER_DESCRIPTOR) < 0 || syscall(SYS_close_range, ANSWER_DESCRIPTOR + 1, UINT_MAX, 0) < 0)
		return -errno;
	int result = enter(&confinement);
	if (result < 0) {
		(void)error_set_errno(&error, -result, "the process that is to read bytes from outside cannot be confined");
		return confine_answer_failure(ANSWER_DESCRIPTOR, result, error);
	}
	work_in_child(work, context, confinement.output);
	return 0;
}

/* ---- the caller ---- */

static int receive_answer(int input, const struct confinement *confinement, struct frame *frame, char **ret_bytes)
{
	int64_t end = clock_milliseconds() + confinement->milliseconds;
	int result = deadline_read(input, end, frame, sizeof(*frame));
	if (result < 0)
		return result;
	if (frame->length > confinement->output || frame->result > 0)
		return -EPROTO;
	cleanup_free char *bytes = malloc(frame->length + (size_t)1);
	if (!bytes)
		return -ENOMEM;
	bytes[frame->length] = '\0';
	result = deadline_read(input, end, bytes, frame->length);
	if (result == 0)
		*ret_bytes = take_pointer(bytes);
	return result;
}

static const char too_little[] = "; is it left too little memory (ulimit -v, MemoryMax of the engine's unit)?";

static int tell_failure(int result, int status, const struct confinement *confinement, struct error **error)
{
	if (result == -ENOMEM)
		return error_out_of_memory(error);
	if (result == -ETIMEDOUT)
		return error_set(error, EIO, "the confined child that reads bytes from outside had no answer within %u ms",
				 confinement->milliseconds);
	if (result == -EPIPE && WIFSIGNALED(status))
		return error_set(error, EIO, "the confined child that reads bytes from outside was killed by signal %d%s",
				 WTERMSIG(status),
				 WTERMSIG(status) == SIGSYS ? " for a system call that it has no need of" : too_little);
	if (result == -EPIPE)
		return error_set(error, EIO, "the confined child that reads bytes from outside ended without an answer%s",
				 too_little);
	return error_set(error, EIO, "the answer of the confined child that reads bytes from outside makes no sense, or "
			 "cannot be read");
}

int confine(int (*work)(void *context, struct text *output, struct error **error), void *context,
	    const struct confinement *wanted, char **ret_output, size_t *ret_length, struct error **error)
{
	int ends[2];
	/* the first object of all would read /dev/urandom, which the child cannot open */
	json_object_seed(0);
	if (pipe2(ends, O_CLOEXEC) < 0)
		return error_set(error, EIO, "no confined child can be prepared (pipe)");
	cleanup_close int input = ends[0];
	pid_t child = fork();
	if (child == 0)
		_exit(confine_self(work, context, ends[1], wanted) < 0);
	int code = errno;
	(void)close(ends[1]);
	if (child < 0)
		return error_set_errno(error, code, "a confined child process");
	return confine_receive(child, input, wanted, ret_output, ret_length, error);
}

int confine_receive(pid_t child, int input, const struct confinement *wanted, char **ret_output, size_t *ret_length,
		    struct error **error)
{
	struct confinement confinement = complete(wanted);
	struct frame frame = {0};
	cleanup_free char *bytes = NULL;
	int result = receive_answer(input, &confinement, &frame, &bytes), status = 0;
	/* where it ended by itself, how it did is worth telling */
	if (result != -EPIPE)
		(void)kill(child, SIGKILL);
	while (waitpid(child, &status, 0) < 0 && errno == EINTR)
		;
	if (result < 0)
		return tell_failure(result, status, &confinement, error);
	if (frame.result == -ENOMEM)
		return error_set(error, ENOMEM, "the confined child that reads bytes from outside ran out of memory%s",
				 too_little);
	if (frame.result < 0)
		return error_set(error, -frame.result, "%s", bytes);
	*ret_output = take_pointer(bytes);
	*ret_length = frame.length;
	return 0;
}
