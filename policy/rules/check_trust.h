/* `trust:` is checked strictly though this build verifies no image: a demand that is
 * not understood today would be one that is not kept tomorrow. */
#ifndef OCI_HARDEN_RULES_CHECK_TRUST_H
#define OCI_HARDEN_RULES_CHECK_TRUST_H

#include "policy/rules/check.h"

check_reader check_trust;

/* "sha256:" and 64 lower-case hexadecimal digits. */
bool check_is_digest(const char *text);

/* What of `trust` only a build that verifies images can keep, as a sentence for a
 * refusal that says how to go on. *ret is NULL where there is nothing; else the
 * caller frees it. 0 or -ENOMEM. */
int trust_demand(const json_t *trust, char **ret);

#endif
