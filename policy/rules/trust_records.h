/* The trust part of a generation, record by record, so that a container's start reads
 * only what its image needs, and a policy without trust nothing at all. By name:
 *   "outline"       {"registries": [PATTERN, …]|null, "deny": [DIGEST, …],
 *                    "images": LIST,         the policy's own group
 *                    "scopes": {"N": {"registries"?, "deny"?, "images"?: LIST}, …},
 *                                            N: the scope's place in the base part
 *                    "signers": [NAME, …],   each has a record
 *                    "wanted": [NAME, …]}    those to whom exceptions are bound
 *                   LIST: [{"record": N, "match": [PATTERN, …]}, …]
 *   "image N"       an IMAGE of policy/trust/settings.h
 *   "signer NAME"   a SIGNER, with the keys or certificates themselves
 * What is cheap and always needed stands in the base part (base.h). */
#ifndef OCI_HARDEN_RULES_TRUST_RECORDS_H
#define OCI_HARDEN_RULES_TRUST_RECORDS_H

#include <jansson.h>

#include "policy/rules/generation.h"

/* New references, checked. -EINVAL where one is damaged or malformed. */
int trust_records_outline(const struct generation *generation, json_t **ret_outline, struct error **error);
int trust_records_image(const struct generation *generation, json_int_t number, json_t **ret_image,
			struct error **error);
int trust_records_signer(const struct generation *generation, const char *name, json_t **ret_signer,
			 struct error **error);

/* Reads all of them; there have to be `count`, no more. */
int trust_records_verify(const struct generation *generation, size_t count, struct error **error);

#endif
