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

/* True where something in the policy depends on what an image is (an exception, or trust),
 * so that asking an engine for its digest can change what holds. */
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
	/* An exception of this very image or its signers says trust: {action: audit}: why the
	 * image is not trusted is logged and does not refuse it. */
	bool trust_audit;
};

/* What the policy's trust section asks of a container's image, as far as it can be told
 * without reading more of the generation than is in memory: cheap for every container. */
struct policy_trust {
	/* False: nothing at all, so that no digest and no store has to be looked at. What
	 * runs is unverified, which is worth a word in the log where `unmatched` is "audit". */
	bool ask;
	const char *unmatched, *bind; /* the words of policy/trust/settings.h; static */
	bool empty_upper, require_digest;
	bool others; /* perhaps digests are denied, by claimed ones too (facts.h) */
	/* "sha256:…". Names what policy_trust() gives, for a cache of verdicts: of two containers with the
	 * same image name, the same identity means the same settings, of whatever generation.
	 * "" where nothing is asked of anybody. */
	char identity[72];
};
int policy_trust_outline(const struct policy *policy, const struct facts *facts, struct policy_trust *ret_trust,
			 struct error **error);

/* The compiled settings (policy/trust/settings.h) for this container after scopes, of the
 * image entries those that the name in facts->image fits (every one where it is not known
 * or an id), and the signers that these name and those exceptions that may hold. -EINVAL
 * with the way out where the generation is damaged. */
int policy_trust(const struct policy *policy, const struct facts *facts, json_t **ret_settings, struct error **error);

/* All of the policy's signers, whoever's images they sign: "signers" of
 * policy/trust/settings.h, empty where it has none. */
int policy_signers(const struct policy *policy, json_t **ret_signers, struct error **error);

/* True where it has exceptions that are bound to digests; reads the trust records' outline. */
int policy_binds_digests(const struct policy *policy, bool *ret_binds, struct error **error);

/* Which scopes and exceptions hold is decided by `facts` and their provenance
 * alone: user-set facts never select anything looser. facts->signers, where it is known
 * who signed the image, holds exceptions that are bound to signers. `now` for expiry. Of
 * trust only what exceptions say of it. */
int policy_resolve(const struct policy *policy, const struct facts *facts, time_t now,
		   struct effective *ret_effective, struct error **error);

void effective_release(struct effective *effective);

/* Who counts for an exception that is bound to signers: those of `names` who are among
 * `signers`, of those who signed with one hand the first alone. An exception loosens, so that
 * one too few is better than one too many. A new array; NULL without memory. */
json_t *policy_hands(const json_t *names, const json_t *signers, const json_t *one_hand);

#endif
