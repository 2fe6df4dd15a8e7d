/* A request that is repeated where that may help: a registry that is busy, restarts or
 * asks to wait. */
#ifndef OCI_HARDEN_REGISTRY_PATIENCE_H
#define OCI_HARDEN_REGISTRY_PATIENCE_H

#include "shim/hardenctl/registry/http.h"

#define PATIENCE_ATTEMPTS 4u
#define PATIENCE_SECONDS 30 /* the longest that a Retry-After is followed */

/* As http_perform(). The last answer is given back whatever its status is; -EAGAIN where
 * the registry asks to wait for longer. */
int http_perform_patiently(struct http *http, const struct http_request *request,
			   struct http_response *ret_response, struct error **error);

#endif
