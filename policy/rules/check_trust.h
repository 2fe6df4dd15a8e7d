/* `trust:` of a policy or a scope, whose result is what settings.h of policy/trust asks
 * for as far as it is written: {"unmatched"?, "bind"?, "empty-upper"?, "require-digest"?,
 * "registries"?, "deny"?, "signers"?: {NAME: SIGNER}, "images"?: [IMAGE, …]}. Images are
 * complete; a signer has, in the place of what is read from files, their paths:
 * "key-files": [PATH, …], "trusted-root-file" or "authorities-file". */
#ifndef OCI_HARDEN_RULES_CHECK_TRUST_H
#define OCI_HARDEN_RULES_CHECK_TRUST_H

#include "policy/rules/check.h"

check_reader check_trust;
check_reader check_scope_trust; /* a part of it: signers are the whole policy's */
check_reader check_exception_trust; /* {"action": "refuse"|"audit"} */

/* Its parts: check_signers.c and check_images.c. */
check_reader check_signers;
check_reader check_images;
/* NAME, [NAME, …] or {at-least, of} → {"at-least", "of"}. */
check_reader check_signed_by;

/* Of image names. */
check_reader check_image_pattern;

/* A name that stands in messages and logs. */
bool check_is_name(const char *text);
#define CHECK_NAME_EXPECTED "a name of letters, digits, '.', '_' and '-'"

/* The nodes of the names in a `signed-by`, however it is written: the `index`-th, or NULL. */
const struct node *check_signed_by_name(const struct node *signed_by, size_t index);

#endif
