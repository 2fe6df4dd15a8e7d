#include <errno.h>

#include "policy/base/cleanup.h"
#include "policy/controls/control.h"
#include "policy/document/document.h"
#include "policy/rules/change.h"
#include "policy/rules/order.h"

#define BY_OTHER_BUILD "the policy was compiled by another version of oci-harden: "

static int check_names(const json_t *settings, struct error **error)
{
	const char *name, *key;
	json_t *own, *value;
	json_object_foreach((json_t *)(uintptr_t)settings, name, own)
	{
		const struct control *control = control_by_name(name);
		if (!control)
			return error_set(error, EINVAL, BY_OTHER_BUILD "control %s is not known here", name);
		if (!json_is_object(own))
			return error_set(error, EINVAL, "the settings of control %s are not an object", name);
		json_object_foreach(own, key, value)
			if (!order_key_of(control, key))
				return error_set(error, EINVAL, BY_OTHER_BUILD "key %s of control %s is not known here",
						 key, name);
	}
	return json_is_object(settings) ? 0 : error_set(error, EINVAL, "the policy has no settings of controls");
}

static int note_filled(json_t *notes, const struct control *control, const char *what, struct error **error)
{
	if (!notes)
		return 0;
	json_t *note = json_sprintf(BY_OTHER_BUILD "%s %s holds as in restricted; run `hardenctl policy apply`",
				    what, control->name);
	return json_array_append_new(notes, note) < 0 ? error_out_of_memory(error) : 0;
}

/* `key` of `own` is there and fits; the fallback is put where it is not there. */
static int complete_key(json_t *own, const struct control *control, const struct policy_key *key,
			bool *filled, struct error **error)
{
	const json_t *value = json_object_get(own, key->name);
	if (value)
		return key_value_fits(key, value)
			       ? 0
			       : error_set(error, EINVAL, "the policy's value of %s/%s is not what this build expects",
					   control->name, key->name);
	*filled = true;
	json_t *fallback = key == &order_action_key ? json_string(action_words[control->action]) : key_fallback(key);
	return json_object_set_new(own, key->name, fallback) < 0 ? error_out_of_memory(error) : 0;
}

static int complete_control(json_t *settings, const struct control *control, json_t *notes, struct error **error)
{
	json_t *own = json_object_get(settings, control->name);
	if (!own) {
		json_t *fallback = settings_fallback(action_words[control->action], control->keys);
		if (json_object_set_new(settings, control->name, fallback) < 0)
			return error_out_of_memory(error);
		return note_filled(notes, control, "control", error);
	}
	bool filled = false;
	int result = complete_key(own, control, &order_action_key, &filled, error);
	for (const struct policy_key *key = control->keys; result == 0 && key->type != KEY_END; key++)
		result = complete_key(own, control, key, &filled, error);
	if (result < 0)
		return result;
	return filled ? note_filled(notes, control, "a new key of control", error) : 0;
}

int settings_complete(json_t *settings, json_t *notes, struct error **error)
{
	int result = check_names(settings, error);
	for (size_t i = 0; result == 0 && i < control_count; i++)
		result = complete_control(settings, controls[i], notes, error);
	return result;
}

int settings_check_sparse(const json_t *settings, struct error **error)
{
	int result = check_names(settings, error);
	const char *name, *key;
	json_t *own, *value;
	if (result < 0)
		return result;
	json_object_foreach((json_t *)(uintptr_t)settings, name, own)
	{
		json_object_foreach(own, key, value)
			if (!key_value_fits(order_key_of(control_by_name(name), key), value))
				return error_set(error, EINVAL, "a scope's value of %s/%s is not of its type", name, key);
	}
	return 0;
}

/* {"set": VALUE}, or {"add": LIST, "remove": LIST} of which one may be missing. */
static bool change_fits(const struct policy_key *key, const json_t *change)
{
	const json_t *set = json_object_get(change, "set");
	if (set)
		return json_object_size(change) == 1 && key_value_fits(key, set);
	if (key->type != KEY_LIST && key->type != KEY_RECORDS)
		return false;
	const json_t *add = json_object_get(change, "add"), *cut = json_object_get(change, "remove");
	return json_object_size(change) == (size_t)(!!add + !!cut) && (add || cut) &&
	       (!add || key_value_fits(key, add)) && (!cut || key_value_fits(key, cut));
}

int changes_check(const json_t *changes, struct error **error)
{
	int result = check_names(changes, error);
	const char *name, *key;
	json_t *own, *value;
	if (result < 0)
		return result;
	json_object_foreach((json_t *)(uintptr_t)changes, name, own)
	{
		json_object_foreach(own, key, value)
			if (!change_fits(order_key_of(control_by_name(name), key), value))
				return error_set(error, EINVAL, "the change of %s/%s is malformed", name, key);
	}
	return 0;
}
