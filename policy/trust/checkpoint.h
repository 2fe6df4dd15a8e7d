/* A log's signed statement of its size and root: a checkpoint (C2SP tlog-checkpoint) in a
 * signed note (C2SP signed-note). */
#ifndef OCI_HARDEN_TRUST_CHECKPOINT_H
#define OCI_HARDEN_TRUST_CHECKPOINT_H

#include <stddef.h>
#include <stdint.h>

#include "policy/base/error.h"
#include "policy/base/sha256.h"
#include "policy/trust/log_key.h"

#define CHECKPOINT_SIZE ((size_t)64 << 10) /* bytes */
#define CHECKPOINT_SIGNATURES 32u          /* the log's, and those of witnesses */

struct checkpoint {
	int64_t tree_size;
	uint8_t root[SHA256_SIZE];
};

/* `note` has to be signed by `key`, found among the signatures by the key's hint, under a
 * name that its origin begins with. -EPERM where it is not, or not well-formed. */
int checkpoint_check(const char *note, const struct log_key *key, struct checkpoint *ret_checkpoint,
		     struct error **error);

#endif
