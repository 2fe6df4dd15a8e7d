#include <stdio.h>
#include <string.h>

#include "policy/base/cleanup.h"
#include "policy/trust/store.h"
#include "shim/hardenctl/commands.h"
#include "shim/hardenctl/output.h"
#include "shim/hardenctl/trust.h"

#define STORE_OPTION "  --store DIR   another store than " TRUST_STORE "\n"

static const struct trust_command commands[] = {
	{"import", "[--name REF] DIR", "takes what an OCI layout has about its images",
	 "DIR is what cosign save, skopeo copy … oci:DIR, oras or docker save (unpacked, Docker 25 or\n"
	 "later) wrote. Index, manifests, configurations, signatures and attestations are taken; layers\n"
	 "are not.\n\n"
	 "  --name REF    the image's name, where the layout has none or a wrong one\n" STORE_OPTION, trust_import},
	{"fetch", "[OPTION…] IMAGE", "takes what a registry has about an image",
	 "Index, manifests, configurations, signatures and attestations are fetched; layers are not.\n"
	 "Credentials are those of docker login and podman login, as root.\n\n"
	 "  --platform OS/ARCHITECTURE[/VARIANT]   of an index, this platform alone\n"
	 "  --ca FILE     certificates of a private authority, in PEM\n"
	 "  --plain-http  the registry has no TLS (without this option: on loopback alone)\n"
	 "  --timeout T   for all of it, as in 90s or 10m (5m)\n"
	 "  --quiet       no word where all went well\n"
	 "  --json        the result as an object\n" STORE_OPTION
	 "\nExit status: 0 fetched; 1 fetched, and nothing is signed; 2 the registry has no such image or\n"
	 "does not let us read it; 3 it cannot be reached, or gave what cannot be taken.\n", trust_fetch},
	{"watch", "[--once] [OPTION…]", "fetches whenever Docker or containerd pulls an image",
	 "Goes through all images that are there, and then waits for more.\n\n"
	 "  --once        ends when it has been through the images that are there\n"
	 "  --docker S    Docker's socket (" TRUST_DOCKER_SOCKET ")\n"
	 "  --containerd S   containerd's socket (" TRUST_CONTAINERD_SOCKET ")\n" STORE_OPTION, trust_watch},
	{"list", "[--json]", "what the store has",
	 "  --json        as an array of objects\n" STORE_OPTION, trust_list},
	{"remove", "DIGEST|NAME", "takes an image and its signatures out of the store", STORE_OPTION, trust_remove},
	{"prune", "[--dry-run] [OPTION…]", "takes out what belongs to images that are no longer there",
	 "That is what trust watch has fetched for images that neither Docker nor containerd has any more.\n"
	 "What was imported or fetched by hand stays.\n\n"
	 "  --older-than T   and that has not changed for so long, as in 12h or 90d (30d)\n"
	 "  --dry-run     says what it would take out\n"
	 "  --docker S    Docker's socket (" TRUST_DOCKER_SOCKET ")\n"
	 "  --containerd S   containerd's socket (" TRUST_CONTAINERD_SOCKET ")\n" STORE_OPTION, trust_prune},
	{"export", "DIGEST|NAME DIR", "writes an image's signatures as an OCI layout, for another host",
	 "DIR is made. The image's layers are not in it.\n\n" STORE_OPTION, trust_export},
};

/* printf() counts bytes where columns are wanted. */
static int padding(const char *text, int columns)
{
	for (; *text; text++)
		columns -= ((unsigned char)*text & 0xc0) != 0x80;
	return columns > 0 ? columns : 0;
}

static void print_usage(FILE *stream)
{
	(void)fputs("Usage: hardenctl trust COMMAND [ARGUMENT…]\n\n"
		    "The local store of images' signatures, from which they are verified without a network.\n\n", stream);
	for (size_t i = 0; i < ARRAY_SIZE(commands); i++)
		(void)fprintf(stream, "  %-7s %s%*s %s\n", commands[i].name, commands[i].arguments,
			      padding(commands[i].arguments, 22), "", commands[i].help);
	(void)fputs("\nhardenctl trust COMMAND --help tells more of one.\n", stream);
}

static void say_waiting(const char *store)
{
	(void)fprintf(stderr, "hardenctl: another hardenctl is writing to %s; waiting for it\n", store);
}

static int run(const struct trust_command *command, int argc, char **argv)
{
	for (int i = 1; i < argc; i++)
		if (command->details && strcmp(argv[i], "--help") == 0) {
			(void)printf("Usage: hardenctl trust %s %s\n\n%s: %s.\n\n%s", command->name, command->arguments,
				     command->name, command->help, command->details);
			return EXIT_CLEAN;
		}
	trust_store_waits = say_waiting;
	int status = command->run(argc, argv);
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
