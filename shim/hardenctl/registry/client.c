#include "shim/hardenctl/registry/client.h"

#include <errno.h>
#include <string.h>

#include "policy/base/cleanup.h"
#include "policy/base/text.h"
#include "shim/hardenctl/registry/patience.h"
#include "shim/hardenctl/registry/redirect.h"
#include "shim/hardenctl/registry/token.h"

static int set_origin(struct client *client, const char *scheme, struct error **error)
{
	cleanup_text struct text url = {0};
	text_append_format(&url, "%s://%s/", scheme, client->access->host);
	if (url.failed)
		return error_out_of_memory(error);
	struct origin origin = {0};
	int result = origin_of_url(url.data, &origin, error);
	if (result < 0)
		return result;
	origin_release(&client->origin);
	client->origin = origin;
	return 0;
}

int client_open(const struct access *access, const char *repository, int64_t deadline, struct client *ret_client,
		struct error **error)
{
	cleanup_client struct client client = {.access = access, .repository = repository};
	client.settled = access->plain_http || !access->loopback;
	int result = set_origin(&client, access->plain_http ? "http" : "https", error);
	if (result == 0)
		result = http_open(&access->certificates, deadline, &client.http, error);
	if (result < 0)
		return result;
	*ret_client = client;
	client = (struct client){0};
	return 0;
}

void client_close(struct client *client)
{
	http_close(&client->http);
	origin_release(&client->origin);
	if (client->authorization)
		explicit_bzero(client->authorization, strlen(client->authorization));
	free(client->authorization);
	client->authorization = NULL;
}

static char *url_of(const struct client *client, const char *path)
{
	struct text url = {0};
	text_append_format(&url, "%s://%s%s", client->origin.scheme, client->access->host, path);
	return text_finish(&url);
}

/* One request to `url`; the registry alone gets to see who we are. */
static int ask(struct client *client, const char *url, const char *accept, size_t limit, bool *ret_own,
	       struct http_response *ret_response, struct error **error)
{
	struct direction direction = {0};
	int result = redirect_check(&client->origin, url, &direction, error);
	if (result < 0)
		return result;
	if (client->requests++ >= CLIENT_REQUESTS)
		return error_set(error, E2BIG, "the registry makes us ask more than %u times", CLIENT_REQUESTS);
	*ret_own = direction.own;
	const struct http_request request = {
		.url = url,
		.accept = accept,
		.authorization = direction.own ? client->authorization : NULL,
		.limit = limit,
		.certificate = direction.own,
		.outside = direction.outside,
	};
	return http_perform_patiently(&client->http, &request, ret_response, error);
}

/* On loopback, where Docker takes HTTP as well, the first answer tells which it is. */
static int settle(struct client *client, struct error **error)
{
	cleanup_http_response struct http_response response = {0};
	cleanup_error struct error *failure = NULL;
	bool again = false;
	cleanup_free char *url = url_of(client, "/v2/");
	if (!url)
		return error_out_of_memory(error);
	const struct http_request request = {.url = url, .limit = CLIENT_ANSWER, .certificate = true};
	int result = http_perform(&client->http, &request, &response, &again, &failure);
	client->settled = true;
	return result == -EPROTO ? set_origin(client, "http", error) : 0;
}

static bool is_redirect(const struct http_response *response)
{
	static const long statuses[] = {301, 302, 303, 307, 308};
	for (size_t i = 0; i < ARRAY_SIZE(statuses); i++)
		if (statuses[i] == response->status)
			return response->location != NULL;
	return false;
}

/* Answers the registry's challenge once for each request; false: nothing new to show. */
static int answer_challenge(struct client *client, const struct http_response *response, bool *answered,
			    struct error **error)
{
	if (*answered || !response->challenge)
		return client_status_error(client, response->status, client->repository, error);
	cleanup_free char *authorization = NULL;
	*answered = true;
	int result = token_authorize(client, response->challenge, &authorization, error);
	if (result < 0)
		return result;
	free(client->authorization);
	client->authorization = take_pointer(authorization);
	return 0;
}

int client_get(struct client *client, const char *path, const char *accept, size_t limit,
	       struct http_response *ret_response, struct error **error)
{
	int result = client->settled ? 0 : settle(client, error);
	if (result < 0)
		return result;
	cleanup_free char *url = url_of(client, path);
	bool answered = false;
	for (unsigned hops = 0; url;) {
		cleanup_http_response struct http_response response = {0};
		bool own = false;
		result = ask(client, url, accept, limit, &own, &response, error);
		if (result < 0)
			return result;
		if (response.status == 401 && own) {
			result = answer_challenge(client, &response, &answered, error);
			if (result < 0)
				return result;
			continue;
		}
		if (!is_redirect(&response)) {
			*ret_response = response;
			response = (struct http_response){0};
			return 0;
		}
		if (++hops > CLIENT_REDIRECTS)
			return error_set(error, ELOOP, "the registry redirects more than %u times", CLIENT_REDIRECTS);
		cleanup_free char *from = take_pointer(url);
		result = address_resolve(from, response.location, &url, error);
		if (result < 0)
			return result;
	}
	return error_out_of_memory(error);
}

int client_status_error(const struct client *client, long status, const char *what, struct error **error)
{
	const char *host = client->access->host;
	if (status == 401 || status == 403)
		return error_set(error, EACCES, "%s does not let us read %s (status %ld): log in with docker login or podman "
				 "login, as root", host, what, status);
	if (status == 404)
		return error_set(error, ENOENT, "%s has no %s", host, what);
	if (status == 429)
		return error_set(error, EAGAIN, "%s is busy (status 429): try again later, or log in", host);
	return error_set(error, EIO, "%s answers with status %ld where %s was asked for", host, status, what);
}
