/* One intercepted call from its arguments to the backend's start: what each step
 * found out, for the refusal and the decision log. */
#ifndef OCI_HARDEN_SHIM_INTERCEPTION_H
#define OCI_HARDEN_SHIM_INTERCEPTION_H

#include <jansson.h>
#include <stdbool.h>
#include <time.h>

#include "policy/controls/decide.h"
#include "policy/facts.h"
#include "policy/rules/policy.h"
#include "shim/backend.h"
#include "shim/command_line.h"
#include "shim/image_trust.h"

enum { DECISION_ID_LENGTH = 12 };

struct interception {
	struct invocation invocation;
	struct timespec started; /* CLOCK_MONOTONIC */
	char id[DECISION_ID_LENGTH + 1]; /* the decision's: lower-case hex */
	enum verb verb;

	struct policy *policy; /* from interception_choose_backend() on */
	bool resolved; /* facts and effective are filled */
	struct facts facts;
	struct image_trust trust;
	struct effective effective;
	struct backend backend;

	bool ungated; /* exec into a container that was not started through oci-harden */
	bool decided; /* decision is filled */
	struct decision decision;

	/* Reasons to refuse that stand beside the controls' findings: sentences. In audit
	 * mode they are logged as notes. NULL or an array of texts. */
	json_t *reasons;
	bool logged; /* the decision stands in the log */
};

void interception_start(struct interception *interception);
void interception_release(struct interception *interception);

/* Adds a sentence to the reasons. 0 or -ENOMEM with *error. */
int interception_add_reason(struct interception *interception, struct error **error, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* True where the mode is enforce and there is a reason not to go on. */
bool interception_is_refused(const struct interception *interception);

/* "refused", "rewritten", "clean", "audited"; "error" where nothing was decided. */
const char *interception_verdict(const struct interception *interception);

/* Opens the policy and its backend, whose grammar the verb's words are read by. Before
 * the gate of an intercepted verb. */
int interception_choose_backend(struct interception *interception, struct error **error);

/* The common head of the gates: facts from `config` (which may be NULL), whether the image
 * is trusted and who signed it, then the policy that holds for all that, the backend and
 * its minimum. */
int interception_resolve(struct interception *interception, const json_t *config, struct error **error);

/* Judges `document`, what interception->verb is about, by the controls. -EPERM without
 * an error where it is refused: interception_is_refused(). */
int interception_judge(struct interception *interception, json_t *document, struct error **error);

/* The common end: writes the log, then becomes the backend. `replace` as in
 * command_line_for_backend(). Returns only on failure. */
int interception_continue(struct interception *interception, const char *replace, const char *replacement,
			  struct error **error);

#endif
