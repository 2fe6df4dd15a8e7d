/* The policy that is enforced, and what of it holds for one container. No YAML
 * here: a policy is a generation that `hardenctl policy apply` compiled, or the
 * built-in `restricted` where none was ever applied. */
#ifndef OCI_HARDEN_RULES_POLICY_H
#define OCI_HARDEN_RULES_POLICY_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>
#include <time.h>

#include "policy/base/error.h"
#include "policy/controls/decide.h"
#include "policy/facts.h"

struct policy;

/* Opens the active generation below `state_directory` (STATEDIR, tests have their
 * own). Nothing was ever applied: the built-in `restricted`. A generation that is
 * missing though one was applied, damaged, foreign-owned or writable by others:
 * a negative value and a message that says how to roll back; never a fallback. */
int policy_open(const char *state_directory, struct policy **ret_policy, struct error **error);

void policy_free(struct policy *policy);
/* The section that effective->backend is: no scope or exception changes it, so it holds
 * before a container is known. Borrowed. */
const json_t *policy_backend(const struct policy *policy);

/* True where something in the policy is bound to an image's digest, so that asking an
 * engine for it can change what holds. */
bool policy_needs_digest(const struct policy *policy);

uint64_t policy_generation(const struct policy *policy); /* 0: built-in */
time_t policy_activated(const struct policy *policy);    /* 0: built-in */

static inline void cleanup_policy_function(struct policy **policy)
{
	policy_free(*policy);
}
#define cleanup_policy __attribute__((cleanup(cleanup_policy_function)))

/* What holds for one container. Owned; release with effective_release(). */
struct effective {
	uint64_t generation; /* 0: built-in */
	enum mode mode;
	json_t *controls; /* control name → settings (controls/key.h), every control */
	json_t *exec;     /* {"action": "hold"|"refuse", "unknown-containers": "hold"|"refuse"} */
	json_t *backend;  /* {"name": "runc"} or {"path": "/…"}, "minimum": "1.1.5" or null, and, from
			   * apply, "pin": {"path", "version", "inode", "device", "change-time-ns"} or null */
	bool log_required; /* refuse where the decision cannot be logged */
	json_t *applied;   /* array of texts: "profile restricted", "scope 2 (…)", "exception NAME" */
	json_t *notes;     /* array of texts for the log: expiry near, clock earlier than activation … */
	/* A demand of the trust section that this build cannot judge, as a sentence for
	 * the refusal, or NULL. */
	char *unmet_trust;
};

/* Which scopes and exceptions hold is decided by `facts` and their provenance
 * alone: user-set facts never select anything looser. `now` for expiry. */
int policy_resolve(const struct policy *policy, const struct facts *facts, time_t now,
		   struct effective *ret_effective, struct error **error);

void effective_release(struct effective *effective);

#endif
