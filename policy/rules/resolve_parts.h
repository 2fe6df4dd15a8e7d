/* policy_resolve() and policy_trust() from the inside. */
#ifndef OCI_HARDEN_RULES_RESOLVE_PARTS_H
#define OCI_HARDEN_RULES_RESOLVE_PARTS_H

#include <stdbool.h>

#include "policy/rules/open_policy.h"
#include "policy/rules/order.h"
#include "policy/rules/selector.h"

/* Puts what a scope wants where `object` has a value. `first`: that is the base's and not
 * another scope's, so that an engine-set scope replaces it; else the tighter of the two
 * holds. */
int resolve_put(json_t *object, const struct policy_key *key, const json_t *wanted, enum selection selection,
		bool first, struct error **error);

#endif
