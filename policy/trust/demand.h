/* One entry of the policy's trust/images against what is claimed of an image. */
#ifndef OCI_HARDEN_TRUST_DEMAND_H
#define OCI_HARDEN_TRUST_DEMAND_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "policy/base/error.h"
#include "policy/trust/claim.h"
#include "policy/trust/reference.h"

/* What the demands are asked of. Borrowed. */
struct image {
	const char *typed;            /* the name that the user typed, NULL where none is known */
	const struct reference *name; /* the same taken apart; NULL where it is an id, or none */
	const char *const *digests;   /* every one that it has: configuration, manifests, indexes */
	size_t digest_count;
	const char *const *indexes;   /* those of them that are an index's */
	size_t index_count;
	const char *architecture;     /* "amd64", as its configuration has it, or NULL */
	const char *claimed;          /* more of them, which nobody has proven, with spaces between; or NULL */
	const char *created;          /* RFC 3339, from the proven configuration; NULL: none */
	const struct claims *claims;
	int64_t now; /* seconds */
};

/* Owned; zero to start. */
struct assessment {
	json_t *reasons; /* array of sentences: what is not met, with the way out */
	json_t *proof;   /* array of sentences: what is met, and by what */
	int64_t expires; /* seconds; from then on it has to be judged anew; 0: never */
	bool denied;     /* by trust/deny, which no exception overrides */
};

/* Formatted, and made printable_json(). 0 or -ENOMEM with *error. */
int assessment_refuse(struct assessment *assessment, struct error **error, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
int assessment_prove(struct assessment *assessment, struct error **error, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* The earlier of what it is and `moment` (0: none). */
void assessment_expire(struct assessment *assessment, int64_t moment);

/* True where one of the entry's patterns fits the name. Without a name: where one is "**",
 * or fits the repository that a verified signature names, whoever of the policy's signers
 * made it. */
bool demand_matches(const json_t *entry, const struct image *image);

/* True where the signature names the same repository; its tag does not count. */
bool demand_is_repository(const struct claim *claim, const struct reference *name);

/* Adds to *assessment. An error is for want of memory alone. */
int demand_judge(const json_t *entry, const struct image *image, struct assessment *assessment, struct error **error);

#endif
