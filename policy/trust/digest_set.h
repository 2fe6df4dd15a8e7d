/* Digests, each once, in the order in which they came, up to a limit. */
#ifndef OCI_HARDEN_TRUST_DIGEST_SET_H
#define OCI_HARDEN_TRUST_DIGEST_SET_H

#include <stdbool.h>
#include <stddef.h>

#include "policy/trust/evidence.h"

struct digest_set {
	char (*list)[DIGEST_LENGTH + 1]; /* owned */
	size_t count, limit;
};

/* `digest` is valid. -E2BIG beyond the limit, -ENOMEM. */
int digest_set_add(struct digest_set *set, const char *digest);
bool digest_set_has(const struct digest_set *set, const char *digest);
void digest_set_release(struct digest_set *set);
#define cleanup_digest_set __attribute__((cleanup(digest_set_release)))

#endif
