/* struct policy from the inside: for policy.c, resolve.c and what shows a policy. */
#ifndef OCI_HARDEN_RULES_OPEN_POLICY_H
#define OCI_HARDEN_RULES_OPEN_POLICY_H

#include <jansson.h>

#include "policy/rules/generation.h"
#include "policy/rules/policy.h"

struct policy {
	struct generation *generation; /* NULL: built-in */
	json_t *base;                  /* base.h */
	json_t *notes;                 /* what opening it found worth saying */
};

/* Warned of this long before an exception ends. */
#define EXCEPTION_WARNING_SECONDS ((time_t)14 * 24 * 60 * 60)

#endif
