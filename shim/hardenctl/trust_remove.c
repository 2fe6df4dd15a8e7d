#include <stdio.h>

#include "policy/base/cleanup.h"
#include "policy/trust/store.h"
#include "shim/hardenctl/commands.h"
#include "shim/hardenctl/output.h"
#include "shim/hardenctl/trust.h"

int trust_remove(int argc, char **argv)
{
	const char *name = NULL;
	char digest[DIGEST_LENGTH + 1];
	const char *store = NULL;
	cleanup_error struct error *error = NULL;
	if (trust_arguments("remove", argc, argv, NULL, 0, &name, 1, &store) < 0)
		return EXIT_UNABLE;
	if (trust_resolve(store, name, digest, &error) < 0 || trust_store_remove(store, digest, &error) < 0)
		return output_failure(EXIT_UNABLE, error);
	(void)printf("%s is removed\n", digest);
	return EXIT_CLEAN;
}
