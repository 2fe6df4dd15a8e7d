/* Stands in for a backend, and says what an engine's runtime was given: everything that
 * a process has but its memory. Whoever is called directly and whoever is called
 * through oci-harden has to say the same. */
#include <dirent.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

extern char **environ;

static void say_file(const char *path, const char *const *wanted)
{
	char line[4096];
	FILE *stream = fopen(path, "re");
	while (stream && fgets(line, sizeof(line), stream)) {
		int take = !wanted;
		for (size_t i = 0; wanted && wanted[i]; i++)
			take |= strncmp(line, wanted[i], strlen(wanted[i])) == 0;
		if (take)
			(void)fputs(line, stdout);
	}
	if (stream)
		(void)fclose(stream);
}

static void say_descriptors(void)
{
	char target[PATH_MAX], path[300];
	DIR *folder = opendir("/proc/self/fd");
	for (struct dirent *entry; folder && (entry = readdir(folder));) {
		(void)snprintf(path, sizeof(path), "/proc/self/fd/%s", entry->d_name);
		ssize_t length = readlink(path, target, sizeof(target) - 1);
		if (length < 0 || strncmp(target, "/proc/", 6) == 0)
			continue;
		target[length] = '\0';
		printf("descriptor %s %s\n", entry->d_name, target);
	}
	if (folder)
		(void)closedir(folder);
}

int main(int argc, char **argv)
{
	static const char *const status[] = {"Uid:", "Gid:", "Groups:", "SigBlk:", "SigIgn:", "SigCgt:",
					     "SigPnd:", "Cap", "NoNewPrivs:", "Seccomp:", "Umask:", NULL};
	char folder[PATH_MAX];
	int death = 0;
	if (argc == 2 && strcmp(argv[1], "--version") == 0)
		return puts("runc version 1.1.5\nspec: 1.0.2-dev") < 0;
	(void)prctl(PR_GET_PDEATHSIG, &death);
	printf("parent death signal %d\nfolder %s\npriority %d\n", death, getcwd(folder, sizeof(folder)),
	       getpriority(PRIO_PROCESS, 0));
	/* in a pid of its own, this is its own */
	const char *listener = getenv("LISTEN_PID");
	printf("LISTEN_PID %s\n", !listener ? "unset" : strtol(listener, NULL, 10) == getpid() ? "mine" : "another's");
	for (char **variable = environ; *variable; variable++)
		if (strncmp(*variable, "LISTEN_PID=", 11) != 0)
			printf("variable %s\n", *variable);
	for (int i = 1; i < argc; i++)
		printf("argument %s\n", argv[i]);
	say_file("/proc/self/status", status);
	say_file("/proc/self/limits", NULL);
	say_file("/proc/self/cgroup", NULL);
	say_file("/proc/self/oom_score_adj", NULL);
	say_file("/proc/self/timerslack_ns", NULL);
	say_file("/proc/self/personality", NULL);
	say_descriptors();
	return 42;
}
