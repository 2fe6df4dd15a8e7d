/* Chain ids: a stack of layers from the lowest up to one of them, as one digest of their
 * diff ids (OCI image specification, config.md, "Layer ChainID"). containerd names its
 * committed snapshots by them, Docker the folders of its layers. */
#ifndef OCI_HARDEN_TRUST_CHAIN_ID_H
#define OCI_HARDEN_TRUST_CHAIN_ID_H

#include "policy/trust/digest.h"

/* From the stack below to that with `diff_id` on top, in place; "" is the empty stack.
 * False where `diff_id` is no digest: *chain_id is "" then. */
bool chain_id_next(char chain_id[DIGEST_LENGTH + 1], const char *diff_id);

/* Of a whole stack, the lowest layer first. False where there is none or one is no digest. */
bool chain_id_of(const char *const *diff_ids, size_t count, char ret_chain_id[DIGEST_LENGTH + 1]);

#endif
