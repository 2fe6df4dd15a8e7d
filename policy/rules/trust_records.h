/* The trust part of a generation, record by record, so that a container's start reads
 * only what its image needs, and a policy without trust nothing at all. By name:
 *   "outline"       {"registries": [PATTERN, …]|null, "deny": [DIGEST, …],
 *                    "images": LIST,         the policy's own group
 *                    "scopes": {"N": {"registries"?, "deny"?, "images"?: LIST}, …},
 *                                            N: the scope's place in the base part
 *                    "signers": [NAME, …],   each has a record
 *                    "wanted": {NAME: [PATTERN, …]|null, …}}   those to whom exceptions are bound,
 *                                            for which images; null: for any, or many
 *                   LIST: {"first": N, "match": [PATTERN or [PATTERN, …], …]}: the n-th entry's
 *                   record is "image N+n"
 *   "image N"       an IMAGE of policy/trust/settings.h
 *   "signer NAME"   a SIGNER, with the keys or certificates themselves
 * What is cheap and always needed stands in the base part (base.h). */
#ifndef OCI_HARDEN_RULES_TRUST_RECORDS_H
#define OCI_HARDEN_RULES_TRUST_RECORDS_H

#include <jansson.h>

#include "policy/rules/generation.h"
#include "policy/trust/reference.h"

/* New references, checked; of the outline the patterns' grammar is checked by
 * trust_records_verify() alone, when a policy is applied. -EINVAL where one is damaged or
 * malformed. */
int trust_records_outline(const struct generation *generation, json_t **ret_outline, struct error **error);
int trust_records_image(const struct generation *generation, json_int_t number, json_t **ret_image,
			struct error **error);
int trust_records_signer(const struct generation *generation, const char *name, json_t **ret_signer,
			 struct error **error);

/* How many entries a LIST has, 0 for NULL, and the number of the record of each. */
size_t trust_list_count(const json_t *list);
json_int_t trust_list_record(const json_t *list, size_t index);
/* True where one of the entry's patterns matches. */
bool trust_list_matches(const json_t *list, size_t index, const struct reference *name);

/* Reads all of them; there have to be `count`, no more. */
int trust_records_verify(const struct generation *generation, size_t count, struct error **error);

#endif
