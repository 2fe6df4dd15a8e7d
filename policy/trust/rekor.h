/* What a Rekor transparency log vouches for: when it saw an entry, and that everybody can
 * see it. What the entry says is rekor_body.h's. */
#ifndef OCI_HARDEN_TRUST_REKOR_H
#define OCI_HARDEN_TRUST_REKOR_H

#include <stddef.h>
#include <stdint.h>

#include "policy/base/error.h"
#include "policy/trust/log_key.h"
#include "policy/trust/signed_material.h"

/* The signed entry timestamp (SET), which Rekor v1 makes over body, time, log and index:
 * by a key of `logs` that was in use at that time. -EPERM. */
int rekor_check_promise(const struct log_entry *entry, const struct log_key *logs, size_t count, struct error **error);

/* The entry is in the tree whose size and root the log's checkpoint signs. `time`: proven,
 * at which the log's key has to have been in use. -EPERM. */
int rekor_check_inclusion(const struct log_entry *entry, const struct log_key *logs, size_t count, int64_t time,
			  struct error **error);

#endif
