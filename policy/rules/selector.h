/* Which containers a scope's `for` or an exception's `when` means:
 * {"engine": WORD, "namespace": TEXT, "name": TEXT, "labels": {KEY: VALUE}}, all of
 * which have to be so. */
#ifndef OCI_HARDEN_RULES_SELECTOR_H
#define OCI_HARDEN_RULES_SELECTOR_H

#include <jansson.h>
#include <stdbool.h>

#include "policy/base/error.h"
#include "policy/facts.h"

enum selection {
	SELECTED_NOT = 0,
	SELECTED_BY_USER,   /* at least one attribute is what a container's user chose */
	SELECTED_BY_ENGINE, /* every attribute was set by the engine */
};

enum selection selector_match(const json_t *selector, const struct facts *facts);

/* True where every attribute is one that this engine sets itself, as far as can be
 * told without a container. Advice for lint: selector_match() decides. */
bool selector_is_engine_set(const json_t *selector);

/* "engine cri, namespace kube-system"; the caller frees it, NULL without memory. */
char *selector_text(const json_t *selector);

/* -EINVAL where it is not an object of the shape above. */
int selector_check(const json_t *selector, struct error **error);

#endif
