#include <stdio.h>
#include <string.h>

#include "policy/base/cleanup.h"
#include "shim/hardenctl/commands.h"
#include "shim/hardenctl/output.h"
#include "shim/hardenctl/trust.h"

static const struct trust_command commands[] = {
	{"list", "[--json]", "what the local store of signatures has",
	 "  --json        as an array of objects\n", trust_list},
	{"remove", "DIGEST|NAME", "takes an image and its signatures out of the store", NULL, trust_remove},
};

static void print_usage(FILE *stream)
{
	(void)fputs("Usage: hardenctl trust COMMAND [ARGUMENT…]\n\n"
		    "The local store of images' signatures, from which they are verified without a network.\n\n", stream);
	for (size_t i = 0; i < ARRAY_SIZE(commands); i++)
		(void)fprintf(stream, "  %-7s %-22s %s\n", commands[i].name, commands[i].arguments, commands[i].help);
	(void)fputs("\nhardenctl trust COMMAND --help tells more of one.\n", stream);
}

static int run(const struct trust_command *command, int argc, char **argv)
{
	for (int i = 1; i < argc; i++)
		if (strcmp(argv[i], "--help") == 0) {
			(void)printf("Usage: hardenctl trust %s %s\n\n%s: %s.\n%s", command->name, command->arguments,
				     command->name, command->help, command->details ? "\n" : "");
			(void)fputs(command->details ? command->details : "", stdout);
			return EXIT_CLEAN;
		}
	int status = command->run(command, argc, argv);
	if (fflush(stdout) == 0 && !ferror(stdout))
		return status;
	(void)fprintf(stderr, "hardenctl: standard output cannot be written\n");
	return EXIT_UNABLE;
}

int command_trust(int argc, char **argv)
{
	if (argc < 2) {
		print_usage(stderr);
		return EXIT_UNABLE;
	}
	if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0) {
		print_usage(stdout);
		return EXIT_CLEAN;
	}
	for (size_t i = 0; i < ARRAY_SIZE(commands); i++)
		if (strcmp(commands[i].name, argv[1]) == 0)
			return run(&commands[i], argc - 1, argv + 1);
	return output_usage_error("trust", argv[1]);
}
