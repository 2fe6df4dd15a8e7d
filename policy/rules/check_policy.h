/* A policy file's shape: its tree → the same as JSON, with every value canonical and
 * `controls` as changes (change.h). What depends on other parts, or other files, is
 * compile.h's. */
#ifndef OCI_HARDEN_RULES_CHECK_POLICY_H
#define OCI_HARDEN_RULES_CHECK_POLICY_H

#include "policy/rules/check.h"

/* NULL or an incomplete object where problems were added. */
json_t *check_policy(struct problems *problems, const struct node *root);

/* Dates are checked by it: "2027-03-31" → 24:00 UTC of that day; -EINVAL. */
int check_parse_date(const char *text, int64_t *ret_ends);

#endif
