#include "shim/hardenctl/registry/credential.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "policy/base/cleanup.h"
#include "policy/base/text.h"
#include "policy/document/document.h"
#include "policy/trust/base64.h"

#define DOCKER_HUB "docker.io"
#define IDENTITY_USER "<token>" /* by which a helper marks an identity token */

void credential_release(struct credential *credential)
{
	if (credential->secret)
		explicit_bzero(credential->secret, strlen(credential->secret));
	free(credential->user);
	free(credential->secret);
	*credential = (struct credential){0};
}

static int malformed(struct error **error, const char *key)
{
	return error_set(error, EINVAL, "\"%s\" does not have the shape of Docker's config.json", key);
}

/* A key of `auths` or `credHelpers` without scheme and API version:
 * "https://index.docker.io/v1/" → "index.docker.io". */
static char *plain_key(const char *key)
{
	static const char *const schemes[] = {"https://", "http://"}, *const versions[] = {"/", "/v1", "/v2"};
	for (size_t i = 0; i < ARRAY_SIZE(schemes); i++)
		if (text_starts_with(key, schemes[i]))
			key += strlen(schemes[i]);
	char *plain = strdup(key);
	for (size_t i = 0; plain && i < ARRAY_SIZE(versions); i++)
		if (text_ends_with(plain, versions[i]))
			plain[strlen(plain) - strlen(versions[i])] = '\0';
	return plain;
}

/* How much of "registry/repository" the key stands for, in bytes; 0: another one. */
static size_t match(const char *key, const char *registry, const char *repository)
{
	static const char *const hub[] = {DOCKER_HUB, "index.docker.io", "registry-1.docker.io", NULL};
	cleanup_free char *plain = plain_key(key);
	if (!plain)
		return 0;
	if (strcmp(plain, registry) == 0 || (strcmp(registry, DOCKER_HUB) == 0 && text_is_one_of(plain, hub)))
		return strlen(registry);
	size_t length = strlen(registry);
	if (!text_starts_with(plain, registry) || plain[length] != '/')
		return 0;
	const char *path = plain + length + 1;
	if (!text_starts_with(repository, path) || (repository[strlen(path)] && repository[strlen(path)] != '/'))
		return 0;
	return strlen(plain);
}

/* The member of `object` that stands for most of the name; *ret_value is NULL where none does. */
static int find(const json_t *config, const char *section, const char *registry, const char *repository,
		const char **ret_key, json_t **ret_value, struct error **error)
{
	json_t *object = json_object_get(config, section), *value;
	const char *key;
	size_t longest = 0;
	*ret_key = NULL;
	*ret_value = NULL;
	if (document_is_missing(object))
		return 0;
	if (!json_is_object(object))
		return malformed(error, section);
	json_object_foreach(object, key, value)
	{
		size_t length = match(key, registry, repository);
		if (length <= longest)
			continue;
		longest = length;
		*ret_key = key;
		*ret_value = value;
	}
	return 0;
}

static int set(struct credential *credential, enum credential_kind kind, const char *user, const char *secret,
	       struct error **error)
{
	cleanup_credential struct credential made = {.kind = kind, .user = strdup(user), .secret = strdup(secret)};
	if (!made.user || !made.secret)
		return error_out_of_memory(error);
	*credential = made;
	made = (struct credential){0};
	return 0;
}

/* "auth": base64 of user, colon, password. */
static int from_auth(const char *text, struct credential *ret_credential, struct error **error)
{
	uint8_t *data = NULL;
	size_t size = 0;
	if (base64_decode(text, strlen(text), BASE64_STANDARD, "auth", &data, &size, NULL) < 0)
		return malformed(error, "auth");
	cleanup_free char *pair = (char *)data;
	char *colon = memchr(pair, ':', size);
	if (!colon || strlen(pair) != size)
		return malformed(error, "auth");
	*colon = '\0';
	int result = set(ret_credential, CREDENTIAL_PASSWORD, pair, colon + 1, error);
	explicit_bzero(pair, size);
	return result;
}

static int from_entry(const json_t *entry, struct credential *ret_credential, struct error **error)
{
	static const struct {
		const char *key;
		enum credential_kind kind;
	} tokens[] = {{"identitytoken", CREDENTIAL_IDENTITY_TOKEN}, {"registrytoken", CREDENTIAL_REGISTRY_TOKEN}};
	if (!json_is_object(entry))
		return malformed(error, "auths");
	for (size_t i = 0; i < ARRAY_SIZE(tokens); i++) {
		const char *token = document_text(json_object_get(entry, tokens[i].key));
		if (token && *token)
			return set(ret_credential, tokens[i].kind, "", token, error);
	}
	const char *auth = document_text(json_object_get(entry, "auth"));
	if (auth && *auth)
		return from_auth(auth, ret_credential, error);
	const char *user = document_text(json_object_get(entry, "username"));
	const char *password = document_text(json_object_get(entry, "password"));
	if (user && *user && password)
		return set(ret_credential, CREDENTIAL_PASSWORD, user, password, error);
	return 0;
}

/* It becomes part of a program's name. */
static bool is_helper_name(const char *name)
{
	size_t length = strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-");
	return length > 0 && length < 128 && name[length] == '\0' && name[0] != '.';
}

static int use_helper(const json_t *name, const char *server, char **ret_helper, char **ret_server,
		      struct error **error)
{
	const char *text = document_text(name);
	if (!text || (*text && !is_helper_name(text)))
		return error_set(error, EINVAL, "the name of a credential helper is none");
	if (!*text)
		return 0;
	char *helper = strdup(text), *copy = strdup(server);
	if (!helper || !copy) {
		free(helper);
		free(copy);
		return error_out_of_memory(error);
	}
	*ret_helper = helper;
	*ret_server = copy;
	return 0;
}

int credential_from_config(const json_t *config, const char *registry, const char *repository,
			   struct credential *ret_credential, char **ret_helper, char **ret_server,
			   struct error **error)
{
	const char *key = NULL, *server = strcmp(registry, DOCKER_HUB) == 0 ? "https://index.docker.io/v1/" : registry;
	json_t *value = NULL;
	if (find(config, "credHelpers", registry, repository, &key, &value, error) < 0)
		return -EINVAL;
	if (value)
		return use_helper(value, key, ret_helper, ret_server, error);
	struct credential found = {0};
	int result = find(config, "auths", registry, repository, &key, &value, error);
	if (result == 0 && value)
		result = from_entry(value, &found, error);
	if (result < 0)
		return result;
	if (found.kind != CREDENTIAL_NONE) {
		*ret_credential = found;
		return 0;
	}
	json_t *store = json_object_get(config, "credsStore");
	if (document_is_missing(store))
		return 0;
	/* `docker login` leaves an empty entry where the secret went to the store */
	return use_helper(store, value ? key : server, ret_helper, ret_server, error);
}

int credential_from_helper(const char *answer, size_t length, struct credential *ret_credential,
			   struct error **error)
{
	cleanup_json json_t *root = NULL;
	/* the reader's message could show where in the secret it stopped: one of our own */
	if (document_parse(answer, length, DOCUMENT_PLAIN, &root, NULL) < 0)
		return error_set(error, EINVAL, "its answer is not JSON");
	const char *user = document_text(json_object_get(root, "Username"));
	const char *secret = document_text(json_object_get(root, "Secret"));
	if (!user || !secret || !*secret)
		return error_set(error, EINVAL, "its answer lacks Username or Secret");
	bool is_token = strcmp(user, IDENTITY_USER) == 0;
	return set(ret_credential, is_token ? CREDENTIAL_IDENTITY_TOKEN : CREDENTIAL_PASSWORD, is_token ? "" : user,
		   secret, error);
}
