/* Objects of foreign JSON, key by key: what a reader does not know it does not accept. */
#ifndef OCI_HARDEN_TRUST_MEMBERS_H
#define OCI_HARDEN_TRUST_MEMBERS_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "policy/base/error.h"

struct member {
	const char *name;
	json_type type; /* a string has no NUL in it; an integer fits int64 */
	bool optional;
};

/* -EINVAL where `value`, called `what` in messages, is no object, lacks a key, has another
 * one or one of another type. The table ends with a NULL name. */
int members_check(const json_t *value, const char *what, const struct member *members, struct error **error);

/* Of an object that was checked: borrowed, NULL where the key is not there. */
const char *members_text(const json_t *object, const char *name);

#endif
