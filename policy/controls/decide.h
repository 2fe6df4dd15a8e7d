/* The pipeline: control by control in the table's order, each sees what those
 * before it changed. It alone applies edits. */
#ifndef OCI_HARDEN_CONTROLS_DECIDE_H
#define OCI_HARDEN_CONTROLS_DECIDE_H

#include "policy/controls/control.h"

enum mode {
	MODE_ENFORCE = 0,
	MODE_AUDIT, /* everything is judged on a scratch copy; nothing is changed or refused */
};

enum verdict {
	VERDICT_REFUSED = 0,
	VERDICT_REWRITTEN,
	VERDICT_CLEAN,
	VERDICT_AUDITED, /* MODE_AUDIT, and enforcing would have changed or refused it */
};

struct decision {
	enum verdict verdict;
	struct findings findings;
	/* What the document looks like after all edits: in MODE_ENFORCE the document
	 * itself, in MODE_AUDIT the scratch copy. A new reference. */
	json_t *result;
};

/* `settings` maps every control's name to its settings (key.h). In MODE_ENFORCE
 * `document` is edited in place, also where the verdict is a refusal: do not
 * write it then. A negative return (a control could not do its work) is a
 * refusal as well, for the reason in *error. */
int decide(json_t *document, enum verb verb, enum mode mode, const json_t *settings,
	   const struct facts *facts, struct decision *ret_decision, struct error **error);

/* The same for exec: `process` is held to `start`, the process that the container was
 * started with, as `action` says (the policy's exec.action: ACTION_REWRITE for hold),
 * then judged by the controls that act on exec. */
int decide_exec(json_t *process, const json_t *start, enum action action, enum mode mode, const json_t *settings,
		const struct facts *facts, struct decision *ret_decision, struct error **error);

void decision_release(struct decision *decision);

const char *verdict_name(enum verdict verdict); /* "refused", "rewritten", "clean", "audited" */
const char *outcome_name(enum outcome outcome); /* "refused", "rewritten", "audited", "noted" */

#endif
