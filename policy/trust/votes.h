/* How many of the signers that a demand names have signed, each with a hand of its own:
 * k of n stands for k who had to agree, so that a key or an identity for which the policy
 * has two names counts once. Claims are of one hand where they were made with the same key,
 * or carry the same identity, which may have any number of keys. */
#ifndef OCI_HARDEN_TRUST_VOTES_H
#define OCI_HARDEN_TRUST_VOTES_H

#include <stdbool.h>
#include <stddef.h>

#include "policy/base/error.h"
#include "policy/trust/claim.h"

/* What one signer says by one key under one identity. */
struct vote {
	size_t signer; /* its place in the demand's list */
	const struct claim *claim; /* borrowed: of several the one that holds longest */
	size_t hand;
	bool counts;
	bool tried;
};

/* Zero to start. */
struct votes {
	struct vote *list; /* owned */
	size_t count;
};

int votes_add(struct votes *votes, size_t signer, const struct claim *claim, struct error **error);

/* The most signers that can each be given a hand of its own; what they are given `counts`. */
size_t votes_count(struct votes *votes);

void votes_release(struct votes *votes);
#define cleanup_votes __attribute__((cleanup(votes_release)))

#endif
