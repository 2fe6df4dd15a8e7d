/* measure [-namespace NAME] [-address SOCKET] [-id ID] ROUNDS [--copy FROM TO]… -- COMMAND… [--before COMMAND…]
 *         [--after COMMAND…] [-- …]
 *
 * Runs the commands in turn, so that whatever else the machine does falls on all
 * of them alike, and prints for each a line "MEDIAN-MICROSECONDS PEAK-KIB
 * MEDIAN-PROCESSOR-MICROSECONDS", the last with what it waited for. Before each run
 * the files are copied and --before is run, after it --after; nothing of that is
 * measured. A command that fails ends everything: a fast failure is not a result.
 * -namespace, -address and -id are there for others to see: they are what containerd's
 * shim has on its command line. */
#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/sendfile.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { MOST_COMMANDS = 8, MOST_COPIES = 8, MOST_ROUNDS = 100000 };

extern char **environ;

struct command {
	char **argv, **before, **after;
	double *microseconds, *processor;
	long peak;
};

struct copy {
	const char *from, *to;
};

static struct command commands[MOST_COMMANDS];
static struct copy copies[MOST_COPIES];
static size_t command_count, copy_count, rounds;

static _Noreturn void give_up(const char *what, const char *which)
{
	(void)fprintf(stderr, "measure: %s: %s: %s\n", what, which, strerror(errno));
	exit(1);
}

static void copy_file(const struct copy *copy)
{
	int from = open(copy->from, O_RDONLY | O_CLOEXEC);
	(void)unlink(copy->to);
	int to = open(copy->to, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
	ssize_t sent = 1;
	while (from >= 0 && to >= 0 && sent > 0)
		sent = sendfile(to, from, NULL, 1 << 20);
	if (from < 0 || to < 0 || sent < 0)
		give_up("copy", copy->to);
	(void)close(from);
	(void)close(to);
}

static double now(void)
{
	struct timespec time;
	(void)clock_gettime(CLOCK_MONOTONIC, &time);
	return (double)time.tv_sec * 1e6 + (double)time.tv_nsec / 1e3;
}

static double microseconds_of(const struct timeval *time)
{
	return (double)time->tv_sec * 1e6 + (double)time->tv_usec;
}

static double run(char **argv, double *processor, long *peak)
{
	int status = 0;
	pid_t child = 0;
	struct rusage usage;
	double start = now();
	errno = posix_spawn(&child, argv[0], NULL, NULL, argv, environ);
	if (errno)
		give_up("start", argv[0]);
	if (wait4(child, &status, 0, &usage) < 0)
		give_up("wait", argv[0]);
	double taken = now() - start;
	if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
		errno = ECHILD;
		give_up("failed", argv[0]);
	}
	if (processor)
		*processor = microseconds_of(&usage.ru_utime) + microseconds_of(&usage.ru_stime);
	if (peak && usage.ru_maxrss > *peak)
		*peak = usage.ru_maxrss;
	return taken;
}

static int compare(const void *left, const void *right)
{
	double difference = *(const double *)left - *(const double *)right;
	return (difference > 0) - (difference < 0);
}

static double median(double *times)
{
	qsort(times, rounds, sizeof(double), compare);
	return times[rounds / 2];
}

/* Cuts the argument list at "--", "--before" and "--after", which become its NULLs. */
static void read_arguments(char **argv)
{
	char *end = NULL;
	while (argv[0] && argv[1] && argv[0][0] == '-')
		argv += 2;
	if (!*argv)
		give_up("rounds", "none");
	rounds = strtoul(*argv++, &end, 10);
	if (*end || rounds == 0 || rounds > MOST_ROUNDS)
		give_up("rounds", argv[-1]);
	for (; *argv && strcmp(*argv, "--copy") == 0 && argv[1] && argv[2] && copy_count < MOST_COPIES; argv += 3)
		copies[copy_count++] = (struct copy){.from = argv[1], .to = argv[2]};
	for (; *argv; argv++) {
		char *word = *argv;
		if (strcmp(word, "--") == 0 && command_count < MOST_COMMANDS)
			commands[command_count++].argv = argv + 1;
		else if (strcmp(word, "--before") == 0 && command_count > 0)
			commands[command_count - 1].before = argv + 1;
		else if (strcmp(word, "--after") == 0 && command_count > 0)
			commands[command_count - 1].after = argv + 1;
		else
			continue;
		*argv = NULL;
	}
	for (size_t i = 0; i < command_count; i++)
		if (!commands[i].argv[0])
			give_up("no command", "--");
}

int main(int argc, char **argv)
{
	if (argc < 2)
		return 2;
	read_arguments(argv + 1);
	for (size_t i = 0; i < command_count; i++) {
		commands[i].microseconds = calloc(rounds, sizeof(double));
		commands[i].processor = calloc(rounds, sizeof(double));
	}
	for (size_t round = 0; round < rounds; round++) {
		for (size_t i = 0; i < command_count; i++) {
			struct command *command = &commands[i];
			for (size_t j = 0; j < copy_count; j++)
				copy_file(&copies[j]);
			if (command->before)
				(void)run(command->before, NULL, NULL);
			command->microseconds[round] = run(command->argv, &command->processor[round], &command->peak);
			if (command->after)
				(void)run(command->after, NULL, NULL);
		}
	}
	for (size_t i = 0; i < command_count; i++) {
		struct command *command = &commands[i];
		(void)printf("%.1f %ld %.1f\n", median(command->microseconds), command->peak, median(command->processor));
	}
	return 0;
}
