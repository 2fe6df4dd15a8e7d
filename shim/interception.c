#include "shim/interception.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/random.h>

#include "policy/base/cleanup.h"
#include "policy/base/text.h"
#include "policy/document/printable.h"
#include "shim/command_facts.h"
#include "shim/decision_log.h"
#include "shim/descriptors.h"
#include "shim/identity/ask.h"
#include "shim/identity/identity.h"
#include "shim/verifier.h"

void interception_start(struct interception *interception)
{
	*interception = (struct interception){.backend = BACKEND_NONE};
	(void)clock_gettime(CLOCK_MONOTONIC, &interception->started);
	unsigned char random[DECISION_ID_LENGTH / 2] = {0};
	/* never short for so few bytes; the id is a name, not a secret */
	(void)!getrandom(random, sizeof(random), 0);
	for (size_t i = 0; i < DECISION_ID_LENGTH; i++)
		interception->id[i] = "0123456789abcdef"[i % 2 ? random[i / 2] & 15 : random[i / 2] >> 4];
}

void interception_release(struct interception *interception)
{
	invocation_release(&interception->invocation);
	facts_release(&interception->facts);
	image_trust_release(&interception->trust);
	effective_release(&interception->effective);
	backend_release(&interception->backend);
	decision_release(&interception->decision);
	json_decref(interception->reasons);
	policy_free(interception->policy);
	*interception = (struct interception){.backend = BACKEND_NONE};
}

int interception_add_reason(struct interception *interception, struct error **error, const char *format, ...)
{
	cleanup_free char *sentence = NULL;
	va_list arguments;
	va_start(arguments, format);
	if (vasprintf(&sentence, format, arguments) < 0)
		sentence = NULL;
	va_end(arguments);
	if (!interception->reasons)
		interception->reasons = json_array();
	json_t *text = sentence ? printable_json(sentence) : NULL;
	if (!text || json_array_append_new(interception->reasons, text) < 0)
		return error_out_of_memory(error);
	return 0;
}

bool interception_is_refused(const struct interception *interception)
{
	if (interception->effective.mode == MODE_AUDIT)
		return false;
	return json_array_size(interception->reasons) > 0 ||
	       (interception->decided && interception->decision.verdict == VERDICT_REFUSED);
}

const char *interception_verdict(const struct interception *interception)
{
	if (!interception->resolved)
		return "error";
	if (json_array_size(interception->reasons) > 0)
		return verdict_name(interception->effective.mode == MODE_AUDIT ? VERDICT_AUDITED : VERDICT_REFUSED);
	return interception->decided ? verdict_name(interception->decision.verdict) : "error";
}

int interception_choose_backend(struct interception *interception, struct error **error)
{
	int result = policy_open(STATEDIR, &interception->policy, error);
	if (result < 0)
		return result;
	const json_t *settings = policy_backend(interception->policy);
	result = backend_open(settings, &interception->backend, error);
	if (result == 0)
		result = backend_ask_version(&interception->backend, settings, error);
	interception->invocation.kind = interception->backend.kind;
	return result;
}

static int check_backend(struct interception *interception, struct error **error)
{
	if (backend_fill_facts(&interception->backend, &interception->facts) < 0)
		return error_out_of_memory(error);
	cleanup_error struct error *too_old = NULL;
	if (backend_check_minimum(&interception->backend, interception->effective.backend, &too_old) < 0)
		return interception_add_reason(interception, error, "%s", error_message(too_old));
	return 0;
}

/* Whatever may be bound to the image's digest, looser or tighter, would not hold where the
 * engine does not tell it: that is a reason to refuse. */
static int ask_engine(struct interception *interception, struct error **error)
{
	cleanup_error struct error *why = NULL;
	if (!policy_needs_digest(interception->policy) ||
	    identity_ask_engine(&interception->invocation, &interception->facts, &why) == 0)
		return 0;
	return interception_add_reason(interception, error, "%s", error_message(why));
}

/* Why an exception does not hold that seems to fit, such as one whose image's name was moved. */
static int note_unproven_image(struct interception *interception, struct error **error)
{
	if (!policy_needs_digest(interception->policy) || !identity_engine_knows_more(&interception->facts))
		return 0;
	json_t *note = json_string("the engine does not prove which image this is (its name may have been moved or removed "
				   "since the container was made, its content be incomplete, or its layers not be those of "
				   "its configuration), so that nothing that the policy binds to its configuration's digest "
				   "holds for it");
	return json_array_append_new(interception->effective.notes, note) < 0 ? error_out_of_memory(error) : 0;
}

/* Into a container that runs, whose image was judged when it started? */
static bool runs_already(const struct interception *interception)
{
	return interception->verb != VERB_CREATE && interception->verb != VERB_RESTORE;
}

/* Where it cannot be told, a start is refused. What was let in and runs is not, unless it may
 * be that the policy holds something else for it by now: by deny, or by an exception that is
 * bound to signers or to a digest, which may be tighter as well. *ret_unjudged is why, then. */
static int judge_image(struct interception *interception, time_t now, struct error **ret_unjudged,
		       struct error **error)
{
	cleanup_error struct error *why = NULL;
	bool matters = true;
	const struct image_trust_question question = {
		.policy = interception->policy,
		/* what is restored has been written to before */
		.purpose = interception->verb == VERB_CREATE ? IMAGE_TRUST_START : IMAGE_TRUST_RUNNING,
		.make = verifier_make,
		.now = now,
	};
	int result = image_trust_judge(&question, &interception->facts, &interception->trust, &why);
	if (result == 0)
		return 0;
	if (result == -ENOMEM)
		return error_set(error, ENOMEM, "%s", error_message(why));
	if (!runs_already(interception))
		return error_set(error, -result, "%s", error_message(why));
	int asked = image_trust_matters(interception->policy, &interception->facts, &matters, error);
	if (asked < 0)
		return asked;
	if (matters)
		return error_set(error, -result, "%s; the container runs, but whether trust/deny or an exception bound to "
				 "signers or to a digest holds for it cannot be told until then", error_message(why));
	*ret_unjudged = take_pointer(why);
	return 0;
}

static int note_unjudged_image(struct interception *interception, const struct error *why, struct error **error)
{
	cleanup_text struct text note = {0};
	if (!why)
		return 0;
	text_append_format(&note, "the image was not judged anew, on which nothing here depends: %s", error_message(why));
	return note.failed || json_array_append_new(interception->effective.notes, printable_json(note.data)) < 0
		       ? error_out_of_memory(error)
		       : 0;
}

/* What the image lacks: reasons to refuse, or notes where an exception says so. In what runs
 * already nothing is demanded any more, but what deny names gets nothing new either. */
static int weigh_image(struct interception *interception, struct error **error)
{
	const json_t *reasons = interception->trust.reasons;
	size_t index;
	json_t *reason;
	if (!reasons)
		return 0;
	bool denied = json_is_true(json_object_get(interception->trust.verdict, "denied"));
	if (runs_already(interception))
		return denied ? interception_add_reason(interception, error, "%s; what runs of it can only be stopped",
							json_string_value(json_array_get(reasons, 0)))
			      : 0;
	if (interception->effective.trust_audit && !denied)
		return json_array_extend(interception->effective.notes, (json_t *)(uintptr_t)reasons) < 0
			       ? error_out_of_memory(error)
			       : 0;
	json_array_foreach((json_t *)(uintptr_t)reasons, index, reason) {
		int result = interception_add_reason(interception, error, "%s", json_string_value(reason));
		if (result < 0)
			return result;
	}
	return 0;
}

int interception_resolve(struct interception *interception, const json_t *config, struct error **error)
{
	const struct invocation *invocation = &interception->invocation;
	struct facts *facts = &interception->facts;
	int result = identity_fill(invocation, config, facts, error);
	if (result == 0)
		result = command_facts_fill(invocation, facts, error);
	if (result == 0)
		result = ask_engine(interception, error);
	time_t now = time(NULL);
	cleanup_error struct error *unjudged = NULL;
	if (result == 0)
		result = judge_image(interception, now, &unjudged, error);
	if (result == 0)
		result = policy_resolve(interception->policy, facts, now, &interception->effective, error);
	if (result < 0)
		return result;
	interception->resolved = true;
	result = note_unproven_image(interception, error);
	if (result == 0)
		result = note_unjudged_image(interception, unjudged, error);
	if (result == 0)
		result = weigh_image(interception, error);
	return result < 0 ? result : check_backend(interception, error);
}

int interception_judge(struct interception *interception, json_t *document, struct error **error)
{
	const struct effective *effective = &interception->effective;
	int result = decide(document, interception->verb, effective->mode, effective->controls, &interception->facts,
			    &interception->decision, error);
	if (result < 0)
		return result;
	interception->decided = true;
	if (!interception_is_refused(interception))
		return 0;
	/* for the record alone: `hardenctl exception` binds what it prints to the image */
	if (!policy_needs_digest(interception->policy))
		(void)identity_ask_engine(&interception->invocation, &interception->facts, NULL);
	return -EPERM;
}

int interception_continue(struct interception *interception, const char *replace, const char *replacement,
			  struct error **error)
{
	cleanup_arguments char **arguments = NULL;
	int result = command_line_for_backend(&interception->invocation, interception->backend.kind, replace,
					      replacement, &arguments, error);
	if (result == 0)
		result = decision_log_write(interception, NULL, error);
	if (result == 0)
		result = descriptors_close_stray(&interception->invocation, error);
	if (result < 0)
		return result;
	result = backend_execute(&interception->backend, arguments, error);
	/* what stands in the log did not happen: the failure is logged as well */
	interception->logged = false;
	return result;
}
