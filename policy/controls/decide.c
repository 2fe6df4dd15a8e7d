#include "policy/controls/decide.h"

#include <errno.h>
#include <string.h>

#include "policy/base/cleanup.h"
#include "policy/controls/table.h"
#include "policy/document/document.h"

/* What is judged. */
struct subject {
	json_t *document;
	enum verb verb;
	const json_t *start; /* exec only */
	json_t *places;
	const struct facts *facts;
};

const char *const action_words[] = {"refuse", "rewrite", "audit", "off", NULL};

const char *verdict_name(enum verdict verdict)
{
	static const char *const names[] = {"refused", "rewritten", "clean", "audited"};
	return verdict < ARRAY_SIZE(names) ? names[verdict] : "refused";
}

const char *outcome_name(enum outcome outcome)
{
	static const char *const names[] = {"refused", "rewritten", "audited", "noted"};
	return outcome < ARRAY_SIZE(names) ? names[outcome] : "refused";
}

const struct control *control_by_name(const char *name)
{
	for (size_t i = 0; i < control_count; i++)
		if (strcmp(controls[i]->name, name) == 0)
			return controls[i];
	return NULL;
}

static enum action action_of(const json_t *settings)
{
	const char *word = setting_text(settings, "action");
	for (size_t i = 0; word && action_words[i]; i++)
		if (strcmp(word, action_words[i]) == 0)
			return (enum action)i;
	return ACTION_REFUSE;
}

static enum outcome outcome_of(const struct finding *finding, enum action action)
{
	if (finding->note)
		return OUTCOME_NOTED;
	if (action == ACTION_AUDIT)
		return OUTCOME_AUDITED;
	return action == ACTION_REWRITE && finding->edit != EDIT_NONE ? OUTCOME_REWRITTEN : OUTCOME_REFUSED;
}

static int apply(json_t *document, const struct finding *finding, struct error **error)
{
	/* shared with the finding, which later edits leave as it is (document.h) */
	if (finding->edit == EDIT_SET)
		return document_set(document, finding->pointer, finding->after, error);
	if (finding->edit == EDIT_REMOVE)
		return document_remove(document, finding->pointer, error);
	return 0;
}

/* One control: its findings, and the document mended where it may be. A refused
 * finding that has an edit is mended as well, so that the controls after it
 * report their own reasons and not the consequences of this one. */
static int run_control(const struct control *control, const struct subject *subject, enum action action,
		       const json_t *settings, struct findings *findings, struct error **error)
{
	if (action == ACTION_OFF || !(control->verbs & subject->verb))
		return 0;
	struct container_view view;
	int result = container_view_of(subject->document, subject->verb, &view, error);
	if (result < 0)
		return result;
	view.start = subject->start;
	view.places = subject->places;
	size_t first = findings->count;
	result = control->assess(&view, subject->facts, settings, findings, error);
	if (result < 0) {
		if (result == -ENOMEM)
			return error_out_of_memory(error);
		if (error && !*error)
			return error_set_errno(error, -result, "control %s: looking at the host or the image", control->name);
		return error_prefix(error, "control %s", control->name);
	}
	for (size_t i = first; i < findings->count; i++) {
		struct finding *finding = &findings->items[i];
		finding->control = control;
		finding->outcome = outcome_of(finding, action);
		if (finding->outcome == OUTCOME_REFUSED || finding->outcome == OUTCOME_REWRITTEN)
			result = apply(subject->document, finding, error);
		if (result < 0)
			return error_prefix(error, "control %s", control->name);
	}
	return 0;
}

static int run_table(const struct subject *subject, const json_t *settings, struct findings *findings,
		     struct error **error)
{
	int result = 0;
	for (size_t i = 0; result == 0 && i < control_count; i++) {
		const json_t *own = json_object_get(settings, controls[i]->name);
		if (!own)
			result = error_set(error, EINVAL, "the policy has no settings for control %s",
					   controls[i]->name);
		else
			result = run_control(controls[i], subject, action_of(own), own, findings, error);
	}
	return result;
}

static enum verdict verdict_of(const struct findings *findings, enum mode mode)
{
	enum verdict verdict = VERDICT_CLEAN;
	for (size_t i = 0; i < findings->count; i++) {
		if (findings->items[i].outcome == OUTCOME_REFUSED)
			verdict = VERDICT_REFUSED;
		else if (findings->items[i].outcome == OUTCOME_REWRITTEN && verdict == VERDICT_CLEAN)
			verdict = VERDICT_REWRITTEN;
	}
	return mode == MODE_AUDIT && verdict != VERDICT_CLEAN ? VERDICT_AUDITED : verdict;
}

/* In MODE_AUDIT everything happens on a copy. `hold`: what is done about exec's own
 * findings; ACTION_OFF where there is no exec. */
static int decide_subject(struct subject subject, enum action hold, enum mode mode, const json_t *settings,
			  struct decision *ret_decision, struct error **error)
{
	struct decision decision = {0};
	cleanup_json json_t *places = json_object();
	decision.result = mode == MODE_AUDIT ? json_copy(subject.document) : json_incref(subject.document);
	if (!decision.result || !places)
		return error_out_of_memory(error);
	subject.document = decision.result;
	subject.places = places;
	int result = run_control(&control_exec, &subject, hold, NULL, &decision.findings, error);
	if (result == 0)
		result = run_table(&subject, settings, &decision.findings, error);
	if (result < 0) {
		decision_release(&decision);
		return result;
	}
	decision.verdict = verdict_of(&decision.findings, mode);
	*ret_decision = decision;
	return 0;
}

int decide(json_t *document, enum verb verb, enum mode mode, const json_t *settings,
	   const struct facts *facts, struct decision *ret_decision, struct error **error)
{
	const struct subject subject = {.document = document, .verb = verb, .facts = facts};
	return decide_subject(subject, ACTION_OFF, mode, settings, ret_decision, error);
}

int decide_exec(json_t *process, const json_t *start, enum action action, enum mode mode, const json_t *settings,
		const struct facts *facts, struct decision *ret_decision, struct error **error)
{
	const struct subject subject = {.document = process, .verb = VERB_EXEC, .start = start, .facts = facts};
	return decide_subject(subject, action, mode, settings, ret_decision, error);
}

void decision_release(struct decision *decision)
{
	findings_release(&decision->findings);
	json_decref(decision->result);
	*decision = (struct decision){0};
}
