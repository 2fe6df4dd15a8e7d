/* A policy file's shape: its tree → the same as JSON, with every value canonical and
 * `controls` as changes (change.h). What depends on other parts, or other files, is
 * compile.h's. */
#ifndef OCI_HARDEN_RULES_CHECK_POLICY_H
#define OCI_HARDEN_RULES_CHECK_POLICY_H

#include "policy/rules/check.h"

/* NULL or an incomplete object where problems were added. */
json_t *check_policy(struct problems *problems, const struct node *root);

#endif
