/* What a registry gets to see after it asked who we are: Basic, or a token from the
 * server that it names (distribution's token authentication). */
#ifndef OCI_HARDEN_REGISTRY_TOKEN_H
#define OCI_HARDEN_REGISTRY_TOKEN_H

#include "shim/hardenctl/registry/client.h"

/* The value of the header Authorization, which the caller frees. The user's password or
 * identity token goes to the token server that the registry names, as all clients do it,
 * but by https alone (by http from loopback to loopback). -EACCES where there is nothing
 * to show. */
int token_authorize(struct client *client, const char *challenge, char **ret_authorization, struct error **error);

/* The token in a token server's answer; only visible characters are in it. For tests. */
int token_read(const char *answer, size_t length, char **ret_token, struct error **error);

#endif
