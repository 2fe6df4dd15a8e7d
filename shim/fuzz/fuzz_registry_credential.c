/* Docker's config.json and a credential helper's answer: a helper's name is a file's name
 * and nothing else, and a credential is whole. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "policy/base/cleanup.h"
#include "policy/document/document.h"
#include "shim/hardenctl/registry/credential.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_credential(const struct credential *credential)
{
	if (credential->kind != CREDENTIAL_NONE && (!credential->user || !credential->secret))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	cleanup_json json_t *config = NULL;
	cleanup_credential struct credential found = {0}, answered = {0};
	cleanup_free char *helper = NULL, *server = NULL;
	if (credential_from_helper((const char *)data, size, &answered, NULL) == 0)
		check_credential(&answered);
	if (document_parse((const char *)data, size, DOCUMENT_PLAIN, &config, NULL) < 0 ||
	    credential_from_config(config, "registry.example", "team/app", &found, &helper, &server, NULL) < 0)
		return 0;
	check_credential(&found);
	if ((helper == NULL) != (server == NULL) || (helper && (strpbrk(helper, "/ \n") || *helper == '.')))
		abort();
	return 0;
}
