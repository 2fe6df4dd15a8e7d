/* May this image run? The one answer for the shim and for `hardenctl verify`. */
#ifndef OCI_HARDEN_TRUST_VERDICT_H
#define OCI_HARDEN_TRUST_VERDICT_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "policy/base/error.h"

/* What is asked. Borrowed. */
struct trust_question {
	const json_t *settings;     /* settings.h */
	const char *store;          /* TRUST_STORE; tests have their own */
	const char *cache;          /* a folder of verdicts, or NULL: always anew */
	uint64_t generation;        /* of the policy, for the cache */
	const char *image;          /* the name that the user typed, or NULL */
	/* What the engine says is running, each NULL where it does not: proven digests. */
	const char *config_digest, *manifest_digest, *index_digest;
	const char *chain_id;       /* of the topmost layer under the container's root */
	int64_t now;                /* seconds */
};

/* Owned. JSON, since it crosses from a confined child and is cached:
 *   {"trusted": bool, "matched": bool,
 *    "signers": [NAME, …]            whose signature of this image is verified,
 *    "config", "manifest", "index": DIGEST|null   what runs, proven,
 *    "diff-ids": [DIGEST, …]|null    of the configuration, the lowest layer first,
 *    "reasons": [SENTENCE, …]        why it is not trusted, with the way out,
 *    "proof": [SENTENCE, …]          the chain step by step,
 *    "expires": seconds|null}        from then on it has to be asked anew */
int trust_ask(const struct trust_question *question, json_t **ret_verdict, struct error **error);

#endif
