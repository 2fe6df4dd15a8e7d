/* The order from tight to loose of a key's values (controls/key.h). */
#ifndef OCI_HARDEN_RULES_ORDER_H
#define OCI_HARDEN_RULES_ORDER_H

#include <jansson.h>

#include "policy/controls/key.h"

enum comparison {
	COMPARISON_UNDECIDED = 0, /* different, and neither contains the other or the key has no order */
	COMPARISON_LOOSER,
	COMPARISON_EQUAL,
	COMPARISON_TIGHTER,
};

/* What `value` is in comparison with `base`. Both fit the key. */
enum comparison order_compare(const struct policy_key *key, const json_t *base, const json_t *value);

/* The tighter of two values; the same for (a, b) and (b, a). A new reference, NULL
 * without memory. Lists that were merged come out sorted. */
json_t *order_tighter(const struct policy_key *key, const json_t *left, const json_t *right);

/* As order_tighter(), for a value that a container's user may choose: where the key
 * has no order, `held` stays. */
json_t *order_tighten(const struct policy_key *key, const json_t *held, const json_t *wanted);

/* The rows that every control has ("action") or that stand outside the controls;
 * `mode` and `exec` of scopes are ordered by the same functions. */
extern const struct policy_key order_action_key;
extern const struct policy_key order_mode_key;
extern const struct policy_key order_exec_keys[]; /* ended by KEY_END */

/* What of `trust` has one value and an order: by these names in policy/trust/settings.h. */
enum {
	ORDER_TRUST_UNMATCHED = 0,
	ORDER_TRUST_BIND,
	ORDER_TRUST_EMPTY_UPPER,
	ORDER_TRUST_REQUIRE_DIGEST,
};
extern const struct policy_key order_trust_keys[]; /* ended by KEY_END */

/* The row of `name` among the control's keys, "action" included; NULL: none. */
struct control;
const struct policy_key *order_key_of(const struct control *control, const char *name);

bool order_list_has(const json_t *list, const json_t *item);

#endif
