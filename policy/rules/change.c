#include "policy/rules/change.h"

#include <errno.h>
#include <string.h>

#include "policy/base/cleanup.h"
#include "policy/controls/control.h"
#include "policy/document/document.h"
#include "policy/rules/order.h"

int settings_of_tables(json_t **ret_settings, struct error **error)
{
	cleanup_json json_t *settings = json_object();
	for (size_t i = 0; i < control_count; i++) {
		json_t *own = settings_fallback(action_words[controls[i]->action], controls[i]->keys);
		if (!own || json_object_set_new(settings, controls[i]->name, own) < 0)
			return error_out_of_memory(error);
	}
	*ret_settings = take_pointer(settings);
	return 0;
}

static bool merges(const struct policy_key *key)
{
	return key->type == KEY_LIST || key->type == KEY_RECORDS;
}

/* The items of `list` without those in `without`, then those of `with`. */
static json_t *edited_list(const json_t *list, const json_t *with, const json_t *without)
{
	json_t *made = json_array();
	const json_t *const sources[] = {list, with};
	for (size_t i = 0; made && i < ARRAY_SIZE(sources); i++) {
		size_t index;
		json_t *item;
		json_array_foreach(sources[i], index, item)
		{
			if (order_list_has(without, item) || order_list_has(made, item))
				continue;
			if (json_array_append(made, item) < 0) {
				json_decref(made);
				return NULL;
			}
		}
	}
	return made;
}

/* One list edited by several changes. What tightens comes last: removals where
 * fewer is tighter, additions where more is. */
static json_t *edit_list(const struct policy_key *key, const json_t *list, const json_t *with,
			 const json_t *without)
{
	if (key->order != ORDER_MORE)
		return edited_list(list, with, without);
	cleanup_json json_t *cut = edited_list(list, NULL, without);
	return cut ? edited_list(cut, with, NULL) : NULL;
}

/* What several changes say of one key. */
struct said {
	json_t *set, *add, *remove; /* owned, NULL where nothing */
};

static void said_release(struct said *said)
{
	json_decref(said->set);
	json_decref(said->add);
	json_decref(said->remove);
}

static int extend(json_t **list, const json_t *items)
{
	if (!items)
		return 0;
	if (!*list)
		*list = json_array();
	return json_array_extend(*list, (json_t *)(uintptr_t)items);
}

static int listen(const struct policy_key *key, const json_t *change, struct said *said)
{
	const json_t *set = json_object_get(change, "set");
	if (set) {
		json_t *value = said->set ? order_tighter(key, said->set, set) : json_deep_copy(set);
		if (!value)
			return -1;
		json_decref(said->set);
		said->set = value;
	}
	if (extend(&said->add, json_object_get(change, "add")) < 0)
		return -1;
	return extend(&said->remove, json_object_get(change, "remove"));
}

static int change_key(json_t *settings, const struct control *control, const struct policy_key *key,
		      const json_t *const *changes, size_t count)
{
	struct said said __attribute__((cleanup(said_release))) = {0};
	json_t *own = json_object_get(settings, control->name);
	for (size_t i = 0; i < count; i++) {
		const json_t *change = json_object_get(json_object_get(changes[i], control->name), key->name);
		if (change && listen(key, change, &said) < 0)
			return -1;
	}
	if (said.set && json_object_set(own, key->name, said.set) < 0)
		return -1;
	if (!merges(key) || !(said.add || said.remove))
		return 0;
	json_t *edited = edit_list(key, json_object_get(own, key->name), said.add, said.remove);
	return edited ? json_object_set_new(own, key->name, edited) : -1;
}

int settings_change_together(json_t *settings, const json_t *const *changes, size_t count,
			     struct error **error)
{
	for (size_t i = 0; i < control_count; i++) {
		int result = change_key(settings, controls[i], &order_action_key, changes, count);
		for (const struct policy_key *key = controls[i]->keys; result == 0 && key->type != KEY_END; key++)
			result = change_key(settings, controls[i], key, changes, count);
		if (result < 0)
			return error_out_of_memory(error);
	}
	return 0;
}

int settings_change(json_t *settings, const json_t *changes, struct error **error)
{
	return settings_change_together(settings, &changes, 1, error);
}
