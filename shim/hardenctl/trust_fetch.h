/* Fetching into the local store, for `hardenctl trust fetch` and `hardenctl trust watch`. */
#ifndef OCI_HARDEN_HARDENCTL_TRUST_FETCH_H
#define OCI_HARDEN_HARDENCTL_TRUST_FETCH_H

#include <stdbool.h>

#include "shim/hardenctl/registry/fetch.h"

/* fetch(), and what came into the store at `store`: all of it or, on failure, nothing. `unasked`:
 * store.h. */
int trust_fetch_into(const char *store, bool unasked, const struct fetch_question *question,
		     struct fetch_result *ret_result, struct error **error);

/* "2 cosign signatures, 1 attestation" or "nothing that is signed"; the caller frees it. */
char *trust_fetch_summary(const struct fetch_result *result);

#endif
