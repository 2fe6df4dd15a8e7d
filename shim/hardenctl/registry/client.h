/* A conversation with one registry about one repository (OCI distribution specification
 * 1.1), with all that belongs to it: TLS or not, tokens, redirects, retries. */
#ifndef OCI_HARDEN_REGISTRY_CLIENT_H
#define OCI_HARDEN_REGISTRY_CLIENT_H

#include <stdbool.h>
#include <stddef.h>

#include "policy/base/error.h"
#include "policy/trust/reference.h"
#include "shim/hardenctl/registry/address.h"
#include "shim/hardenctl/registry/certificates.h"
#include "shim/hardenctl/registry/credential.h"
#include "shim/hardenctl/registry/http.h"

#define CLIENT_REQUESTS 4096u
#define CLIENT_REDIRECTS 5u
#define CLIENT_ANSWER ((size_t)256 << 10) /* bytes of an answer that is no document of the registry */

/* What is needed of this host's files; read before the network is touched. */
struct access {
	const char *host; /* where the registry's interface is: "registry-1.docker.io", "host:port" */
	bool loopback;    /* there HTTP will do where the other end does not speak TLS */
	bool plain_http;  /* the user says that there is no TLS */
	struct credential credential;
	struct certificates certificates;
};

int access_find(const struct reference *reference, const char *authorities, bool plain_http,
		struct access *ret_access, struct error **error);
void access_release(struct access *access);
#define cleanup_access __attribute__((cleanup(access_release)))

struct client {
	const struct access *access;
	const char *repository;
	struct http http;
	struct origin origin;  /* scheme, host and port of the registry */
	bool settled;          /* whether it speaks TLS is known */
	char *authorization;   /* what it gets to see; NULL until it asks */
	unsigned requests;
};

int client_open(const struct access *access, const char *repository, int64_t deadline, struct client *ret_client,
		struct error **error);
void client_close(struct client *client);
#define cleanup_client __attribute__((cleanup(client_close)))

/* The origin's "/v2/…" or an absolute URL there. Whatever status the last answer has; a
 * redirect is followed before. */
int client_get(struct client *client, const char *path, const char *accept, size_t limit,
	       struct http_response *ret_response, struct error **error);

/* What an answer's status means that is none of those expected; `what` was asked for. */
int client_status_error(const struct client *client, long status, const char *what, struct error **error);

#endif
