/* Stands in for runc where faults are injected: starts nothing, but keeps what it was
 * told to start. $RECORD gets the document that the call names (config.json of
 * --bundle, --process or --resources); its being there says that the backend ran. */
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const struct {
	const char *option, *below;
} documents[] = {
	{"--bundle=", "/config.json"},
	{"--process=", ""},
	{"--resources=", ""},
};

static int copy(const char *from, const char *to)
{
	char buffer[65536];
	ssize_t got;
	int input = strcmp(from, "-") == 0 ? STDIN_FILENO : open(from, O_RDONLY);
	int output = open(to, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	if (input < 0 || output < 0)
		return 3;
	while ((got = read(input, buffer, sizeof(buffer))) > 0)
		if (write(output, buffer, (size_t)got) != got)
			return 3;
	return got < 0 ? 3 : 0;
}

int main(int argc, char **argv)
{
	char path[PATH_MAX];
	const char *record = getenv("RECORD");
	if (argc == 2 && strcmp(argv[1], "--version") == 0)
		return puts("runc version 1.1.5\nspec: 1.0.2-dev") < 0;
	if (!record)
		return 2;
	for (int i = 1; i < argc; i++) {
		for (size_t j = 0; j < sizeof(documents) / sizeof(documents[0]); j++) {
			size_t length = strlen(documents[j].option);
			if (strncmp(argv[i], documents[j].option, length) != 0)
				continue;
			(void)snprintf(path, sizeof(path), "%s%s", argv[i] + length, documents[j].below);
			return copy(path, record);
		}
	}
	return copy("/dev/null", record);
}
