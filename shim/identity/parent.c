#include "shim/identity/parent.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "policy/base/cleanup.h"
#include "policy/base/file.h"
#include "policy/base/number.h"
#include "policy/base/text.h"
#include "shim/identity/lasting.h"

/* conmon's is the longest: some kilobytes */
#define COMMAND_LINE_SIZE ((size_t)128 << 10)

/* dockerd turns `runtimeArgs` into a shell script around the runtime, so between
 * the shim and us there may stand one of these. */
static const char *const shells[] = {"sh", "dash", "bash", "busybox"};

static const char *last_component(const char *path)
{
	const char *slash = strrchr(path, '/');
	return slash ? slash + 1 : path;
}

static size_t count_arguments(const char *bytes, size_t length)
{
	size_t count = 0;
	for (size_t i = 0; i < length; i++)
		count += bytes[i] == '\0';
	return count;
}

int parent_from(const char *executable, const char *cmdline, size_t length, struct parent *ret_parent)
{
	struct parent parent = {.program = strdup(last_component(executable)), .bytes = malloc(length + 1)};
	if (!parent.program || !parent.bytes)
		goto out_of_memory;
	memcpy(parent.bytes, cmdline, length);
	parent.bytes[length] = '\0';
	/* a package's upgrade unlinks the file under a running shim */
	char *deleted = strstr(parent.program, " (deleted)");
	if (deleted)
		*deleted = '\0';

	parent.argument_count = count_arguments(cmdline, length);
	parent.arguments = calloc(parent.argument_count + 1, sizeof(*parent.arguments));
	if (!parent.arguments)
		goto out_of_memory;
	char *next = parent.bytes;
	for (size_t i = 0; i < parent.argument_count; i++) {
		parent.arguments[i] = next;
		next += strlen(next) + 1;
	}
	*ret_parent = parent;
	return 0;

out_of_memory:
	parent_release(&parent);
	return -ENOMEM;
}

void parent_release(struct parent *parent)
{
	free(parent->program);
	free((void *)parent->arguments);
	free(parent->bytes);
	*parent = (struct parent){0};
}

const char *parent_option(const struct parent *parent, const char *option)
{
	size_t length = strlen(option);
	for (size_t i = 1; i < parent->argument_count; i++) {
		const char *argument = parent->arguments[i];
		if (strncmp(argument, option, length) != 0)
			continue;
		if (argument[length] == '=')
			return argument + length + 1;
		if (argument[length] == '\0')
			return parent->arguments[i + 1];
	}
	return NULL;
}

bool parent_is_conmon(const struct parent *parent, const char *id)
{
	return text_equal(parent->program, "conmon") && text_equal(parent_option(parent, "-c"), id);
}

int parent_is_conmon_of(const struct parent *parent, const char *id, const char *bundle)
{
	const char *given = parent_is_conmon(parent, id) ? parent_option(parent, "-b") : NULL;
	return given ? parent_spells(given, bundle) : 0;
}

int parent_spells(const char *given, const char *path)
{
	cleanup_free char *real = realpath(given, NULL);
	if (!real)
		return error_is_lasting(errno) ? 0 : -errno;
	return text_equal(real, path);
}

/* -EAGAIN where the process is gone, is another user's or proves nothing for another
 * lasting reason. */
static int proves_nothing(int code)
{
	return error_is_lasting(code) ? -EAGAIN : -code;
}

/* 0 and *ret filled; -EAGAIN where the process proves nothing. */
static int read_process(int process, struct parent *ret)
{
	/* what is checked is the file that runs, also where its name is gone */
	cleanup_close int executable = openat(process, "exe", O_PATH | O_CLOEXEC);
	if (executable < 0)
		return proves_nothing(errno);
	int result = file_check_trusted(executable, "exe", NULL);
	if (result < 0)
		return proves_nothing(-result);
	cleanup_free char *path = file_path_of_descriptor(executable);
	if (!path)
		return proves_nothing(errno);
	cleanup_close int cmdline = openat(process, "cmdline", O_RDONLY | O_CLOEXEC);
	if (cmdline < 0)
		return proves_nothing(errno);
	cleanup_free char *bytes = NULL;
	size_t length = 0;
	result = file_read_all(cmdline, "cmdline", COMMAND_LINE_SIZE, &bytes, &length, NULL);
	if (result < 0)
		return proves_nothing(-result);
	return parent_from(path, bytes, length, ret);
}

/* The parent of `process`, or 0; a negative errno where the kernel failed. */
static pid_t parent_of(int process)
{
	cleanup_close int descriptor = openat(process, "stat", O_RDONLY | O_CLOEXEC);
	cleanup_free char *bytes = NULL;
	size_t length = 0;
	int result = descriptor < 0 ? -errno
				    : file_read_all(descriptor, "stat", COMMAND_LINE_SIZE, &bytes, &length, NULL);
	if (result < 0)
		return proves_nothing(-result) == -EAGAIN ? 0 : result;
	/* "PID (NAME) STATE PPID …": the name may hold anything, so from its last ')' */
	const char *behind = strrchr(bytes, ')');
	if (!behind || strlen(behind) < 4)
		return 0;
	cleanup_free char *digits = strndup(behind + 4, strcspn(behind + 4, " "));
	int64_t parent = 0;
	if (!digits || number_parse_int64(digits, &parent) < 0 || parent <= 0 || parent > INT_MAX)
		return 0;
	return (pid_t)parent;
}

static bool is_shell(const struct parent *parent)
{
	for (size_t i = 0; parent->program && i < ARRAY_SIZE(shells); i++) {
		if (text_equal(parent->program, shells[i]))
			return true;
	}
	return false;
}

/* The first from `pid` up that is no shell. */
static int read_from(pid_t pid, struct parent *ret_parent)
{
	struct parent parent = {0};
	for (int generation = 0; generation < 2; generation++) {
		char path[32];
		(void)snprintf(path, sizeof(path), "/proc/%d", pid);
		cleanup_close int process = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		parent_release(&parent);
		int result = process < 0 ? proves_nothing(errno) : read_process(process, &parent);
		if (result < 0 && result != -EAGAIN)
			return result;
		if (result < 0 || !is_shell(&parent))
			break;
		pid = parent_of(process);
		if (pid < 0) {
			parent_release(&parent);
			return pid;
		}
		if (pid == 0)
			break;
	}
	*ret_parent = parent;
	return 0;
}

int parent_read(struct parent *ret_parent)
{
	return read_from(getppid(), ret_parent);
}

int parent_read_of(pid_t child, struct parent *ret_parent)
{
	char path[32];
	(void)snprintf(path, sizeof(path), "/proc/%d", child);
	cleanup_close int process = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	pid_t pid = process < 0 ? -errno : parent_of(process);
	return pid < 0 ? pid : read_from(pid, ret_parent);
}
