/* Where configurations with credentials are. */
#include <errno.h>
#include <string.h>

#include "policy/base/cleanup.h"
#include "policy/base/file.h"
#include "policy/base/text.h"
#include "policy/document/document.h"
#include "shim/hardenctl/registry/credential.h"

#define CONFIG_SIZE ((size_t)1 << 20)

/* Each in its own program's terms: a variable, and what follows its value. */
static const struct place {
	const char *variable;
	const char *below;
	const char *unless; /* not where this variable is set */
} places[] = {
	{"REGISTRY_AUTH_FILE", "", NULL},
	{"DOCKER_CONFIG", "/config.json", NULL},
	{"HOME", "/.docker/config.json", "DOCKER_CONFIG"},
	{"XDG_RUNTIME_DIR", "/containers/auth.json", NULL},
	{"XDG_CONFIG_HOME", "/containers/auth.json", NULL},
	{"HOME", "/.config/containers/auth.json", "XDG_CONFIG_HOME"},
};

static const char *variable(const char *name)
{
	const char *value = name ? getenv(name) : NULL;
	return value && *value ? value : NULL;
}

/* One file; no credential where it is not there. */
static int look_into(const char *path, const char *registry, const char *repository,
		     struct credential *ret_credential, struct error **error)
{
	char *text = NULL;
	size_t length = 0;
	cleanup_error struct error *failure = NULL;
	int result = file_read_trusted(path, CONFIG_SIZE, &text, &length, &failure);
	if (result == -ENOENT || result == -ENOTDIR)
		return 0;
	if (result < 0)
		return error_set(error, -result, "credentials: %s", error_message(failure));
	cleanup_free char *owned = text;
	cleanup_json json_t *config = NULL;
	cleanup_free char *helper = NULL, *server = NULL;
	result = document_parse(text, length, DOCUMENT_PLAIN, &config, error);
	explicit_bzero(text, length);
	if (result == 0)
		result = credential_from_config(config, registry, repository, ret_credential, &helper, &server, error);
	if (result < 0)
		return error_prefix(error, "%s", path);
	return helper ? credential_ask_helper(helper, server, ret_credential, error) : 0;
}

int credential_find(const char *registry, const char *repository, struct credential *ret_credential,
		    struct error **error)
{
	struct credential found = {0};
	for (size_t i = 0; i < ARRAY_SIZE(places) && found.kind == CREDENTIAL_NONE; i++) {
		const char *start = variable(places[i].variable);
		cleanup_text struct text path = {0};
		if (!start || variable(places[i].unless))
			continue;
		text_append_format(&path, "%s%s", start, places[i].below);
		if (path.failed)
			return error_out_of_memory(error);
		int result = look_into(path.data, registry, repository, &found, error);
		if (result < 0)
			return result;
	}
	*ret_credential = found;
	return 0;
}
