/* The compiled policy without its exceptions: the "base" part of a generation and
 * what the build makes of a built-in profile. JSON:
 *   {"profile": "restricted",             what `show` and `applied` call it
 *    "mode": "enforce", "exec": {…}, "backend": {…}, "log": {"required": false},
 *    "trust": OBJECT or null, "unmet-trust": SENTENCE or null,
 *    "controls": every control's settings,
 *    "scopes": [{"title", "for", "mode"?, "exec"?, "controls": sparse settings}],
 *    "signed-exceptions": [NAME, …]}      bound to a signer: cannot hold in this build */
#ifndef OCI_HARDEN_RULES_BASE_H
#define OCI_HARDEN_RULES_BASE_H

#include <jansson.h>

#include "policy/base/error.h"

/* Parses and checks every part, strictly; `notes` as for settings_complete(). */
int base_parse(const char *text, size_t length, json_t *notes, json_t **ret_base, struct error **error);

/* One exception of a generation, as its writer makes it and its reader checks it:
 *   {"name", "when": SELECTOR, "changes": CHANGES, "exec"?: as of a scope, "reason", "ends": seconds} */
int exception_check(const json_t *exception, struct error **error);

#endif
