/* Who we are to a registry: what `docker login`, `podman login` and credential helpers
 * keep (Docker's config.json, containers-auth.json(5)). Secrets: never in a message. */
#ifndef OCI_HARDEN_REGISTRY_CREDENTIAL_H
#define OCI_HARDEN_REGISTRY_CREDENTIAL_H

#include <jansson.h>
#include <stddef.h>

#include "policy/base/error.h"

enum credential_kind {
	CREDENTIAL_NONE = 0,
	CREDENTIAL_PASSWORD,       /* user and secret */
	CREDENTIAL_IDENTITY_TOKEN, /* the secret is exchanged for a token (OAuth 2 refresh token) */
	CREDENTIAL_REGISTRY_TOKEN, /* the secret is sent to the registry itself */
};

struct credential {
	enum credential_kind kind;
	char *user, *secret; /* owned */
};

void credential_release(struct credential *credential);
#define cleanup_credential __attribute__((cleanup(credential_release)))

/* What one configuration file has for `registry` ("docker.io", "host:port") and
 * `repository`; a longer path wins over a shorter one. Where a helper is to be asked,
 * *ret_helper is its name and *ret_server what to ask it for (both owned); a helper for
 * this registry comes before its own entry, one for all behind it, as Docker does it.
 * -EINVAL where the file has another shape. */
int credential_from_config(const json_t *config, const char *registry, const char *repository,
			   struct credential *ret_credential, char **ret_helper, char **ret_server,
			   struct error **error);

/* A helper's answer, {"ServerURL", "Username", "Secret"}. */
int credential_from_helper(const char *answer, size_t length, struct credential *ret_credential,
			   struct error **error);

/* Runs docker-credential-NAME get. No credential where it says that it has none. */
int credential_ask_helper(const char *name, const char *server, struct credential *ret_credential,
			  struct error **error);

/* Goes through $REGISTRY_AUTH_FILE, $DOCKER_CONFIG or ~/.docker, and the places of
 * containers' auth.json, in this order, until one has a credential. The files, which can
 * name programs to run, have to be root's. */
int credential_find(const char *registry, const char *repository, struct credential *ret_credential,
		    struct error **error);

#endif
