/* A control's key in words: for explain and the manual. */
#ifndef OCI_HARDEN_HARDENCTL_KEY_TEXT_H
#define OCI_HARDEN_HARDENCTL_KEY_TEXT_H

#include "policy/controls/key.h"

/* "true or false", "size in bytes, such as 512MiB", … Static, or for words a
 * buffer that the next call reuses. */
const char *key_type_text(const struct policy_key *key);

/* The default as a policy file would have it: 64MiB rather than 67108864. The
 * caller frees it. */
char *key_fallback_text(const struct policy_key *key);

#endif
