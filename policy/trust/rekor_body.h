/* What an entry of a Rekor log says, by its kind (sigstore/rekor, pkg/types; Rekor v2:
 * sigstore/rekor-tiles, entry.proto). */
#ifndef OCI_HARDEN_TRUST_REKOR_BODY_H
#define OCI_HARDEN_TRUST_REKOR_BODY_H

#include <stdbool.h>

#include "policy/base/error.h"
#include "policy/trust/signed_material.h"

/* Is it the entry of this very signature: does it have its bytes, the hash of what it
 * covers, and the leaf certificate? An entry of somebody else's signature proves no time
 * for this one (CVE-2022-23649, CVE-2026-22703). -EPERM where it is not, or is of a kind
 * and version that is not known. *ret_promises: logs that keep such entries (Rekor v1)
 * promise to include them and tell the time; those of Rekor v2 do not. */
int rekor_body_check(const struct log_entry *entry, const struct signed_material *material, bool *ret_promises,
		     struct error **error);

#endif
