/* May this image run? The one answer for the shim and for `hardenctl verify`. */
#ifndef OCI_HARDEN_TRUST_VERDICT_H
#define OCI_HARDEN_TRUST_VERDICT_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "policy/base/error.h"

struct evidence; /* evidence.h */
struct trust_question;

/* Makes a verdict's text from bytes that come from outside, in a process that has dropped
 * everything. The caller frees *ret_text. Two ways, since what reads certificates would be
 * loaded at every start of the shim: a program of its own there, a child of hardenctl's. */
typedef int trust_maker(const struct trust_question *question, struct evidence *evidence, char **ret_text,
			size_t *ret_length, struct error **error);
trust_maker trust_make_in_child; /* verdict_child.c */

/* What is asked. Borrowed. */
struct trust_question {
	trust_maker *make;    /* not needed to recall */
	const char *store;    /* TRUST_STORE; tests have their own */
	const char *cache;    /* a folder of verdicts, or NULL: always anew, nothing is kept */
	const char *identity; /* of the settings: the same text, the same settings (and generation) */
	const json_t *settings; /* settings.h; not needed to recall */
	const char *image;    /* the name that the user typed, or NULL */
	/* What the engine says is running, each NULL where it does not: proven digests. */
	const char *config_digest, *manifest_digest, *index_digest;
	const char *claimed;  /* digests that it is known by without proof, with spaces between: may only refuse; or NULL */
	const char *chain_id; /* of the topmost layer under the container's root, or NULL */
	int64_t now;          /* seconds */
};

/* A verdict. Owned. JSON, since it crosses from a confined child and is cached:
 *   {"trusted": bool,
 *    "denied": bool                  by trust/deny, which no exception overrides: the first reason,
 *    "matched": bool                 false: trusted only because trust/unmatched says so,
 *    "signers": [NAME, …]            whose signature of this image is verified,
 *    "named-by": [NAME, …]           those of them whose signature names the repository of `image`,
 *    "one-hand": [[NAME, NAME], …]   those of them who have signed with one hand (votes.h),
 *    "config", "manifest", "index": DIGEST|null   what runs, proven,
 *    "bind", "empty-upper"           of the settings, for whoever looks at what is mounted,
 *    "diff-ids": [DIGEST, …]         of the configuration, the lowest layer first; empty
 *                                    where the chain to it is not proven,
 *    "reasons": [SENTENCE, …]        why it is not trusted, with the way out,
 *    "proof": [SENTENCE, …]          the chain step by step,
 *    "rejections": [{"source", "format", "why"}, …]   signatures that did not count,
 *    "expires": seconds|null}        from then on it has to be asked anew */

/* A verdict that was cached for exactly this question, identity and state of the store and
 * has not expired nor been made later than now; *ret_verdict is NULL where there is none.
 * Only trusted ones are kept. */
int trust_recall(const struct trust_question *question, json_t **ret_verdict, struct error **error);

/* Makes it anew and keeps it. */
int trust_ask(const struct trust_question *question, json_t **ret_verdict, struct error **error);

#endif
