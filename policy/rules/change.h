/* Changes of settings: what a file, a scope or an exception says of the controls,
 * already checked. {CONTROL: {KEY: {"set": VALUE} or {"add": LIST, "remove": LIST}}},
 * where KEY is flat ("memory.max") or "action". */
#ifndef OCI_HARDEN_RULES_CHANGE_H
#define OCI_HARDEN_RULES_CHANGE_H

#include <jansson.h>

#include "policy/base/error.h"

/* Every control's settings as its table has them: what `restricted` is made of. */
int settings_of_tables(json_t **ret_settings, struct error **error);

/* Puts the changes into `settings` (control name → settings). */
int settings_change(json_t *settings, const json_t *changes, struct error **error);

/* Several changes at once, so that their order does not matter: of two values that
 * are set the tighter holds; then lists are edited, with what tightens last. */
int settings_change_together(json_t *settings, const json_t *const *changes, size_t count,
			     struct error **error);

/* Every control and key is there and has its type. What is missing is filled in
 * with the table's fallback and told in `notes` (array of texts, may be NULL); what
 * is unknown or has another type is -EINVAL. */
int settings_complete(json_t *settings, json_t *notes, struct error **error);

/* The same for sparse settings (only some controls and keys): nothing is filled in. */
int settings_check_sparse(const json_t *settings, struct error **error);

/* -EINVAL where the changes name what the tables do not have. */
int changes_check(const json_t *changes, struct error **error);

#endif
