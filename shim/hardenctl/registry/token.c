#include "shim/hardenctl/registry/token.h"

#include <errno.h>
#include <string.h>

#include <openssl/evp.h>

#include "policy/base/cleanup.h"
#include "policy/base/text.h"
#include "policy/document/document.h"
#include "shim/hardenctl/registry/challenge.h"
#include "shim/hardenctl/registry/patience.h"
#include "shim/hardenctl/registry/redirect.h"

#define TOKEN_SIZE ((size_t)64 << 10)

static char *basic(const struct credential *credential)
{
	cleanup_text struct text pair = {0};
	cleanup_text struct text header = {0};
	text_append_format(&pair, "%s:%s", credential->user, credential->secret);
	if (pair.failed || pair.length > TOKEN_SIZE)
		return NULL;
	cleanup_free char *encoded = malloc((pair.length + 2) / 3 * 4 + 1);
	if (!encoded)
		return NULL;
	(void)EVP_EncodeBlock((unsigned char *)encoded, (const unsigned char *)pair.data, (int)pair.length);
	text_append_format(&header, "Basic %s", encoded);
	explicit_bzero(pair.data, pair.length);
	explicit_bzero(encoded, strlen(encoded));
	return text_finish(&header);
}

static char *bearer(const char *token)
{
	struct text header = {0};
	text_append_format(&header, "Bearer %s", token);
	return text_finish(&header);
}

static void add_parameter(struct text *text, const char *separator, const char *name, const char *value)
{
	if (!value)
		return;
	char *escaped = curl_easy_escape(NULL, value, (int)strlen(value));
	if (escaped)
		text_append_format(text, "%s%s=%s", separator, name, escaped);
	else
		text->failed = true;
	curl_free(escaped);
}

/* The right to read this repository is all that is asked for, unless the registry has
 * words of its own for that. */
static char *scope_of(const struct client *client, const struct challenge *challenge)
{
	struct text scope = {0};
	if (challenge->scope && *challenge->scope)
		return strdup(challenge->scope);
	text_append_format(&scope, "repository:%s:pull", client->repository);
	return text_finish(&scope);
}

static char *parameters_of(const struct challenge *challenge, const char *scope, const char *separator)
{
	struct text text = {0};
	add_parameter(&text, separator, "scope", scope);
	add_parameter(&text, "&", "service", challenge->service);
	return text_finish(&text);
}

int token_read(const char *answer, size_t length, char **ret_token, struct error **error)
{
	static const char *const keys[] = {"token", "access_token"};
	cleanup_json json_t *root = NULL;
	const char *token = NULL;
	/* the reader's message could show where in the token it stopped: one of our own */
	if (document_parse(answer, length, DOCUMENT_PLAIN, &root, NULL) < 0)
		return error_set(error, EINVAL, "the token server's answer is not JSON");
	for (size_t i = 0; i < ARRAY_SIZE(keys) && !token; i++)
		token = document_text(json_object_get(root, keys[i]));
	if (!token || !*token || strlen(token) > TOKEN_SIZE)
		return error_set(error, EINVAL, "the token server's answer has no token of at most %zu bytes", TOKEN_SIZE);
	for (const char *character = token; *character; character++)
		if (*character <= ' ' || *character > '~')
			return error_set(error, EINVAL, "the token server's token has characters that no header can have");
	char *copy = strdup(token);
	if (!copy)
		return error_out_of_memory(error);
	*ret_token = copy;
	return 0;
}

/* Asks the token server; `shown` is our password, `form` our identity token, or neither. */
static int ask(struct client *client, const char *url, const char *shown, const char *form,
	       struct http_response *ret_response, struct error **error)
{
	struct direction direction = {0};
	int result = redirect_check(&client->origin, url, &direction, error);
	if (result < 0)
		return error_prefix(error, "token server");
	const struct http_request request = {
		.url = url,
		.authorization = shown,
		.form = form,
		.limit = CLIENT_ANSWER,
		.certificate = direction.own,
		.outside = direction.outside,
	};
	client->requests++;
	result = http_perform_patiently(&client->http, &request, ret_response, error);
	return result < 0 ? error_prefix(error, "token server") : 0;
}

static int fetch_token(struct client *client, const struct challenge *challenge, char **ret_token,
		       struct error **error)
{
	const struct credential *credential = &client->access->credential;
	bool posts = credential->kind == CREDENTIAL_IDENTITY_TOKEN, asks = credential->kind == CREDENTIAL_PASSWORD;
	cleanup_free char *scope = scope_of(client, challenge), *shown = asks ? basic(credential) : NULL;
	const char *separator = posts ? "" : strchr(challenge->realm, '?') ? "&" : "?";
	cleanup_free char *parameters = scope ? parameters_of(challenge, scope, separator) : NULL;
	cleanup_text struct text url = {0};
	cleanup_text struct text form = {0};
	if (!parameters || (asks && !shown))
		return error_out_of_memory(error);
	text_append_format(&url, "%s%s", challenge->realm, posts ? "" : parameters);
	text_append_format(&form, "%s&grant_type=refresh_token&client_id=oci-harden", parameters);
	add_parameter(&form, "&", "refresh_token", posts ? credential->secret : NULL);
	if (url.failed || form.failed)
		return error_out_of_memory(error);
	cleanup_http_response struct http_response response = {0};
	int result = ask(client, url.data, shown, posts ? form.data : NULL, &response, error);
	explicit_bzero(form.data, form.length);
	if (result < 0)
		return result;
	if (response.status == 401 || response.status == 403)
		return client_status_error(client, response.status, client->repository, error);
	if (response.status != 200)
		return error_set(error, EIO, "the token server of %s answers with status %ld", client->access->host,
				 response.status);
	return token_read(response.body.data, response.body.length, ret_token, error);
}

int token_authorize(struct client *client, const char *challenge_text, char **ret_authorization, struct error **error)
{
	const struct credential *credential = &client->access->credential;
	cleanup_challenge struct challenge challenge = {0};
	cleanup_free char *token = NULL;
	char *authorization = NULL;
	int result = challenge_parse(challenge_text, &challenge, error);
	if (result < 0)
		return result;
	if (credential->kind == CREDENTIAL_REGISTRY_TOKEN) {
		authorization = bearer(credential->secret);
	} else if (challenge.bearer && challenge.realm) {
		result = fetch_token(client, &challenge, &token, error);
		if (result < 0)
			return result;
		authorization = bearer(token);
	} else if (challenge.basic && credential->kind == CREDENTIAL_PASSWORD) {
		authorization = basic(credential);
	} else {
		return client_status_error(client, 401, client->repository, error);
	}
	if (!authorization)
		return error_out_of_memory(error);
	*ret_authorization = authorization;
	return 0;
}
