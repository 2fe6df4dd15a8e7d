/* What the readers of manifests and of configurations share. */
#ifndef OCI_HARDEN_TRUST_MANIFEST_PARTS_H
#define OCI_HARDEN_TRUST_MANIFEST_PARTS_H

#include <jansson.h>
#include <stdbool.h>

#include "policy/base/error.h"

/* `keys` ends with NULL. -EINVAL where the object has a key that Go's decoder (without
 * regard to case, U+017F as s, U+212A as k) takes for one of them, spelled otherwise. */
int manifest_check_keys(const json_t *object, const char *const *keys, const char *place, struct error **error);

/* *ret is NULL where the optional text is absent or null. */
int manifest_text(const json_t *object, const char *key, bool required, const char *place, const char **ret,
		  struct error **error);

#endif
