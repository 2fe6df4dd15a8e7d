#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "policy/base/cleanup.h"
#include "policy/base/text.h"
#include "policy/controls/control.h"
#include "policy/document/document.h"
#include "policy/rules/change.h"
#include "policy/rules/resolve_parts.h"
#include "policy/trust/reference.h"

static int append_text(json_t *list, json_t *text, struct error **error)
{
	return json_array_append_new(list, text) < 0 ? error_out_of_memory(error) : 0;
}

int resolve_put(json_t *object, const struct policy_key *key, const json_t *wanted, enum selection selection,
		bool first, struct error **error)
{
	const json_t *held = json_object_get(object, key->name);
	json_t *value;
	if (selection == SELECTED_BY_USER)
		value = order_tighten(key, held, wanted);
	else
		value = first ? json_incref((json_t *)(uintptr_t)wanted) : order_tighter(key, held, wanted);
	return json_object_set_new(object, key->name, value) < 0 ? error_out_of_memory(error) : 0;
}

/* What the scopes have said so far, and which keys an engine-set scope has set. */
struct merge {
	json_t *result; /* {"mode", "exec", "controls"} */
	json_t *said;   /* {"CONTROL/KEY": true} */
	enum selection selection;
};

static int merge_key(struct merge *merge, json_t *object, const char *part, const struct policy_key *key,
		     const json_t *wanted, struct error **error)
{
	char place[256];
	int printed = snprintf(place, sizeof(place), "%s/%s", part, key->name);
	if (printed < 0 || (size_t)printed >= sizeof(place))
		return error_set(error, EINVAL, "the name of a control's key is too long");
	bool first = !json_object_get(merge->said, place);
	int result = resolve_put(object, key, wanted, merge->selection, first, error);
	if (result == 0 && merge->selection == SELECTED_BY_ENGINE &&
	    json_object_set_new(merge->said, place, json_true()) < 0)
		return error_out_of_memory(error);
	return result;
}

static int merge_controls(struct merge *merge, const json_t *settings, struct error **error)
{
	const char *name, *key;
	json_t *own, *value;
	json_t *controls_held = json_object_get(merge->result, "controls");
	json_object_foreach((json_t *)(uintptr_t)settings, name, own)
	{
		const struct control *control = control_by_name(name);
		json_object_foreach(own, key, value)
		{
			int result = merge_key(merge, json_object_get(controls_held, name), name,
					       order_key_of(control, key), value, error);
			if (result < 0)
				return result;
		}
	}
	return 0;
}

static int merge_scope(struct merge *merge, const json_t *scope, struct error **error)
{
	const json_t *mode = json_object_get(scope, "mode"), *exec = json_object_get(scope, "exec");
	int result = merge_controls(merge, json_object_get(scope, "controls"), error);
	if (result == 0 && mode)
		result = merge_key(merge, merge->result, "", &order_mode_key, mode, error);
	for (const struct policy_key *key = order_exec_keys; result == 0 && key->type != KEY_END; key++) {
		const json_t *value = json_object_get(exec, key->name);
		if (value)
			result = merge_key(merge, json_object_get(merge->result, "exec"), "exec", key, value, error);
	}
	return result;
}

static int tell_scope(const json_t *scope, enum selection selection, json_t *applied, struct error **error)
{
	const char *title = json_string_value(json_object_get(scope, "title"));
	bool user = selection == SELECTED_BY_USER;
	return append_text(applied,
			   json_sprintf("%s%s", title, user ? ", which its user can select: only tighter values" : ""),
			   error);
}

/* Those that the engine's attributes select first: they may loosen. Then those that
 * a user can select, which only tighten what is left. */
static int merge_scopes(const json_t *scopes, const struct facts *facts, json_t *result_so_far, json_t *applied,
			struct error **error)
{
	static const enum selection rounds[] = {SELECTED_BY_ENGINE, SELECTED_BY_USER};
	cleanup_json json_t *said = json_object();
	struct merge merge = {.result = result_so_far, .said = said};
	for (size_t round = 0; round < ARRAY_SIZE(rounds); round++) {
		merge.selection = rounds[round];
		size_t index;
		json_t *scope;
		json_array_foreach(scopes, index, scope)
		{
			if (selector_match(json_object_get(scope, "for"), facts) != merge.selection)
				continue;
			int result = merge_scope(&merge, scope, error);
			if (result == 0)
				result = tell_scope(scope, merge.selection, applied, error);
			if (result < 0)
				return result;
		}
	}
	return 0;
}

struct holding {
	const json_t **changes; /* borrowed from `exceptions` */
	size_t count;
	json_t *exec;       /* owned: what they say of exec, the tighter where several do */
	json_t *exceptions; /* owned: arrays read from the generation */
	json_t *names;      /* owned, {NAME: true}: one may be bound to several of an image's digests */
};

static void holding_release(struct holding *holding)
{
	free(holding->changes);
	json_decref(holding->exec);
	json_decref(holding->exceptions);
	json_decref(holding->names);
}

static int hold(struct holding *holding, const json_t *exception, struct error **error)
{
	const json_t **larger = reallocarray(holding->changes, holding->count + 1, sizeof(*larger));
	if (!larger)
		return error_out_of_memory(error);
	holding->changes = larger;
	larger[holding->count++] = json_object_get(exception, "changes");
	const json_t *exec = json_object_get(exception, "exec");
	for (const struct policy_key *key = order_exec_keys; key->type != KEY_END; key++) {
		const json_t *value = json_object_get(exec, key->name), *other = json_object_get(holding->exec, key->name);
		json_t *held = value && other ? order_tighter(key, other, value) : json_incref((json_t *)(uintptr_t)value);
		if (value && json_object_set_new(holding->exec, key->name, held) < 0)
			return error_out_of_memory(error);
	}
	return 0;
}

json_t *policy_hands(const json_t *names, const json_t *signers, const json_t *one_hand)
{
	json_t *counted = json_array();
	size_t i, j;
	json_t *name, *pair;
	json_array_foreach((json_t *)(uintptr_t)names, i, name) {
		bool counts = document_has_element(signers, name);
		json_array_foreach((json_t *)(uintptr_t)one_hand, j, pair)
			for (size_t k = 0; k < 2; k++)
				if (json_equal(json_array_get(pair, k), name) &&
				    document_has_element(counted, json_array_get(pair, 1 - k)))
					counts = false;
		if (counts && json_array_append(counted, name) < 0) {
			json_decref(counted);
			return NULL;
		}
	}
	return counted;
}

/* Enough of the signers that it asks for have signed, and the image's name is not another
 * than it says, nor than they say: whoever starts a container may give one of their images
 * the name of another. True for one that is bound to a digest, by which it was found. */
static bool is_signed_for(const json_t *exception, const struct facts *facts)
{
	const json_t *signed_by = json_object_get(exception, "signed-by");
	const char *pattern = json_string_value(json_object_get(exception, "image"));
	if (!signed_by)
		return true;
	cleanup_json json_t *hands = policy_hands(json_object_get(signed_by, "of"),
						  pattern ? facts->named_by : facts->signers, facts->one_hand);
	json_int_t count = (json_int_t)json_array_size(hands);
	if (count < 1 || count < json_integer_value(json_object_get(signed_by, "at-least")))
		return false;
	cleanup_reference struct reference image = {0};
	return !pattern || (facts->image.value && reference_parse(facts->image.value, &image, NULL) == 0 &&
			    reference_matches(&image, pattern));
}

/* One exception that is bound to this container's image: does it hold now? */
static int consider(const struct policy *policy, const json_t *exception, const struct facts *facts, time_t now,
		    struct holding *holding, struct effective *effective, struct error **error)
{
	const char *name = json_string_value(json_object_get(exception, "name"));
	time_t ends = json_integer_value(json_object_get(exception, "ends"));
	if (json_object_get(holding->names, name) || !is_signed_for(exception, facts) ||
	    selector_match(json_object_get(exception, "when"), facts) == SELECTED_NOT)
		return 0;
	if (json_object_set_new(holding->names, name, json_true()) < 0)
		return error_out_of_memory(error);
	if (now < policy_activated(policy))
		return append_text(effective->notes,
				   json_sprintf("exception %s does not hold: the clock is earlier than the moment its "
						"policy was activated; set the clock", name), error);
	if (now >= ends)
		return append_text(effective->notes,
				   json_sprintf("exception %s does not hold: it has expired; renew `expires` and run "
						"`hardenctl policy apply`", name), error);
	int result = hold(holding, exception, error);
	effective->trust_audit |= text_equal(json_string_value(json_object_get(exception, "trust")), "audit");
	if (result == 0)
		result = append_text(effective->applied, json_sprintf("exception %s", name), error);
	if (result == 0 && ends - now < EXCEPTION_WARNING_SECONDS)
		result = append_text(effective->notes,
				     json_sprintf("exception %s ends in %lld days", name,
						  (long long)((ends - now) / (24 * 60 * 60))), error);
	return result;
}

/* `read`: what the generation says of its list; takes over *list. */
static int consider_all(const struct policy *policy, int read, json_t *list, const struct facts *facts, time_t now,
			struct holding *holding, struct effective *effective, struct error **error)
{
	if (read < 0)
		return error_prefix(error, "the policy's exceptions for this image (go back with `hardenctl policy "
				    "rollback`, or compile it anew with `hardenctl policy apply`)");
	if (!list)
		return 0;
	if (json_array_append_new(holding->exceptions, list) < 0)
		return error_out_of_memory(error);
	size_t index;
	json_t *exception;
	json_array_foreach(list, index, exception)
	{
		int result = consider(policy, exception, facts, now, holding, effective, error);
		if (result < 0)
			return result;
	}
	return 0;
}

static int exceptions_of_digest(const struct policy *policy, const struct fact *digest, const struct facts *facts,
				time_t now, struct holding *holding, struct effective *effective,
				struct error **error)
{
	json_t *list = NULL;
	if (!digest->value || digest->provenance != PROVENANCE_ENGINE)
		return 0;
	int result = generation_exceptions(policy->generation, digest->value, &list, error);
	return consider_all(policy, result, list, facts, now, holding, effective, error);
}

static int exceptions_of_signers(const struct policy *policy, const struct facts *facts, time_t now,
				 struct holding *holding, struct effective *effective, struct error **error)
{
	size_t index;
	json_t *name;
	json_array_foreach(facts->signers, index, name)
	{
		json_t *list = NULL;
		int result = generation_exceptions_of_signer(policy->generation, json_string_value(name), &list, error);
		result = consider_all(policy, result, list, facts, now, holding, effective, error);
		if (result < 0)
			return result;
	}
	return 0;
}

static int apply_exceptions(const struct policy *policy, const struct facts *facts, time_t now,
			    struct effective *effective, struct error **error)
{
	if (!policy->generation || generation_exception_count(policy->generation) == 0)
		return 0;
	const struct fact *const digests[] = {&facts->config_digest, &facts->manifest_digest, &facts->index_digest};
	struct holding holding __attribute__((cleanup(holding_release))) = {
		.exec = json_object(),
		.exceptions = json_array(),
		.names = json_object(),
	};
	int result = 0;
	for (size_t i = 0; result == 0 && i < ARRAY_SIZE(digests); i++) {
		bool seen = false;
		for (size_t j = 0; j < i; j++)
			seen |= digests[j]->provenance == PROVENANCE_ENGINE &&
				text_equal(digests[i]->value, digests[j]->value);
		result = seen ? 0 : exceptions_of_digest(policy, digests[i], facts, now, &holding, effective, error);
	}
	if (result == 0)
		result = exceptions_of_signers(policy, facts, now, &holding, effective, error);
	if (result < 0 || holding.count == 0)
		return result;
	if (json_object_update(effective->exec, holding.exec) < 0)
		return error_out_of_memory(error);
	return settings_change_together(effective->controls, holding.changes, holding.count, error);
}

/* The parts that no scope or exception changes. */
static int start(const struct policy *policy, struct effective *effective, struct error **error)
{
	const json_t *base = policy->base;
	effective->generation = policy_generation(policy);
	effective->log_required = json_is_true(json_object_get(json_object_get(base, "log"), "required"));
	effective->backend = json_incref(json_object_get(base, "backend"));
	const char *profile = json_string_value(json_object_get(base, "profile"));
	effective->applied = json_pack("[o]", json_sprintf("profile %s", profile));
	effective->notes = json_copy(policy->notes);
	if (!effective->backend || !effective->applied || !effective->notes)
		return error_out_of_memory(error);
	return 0;
}

/* Every control's settings as an object of its own, whose keys can be set anew. The
 * values are the base's: they are replaced, never changed. */
static json_t *copy_controls(const json_t *controls_of_base)
{
	cleanup_json json_t *copy = json_object();
	const char *name;
	json_t *own;
	json_object_foreach((json_t *)(uintptr_t)controls_of_base, name, own)
		if (json_object_set_new(copy, name, json_copy(own)) < 0)
			return NULL;
	return json_incref(copy);
}

static int resolve(const struct policy *policy, const struct facts *facts, time_t now,
		   struct effective *effective, struct error **error)
{
	int result = start(policy, effective, error);
	if (result < 0)
		return result;
	const json_t *base = policy->base;
	cleanup_json json_t *merged = json_pack("{s:O,s:o,s:o}", "mode", json_object_get(base, "mode"), "exec",
						json_copy(json_object_get(base, "exec")), "controls",
						copy_controls(json_object_get(base, "controls")));
	if (!merged)
		return error_out_of_memory(error);
	result = merge_scopes(json_object_get(base, "scopes"), facts, merged, effective->applied, error);
	if (result < 0)
		return result;
	effective->mode = strcmp(json_string_value(json_object_get(merged, "mode")), "audit") == 0 ? MODE_AUDIT
												    : MODE_ENFORCE;
	effective->controls = json_incref(json_object_get(merged, "controls"));
	effective->exec = json_incref(json_object_get(merged, "exec"));
	return apply_exceptions(policy, facts, now, effective, error);
}

int policy_resolve(const struct policy *policy, const struct facts *facts, time_t now,
		   struct effective *ret_effective, struct error **error)
{
	struct effective effective = {0};
	int result = resolve(policy, facts, now, &effective, error);
	if (result < 0)
		effective_release(&effective);
	else
		*ret_effective = effective;
	return result;
}

void effective_release(struct effective *effective)
{
	json_decref(effective->controls);
	json_decref(effective->exec);
	json_decref(effective->backend);
	json_decref(effective->applied);
	json_decref(effective->notes);
	*effective = (struct effective){0};
}
