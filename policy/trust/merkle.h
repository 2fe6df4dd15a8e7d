/* The hash tree of a transparency log (RFC 6962, section 2.1, with SHA-256). */
#ifndef OCI_HARDEN_TRUST_MERKLE_H
#define OCI_HARDEN_TRUST_MERKLE_H

#include <stddef.h>
#include <stdint.h>

#include "policy/base/error.h"
#include "policy/base/sha256.h"
#include "policy/trust/evidence.h"

int merkle_leaf(const struct bytes *entry, uint8_t ret_hash[SHA256_SIZE], struct error **error); /* -ENOMEM */

/* Is `leaf` the entry `index` of the tree of `size` entries with this root? `path` are the
 * hashes beside the way up, the lowest first. -EPERM where it is not. */
int merkle_check(const uint8_t leaf[SHA256_SIZE], int64_t index, int64_t size, const struct bytes *path,
		 size_t path_count, const struct bytes *root, struct error **error);

#endif
