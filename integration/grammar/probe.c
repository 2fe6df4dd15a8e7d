/* The program of every container of this suite: says what it was started as and with.
 * `probe sleep` stays. */
#include <dirent.h>
#include <linux/keyctl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

extern char **environ;

static void print_descriptors(void)
{
	for (int descriptor = 3; descriptor < 20; descriptor++) {
		char path[64], target[256];
		(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", descriptor);
		ssize_t length = readlink(path, target, sizeof(target) - 1);
		if (length > 0)
			printf("descriptor %d %.*s\n", descriptor, (int)length, target);
	}
}

static void print_status(void)
{
	static const char *const lines[] = {"Uid:", "Gid:", "Groups:", "NoNewPrivs:", "CapBnd:", "CapEff:", "CapAmb:"};
	char line[512];
	FILE *status = fopen("/proc/self/status", "r");
	while (status && fgets(line, sizeof(line), status))
		for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
			if (strncmp(line, lines[i], strlen(lines[i])) == 0)
				printf("%s", line);
}

int main(int argc, char **argv)
{
	char name[128] = "", folder[512] = "", keyring[256] = "";
	if (argc > 1 && strcmp(argv[1], "sleep") == 0)
		for (;;)
			(void)pause();
	(void)gethostname(name, sizeof(name) - 1);
	(void)syscall(SYS_keyctl, KEYCTL_DESCRIBE, KEY_SPEC_SESSION_KEYRING, keyring, sizeof(keyring) - 1);
	printf("host %s\nfolder %s\nkeyring %s\nterminal %d\n", name, getcwd(folder, sizeof(folder)) ? folder : "",
	       strrchr(keyring, ';') ? strrchr(keyring, ';') : "", isatty(1));
	for (int i = 0; i < argc; i++)
		printf("argument %s\n", argv[i]);
	for (char **variable = environ; *variable; variable++)
		printf("variable %s\n", *variable);
	print_status();
	print_descriptors();
	return 0;
}
