#include <stdio.h>

#include "policy/base/cleanup.h"
#include "policy/trust/store.h"
#include "shim/hardenctl/commands.h"
#include "shim/hardenctl/output.h"
#include "shim/hardenctl/trust.h"

int trust_export(int argc, char **argv)
{
	const char *arguments[2] = {NULL, NULL};
	char digest[DIGEST_LENGTH + 1];
	const char *store = NULL;
	cleanup_error struct error *error = NULL;
	if (trust_arguments("export", argc, argv, NULL, 0, arguments, ARRAY_SIZE(arguments), &store) < 0)
		return EXIT_UNABLE;
	if (trust_resolve(store, arguments[0], digest, &error) < 0 ||
	    trust_store_export(store, digest, arguments[1], &error) < 0)
		return output_failure(EXIT_UNABLE, error);
	(void)printf("%s is in \"%s\": an OCI layout with its manifests, signatures and attestations, which\n"
		     "hardenctl trust import takes on another host. The image's layers are not in it.\n", digest,
		     arguments[1]);
	return EXIT_CLEAN;
}
