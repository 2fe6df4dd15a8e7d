/* The transparency log's entries of a bundle (sigstore_rekor.proto, TransparencyLogEntry). */
#ifndef OCI_HARDEN_TRUST_BUNDLE_LOG_ENTRY_H
#define OCI_HARDEN_TRUST_BUNDLE_LOG_ENTRY_H

#include <jansson.h>

#include "policy/base/error.h"
#include "policy/trust/material_memory.h"
#include "policy/trust/signed_material.h"

/* Sets entries and entry_count of *material, which borrow from `entries` (an array, or
 * NULL: none) and `memory`. */
int bundle_log_entries_read(const json_t *entries, struct material_memory *memory, struct signed_material *material,
			    struct error **error);

#endif
