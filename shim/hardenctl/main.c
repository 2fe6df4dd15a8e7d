#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <curl/curl.h>
#include <jansson.h>
#include <nghttp2/nghttp2.h>
#include <openssl/crypto.h>
#include <protobuf-c/protobuf-c.h>
#include <seccomp.h>
#include <yaml.h>
#include <zlib.h>

#include "policy/base/cleanup.h"
#include "shim/environment.h"
#include "shim/hardenctl/commands.h"

struct command {
	const char *name;
	const char *arguments;
	const char *help;
	int (*run)(int argc, char **argv);
};

static const struct command commands[] = {
	{"check", "BUNDLE|config.json", "judge a configuration: exit 0 clean, 1 to be rewritten, 2 refused",
	 command_check},
	{"diff", "BUNDLE|config.json", "show what would be changed in it, and why", command_diff},
	{"explain", "[CONTROL]", "what a control does, its risk, its settings and references", command_explain},
	{"verify", "CONTAINER|IMAGE|DIGEST", "does the policy trust it, and by which proof", command_verify},
	{"why", "ID|CONTAINER", "every change and refusal of a decision, with before and after", command_why},
	{"exception", "ID|CONTAINER", "print the policy stanza that would allow what was refused", command_exception},
	{"policy", "lint|apply|rollback|show", "check, activate and inspect the policy", command_policy},
	{"trust", "import|fetch|watch|list ...", "the local store of images' signatures", command_trust},
	{"reference", "", "print the tables of all controls and keys for the manual", command_reference},
};

static int print_help(FILE *stream)
{
	fputs("Usage: hardenctl COMMAND [ARGUMENT…]\n\nThe companion of oci-harden(8).\n\nCommands:\n", stream);
	for (size_t i = 0; i < ARRAY_SIZE(commands); i++)
		fprintf(stream, "  %-10s %-26s %s\n", commands[i].name, commands[i].arguments, commands[i].help);
	fputs("\nOptions:\n"
	      "  --help     this text; hardenctl COMMAND --help for one command\n"
	      "  --version  the version, and those of the libraries in use\n\n"
	      "Exit status: 0, or 3 where a command could not do its work; check, diff and policy have\n"
	      "more, see hardenctl(1). The policy file is described in oci-harden-policy(5).\n",
	      stream);
	return stream == stdout ? EXIT_CLEAN : EXIT_UNABLE;
}

static int print_version(void)
{
	const struct scmp_version *seccomp = seccomp_version();
	printf("oci-harden " VERSION "\n");
	printf("libseccomp %u.%u.%u\n", seccomp->major, seccomp->minor, seccomp->micro);
	printf("jansson %s\n", jansson_version_str());
	printf("%s\n", OpenSSL_version(OPENSSL_VERSION));
	printf("nghttp2 %s\n", nghttp2_version(0)->version_str);
	printf("protobuf-c %s\n", protobuf_c_version());
	printf("zlib %s\n", zlibVersion());
	printf("libyaml %s\n", yaml_get_version_string());
	printf("libcurl %s\n", curl_version_info(CURLVERSION_NOW)->version);
	return EXIT_CLEAN;
}

int main(int argc, char **argv)
{
	environment_clean(environ);
	if (argc < 2)
		return print_help(stderr);
	if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0 || strcmp(argv[1], "help") == 0)
		return print_help(stdout);
	if (strcmp(argv[1], "--version") == 0)
		return print_version();
	for (size_t i = 0; i < ARRAY_SIZE(commands); i++)
		if (strcmp(argv[1], commands[i].name) == 0)
			return commands[i].run(argc - 1, argv + 1);
	fprintf(stderr, "hardenctl: no command \"%s\"; see hardenctl --help\n", argv[1]);
	return EXIT_UNABLE;
}
