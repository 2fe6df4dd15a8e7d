/* The compiled policy without its exceptions: the "base" part of a generation and
 * what the build makes of a built-in profile. JSON:
 *   {"profile": "restricted",             what `show` and `applied` call it
 *    "mode": "enforce", "exec": {…}, "backend": {…}, "log": {"required": false},
 *    "trust": null where the policy asks nothing of images, else what is needed to tell
 *             cheaply whether it does of this one:
 *             {"unmatched", "bind", "empty-upper", "require-digest"   as in policy/trust/settings.h
 *              "registries", "images", "others": does each ask for anything? (others: deny, and
 *                                                signers to whom exceptions are bound)
 *              "identity": "sha256:…"}   of all that the policy says of trust; the rest is in
 *                                        records of their own (trust_records.h)
 *    "controls": every control's settings,
 *    "scopes": [{"title", "for", "mode"?, "exec"?, "controls": sparse settings,
 *                "trust"?: some of the keys above but "identity"}]} */
#ifndef OCI_HARDEN_RULES_BASE_H
#define OCI_HARDEN_RULES_BASE_H

#include <jansson.h>

#include "policy/base/error.h"

/* Parses and checks every part, strictly; `notes` as for settings_complete(). */
int base_parse(const char *text, size_t length, json_t *notes, json_t **ret_base, struct error **error);

/* One exception of a generation, as its writer makes it and its reader checks it:
 *   {"name", "when": SELECTOR, "changes": CHANGES, "exec"?: as of a scope, "reason", "ends": seconds,
 *    "signed-by"?: {"at-least", "of"}   of what is bound to signers, "image"?: PATTERN   narrows that
 *    "trust"?: "refuse"|"audit"} */
int exception_check(const json_t *exception, struct error **error);

#endif
