/* What a confined child can do: compute and answer. What it can't: everything else. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "policy/tests/support.h"
#include "policy/trust/confine.h"

static int give_back(void *context, struct text *output, struct error **error)
{
	(void)error;
	text_append(output, context);
	return 0;
}

static int give_up(void *context, struct text *output, struct error **error)
{
	text_append(output, "half an answer");
	return error_set(error, EPERM, "%s is not signed", (const char *)context);
}

static int who_am_i(void *context, struct text *output, struct error **error)
{
	(void)context;
	(void)error;
	/* an allowed call whose answer shows what is left: nothing but the pipe */
	text_append(output, write(1, "", 0) < 0 && errno == EBADF ? "closed " : "open ");
	text_append(output, write(2, "", 0) < 0 && errno == EBADF ? "closed" : "open");
	return 0;
}

static int open_file(void *context, struct text *output, struct error **error)
{
	(void)output;
	(void)error;
	return open(context, O_RDONLY | O_CLOEXEC);
}

static int connect_somewhere(void *context, struct text *output, struct error **error)
{
	(void)context;
	(void)output;
	(void)error;
	return socket(AF_UNIX, SOCK_STREAM, 0);
}

static int start_process(void *context, struct text *output, struct error **error)
{
	(void)context;
	(void)output;
	(void)error;
	return fork() < 0 ? -1 : 0;
}

static int map_executable(void *context, struct text *output, struct error **error)
{
	(void)context;
	(void)output;
	(void)error;
	return mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED ? -1 : 0;
}

static int compute_for_ever(void *context, struct text *output, struct error **error)
{
	(void)output;
	(void)error;
	for (volatile int *forever = context; *forever;)
		;
	return 0;
}

static int answer_too_much(void *context, struct text *output, struct error **error)
{
	(void)context;
	(void)error;
	for (size_t i = 0; i < 2000; i++)
		text_append(output, "0123456789");
	return 0;
}

static int allocate(void *context, struct text *output, struct error **error)
{
	size_t size = *(const size_t *)context;
	void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	text_append(output, memory == MAP_FAILED ? "refused" : "given");
	return output->failed ? error_out_of_memory(error) : 0;
}

static void check_answer(int (*work)(void *, struct text *, struct error **), void *context, const char *expected)
{
	cleanup_free char *output = NULL;
	cleanup_error struct error *error = NULL;
	size_t length = 0;
	int result = confine(work, context, NULL, &output, &length, &error);
	if (result < 0)
		fail_msg("%s", error_message(error));
	assert_string_equal(output, expected);
	assert_int_equal(length, strlen(expected));
}

static void check_failure(int (*work)(void *, struct text *, struct error **), void *context,
			  const struct confinement *confinement, int code, const char *part)
{
	cleanup_free char *output = NULL;
	cleanup_error struct error *error = NULL;
	size_t length = 0;
	assert_int_equal(confine(work, context, confinement, &output, &length, &error), -code);
	assert_null(output);
	if (!strstr(error_message(error), part))
		fail_msg("\"%s\" says nothing of \"%s\"", error_message(error), part);
}

static void answers_come_back(void **state)
{
	(void)state;
	static char some[] = "an answer", none[] = "";
	check_answer(give_back, some, "an answer");
	check_answer(give_back, none, "");
	char *large = calloc(1, 1u << 20);
	assert_non_null(large);
	memset(large, 'x', (1u << 20) - 1);
	check_answer(give_back, large, large);
	free(large);
}

static void errors_come_back(void **state)
{
	(void)state;
	static char image[] = "image";
	check_failure(give_up, image, NULL, EPERM, "image is not signed");
}

static void answers_come_back_where_children_are_not_waited_for(void **state)
{
	(void)state;
	static char some[] = "an answer";
	(void)signal(SIGCHLD, SIG_IGN);
	check_answer(give_back, some, "an answer");
	(void)signal(SIGCHLD, SIG_DFL);
}

static void nothing_is_left_to_the_child(void **state)
{
	(void)state;
	static char path[] = "/etc/passwd";
	check_answer(who_am_i, NULL, "closed closed");
	check_failure(open_file, path, NULL, EIO, "killed by signal 31");
	check_failure(connect_somewhere, NULL, NULL, EIO, "killed by signal 31");
	check_failure(start_process, NULL, NULL, EIO, "killed by signal 31");
	check_failure(map_executable, NULL, NULL, EIO, "killed by signal 31");
}

static void time_is_bounded(void **state)
{
	(void)state;
	int forever = 1;
	const struct confinement short_time = {.milliseconds = 50};
	check_failure(compute_for_ever, &forever, &short_time, EIO, "no answer within 50 ms");
}

static void output_is_bounded(void **state)
{
	(void)state;
	const struct confinement little = {.output = 10000};
	check_failure(answer_too_much, NULL, &little, E2BIG, "more than 10000 bytes");
}

static void memory_is_bounded(void **state)
{
	(void)state;
	size_t little = (size_t)16 << 20, much = (size_t)1 << 30;
	check_answer(allocate, &little, "given");
	check_answer(allocate, &much, "refused");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(answers_come_back),
		cmocka_unit_test(errors_come_back),
		cmocka_unit_test(answers_come_back_where_children_are_not_waited_for),
		cmocka_unit_test(nothing_is_left_to_the_child),
		cmocka_unit_test(time_is_bounded),
		cmocka_unit_test(output_is_bounded),
		cmocka_unit_test(memory_is_bounded),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
