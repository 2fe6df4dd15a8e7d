/* `hardenctl policy show`: what holds, and for whom. */
#ifndef OCI_HARDEN_HARDENCTL_POLICY_SHOW_H
#define OCI_HARDEN_HARDENCTL_POLICY_SHOW_H

#include <jansson.h>
#include <stdbool.h>
#include <time.h>

#include "policy/base/error.h"
#include "policy/rules/policy.h"

/* Prints the active policy below `state_directory`; `source`: the YAML that it was
 * made from instead. */
int policy_show(const char *state_directory, bool source, time_t now, struct error **error);

/* One line with the flaws that stand in a backend's pin; nothing where none do. */
void policy_show_flaws(const json_t *pin);

/* policy_show_trust.c: the trust section of what is enforced; nothing where nothing is
 * asked of images. */
int policy_show_trust(const struct policy *policy, struct error **error);

/* One line on it for a policy that was compiled (compile.h); nothing where `trust` is NULL. */
void policy_show_trust_summary(const json_t *base, const json_t *trust);

/* "signers a, b", "2 of signers a, b, c". */
void policy_show_signed_by(const json_t *signed_by);

#endif
