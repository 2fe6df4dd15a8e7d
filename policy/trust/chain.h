/* From what an engine says is running to what may have been signed: configuration ←
 * manifest ← index, by digests alone, each read from verified bytes of the evidence. */
#ifndef OCI_HARDEN_TRUST_CHAIN_H
#define OCI_HARDEN_TRUST_CHAIN_H

#include <stddef.h>

#include "policy/base/error.h"
#include "policy/trust/evidence.h"
#include "policy/trust/manifest.h"

/* What the engine has proven; each NULL where it has not. */
struct chain_start {
	const char *config_digest, *manifest_digest, *index_digest;
	const char *chain_id; /* of the topmost layer under the container's root */
};

/* Owned; texts are borrowed from the evidence. One configuration is what runs. Several
 * manifests may lead to it (layers compressed anew), and several indexes to these: whoever
 * signed any of them has signed this configuration and its diff ids. */
struct chain {
	const char *config_digest;
	struct configuration configuration;
	const char **manifests; /* the first is the engine's, where it says */
	size_t manifest_count;
	const char **indexes; /* so too */
	size_t index_count;
	/* The engine tells this index alone, since several of its images have the mounted layers:
	 * whichever runs, only who signed the index has signed it. Borrowed; NULL: it tells more. */
	const char *only_index;
};

/* 0; -ENOENT and why where the evidence does not lead to one configuration, -ENOMEM.
 * What contradicts the engine leads nowhere. */
int chain_find(const struct evidence *evidence, const struct chain_start *start, struct chain *ret_chain,
	       struct error **error);
void chain_release(struct chain *chain);
#define cleanup_chain __attribute__((cleanup(chain_release)))

#endif
