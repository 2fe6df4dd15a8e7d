#include "policy/rules/check_controls.h"

#include <stdio.h>
#include <string.h>

#include "policy/base/cleanup.h"
#include "policy/base/text.h"
#include "policy/controls/control.h"
#include "policy/document/document.h"
#include "policy/rules/order.h"

/* The key that a bare `add` or `remove` edits. */
#define LIST_EDITED "allow"

struct reading {
	struct problems *problems;
	const struct control *control;
	json_t *changes; /* of this control: {KEY: {"set": …}} */
};

static bool is_list(const struct policy_key *key)
{
	return key && (key->type == KEY_LIST || key->type == KEY_RECORDS);
}

/* Takes over `value`; `how` is "set", "add" or "remove". */
static void record(const struct reading *reading, const struct node *name, const struct policy_key *key,
		   const char *how, json_t *value)
{
	if (!value)
		return;
	json_t *change = json_object_get(reading->changes, key->name);
	bool set = json_object_get(change, "set") != NULL;
	if (change && (set || strcmp(how, "set") == 0 || json_object_get(change, how))) {
		problem_add(reading->problems, name->place,
			    "\"%s\" is given twice, expected either a whole value or `add` and `remove`", key->name);
		json_decref(value);
		return;
	}
	if (!change) {
		change = json_object();
		if (json_object_set_new(reading->changes, key->name, change) < 0) {
			json_decref(value);
			(void)check_out_of_memory(reading->problems);
			return;
		}
	}
	if (json_object_set_new(change, how, value) < 0)
		(void)check_out_of_memory(reading->problems);
}

/* `writable: {add: […], remove: […]}` */
static void read_edit(const struct reading *reading, const struct policy_key *key, const struct node *node)
{
	check_duplicates(reading->problems, node);
	if (node->count == 0)
		problem_add(reading->problems, node->place, "an empty mapping, expected a list, or `add` and `remove`");
	for (size_t i = 0; i + 1 < node->count; i += 2) {
		const struct node *name = node->items[i];
		if (strcmp(name->text, "add") != 0 && strcmp(name->text, "remove") != 0)
			problem_add(reading->problems, name->place,
				    "%s, expected a list as the value of \"%s\", or `add` and `remove`",
				    check_found(name), key->name);
		else
			record(reading, name, key, name->text,
			       check_elements(reading->problems, node->items[i + 1], key));
	}
}

static void read_key(const struct reading *reading, const struct node *name, const struct policy_key *key,
		     const struct node *value)
{
	if (is_list(key) && value->type == NODE_MAPPING)
		read_edit(reading, key, value);
	else
		record(reading, name, key, "set", check_value(reading->problems, value, key));
}

static bool is_group(const struct control *control, const char *name)
{
	size_t length = strlen(name);
	for (const struct policy_key *key = control->keys; key->type != KEY_END; key++)
		if (strncmp(key->name, name, length) == 0 && key->name[length] == '.')
			return true;
	return false;
}

static void tell_unknown(const struct reading *reading, const struct node *name, const char *full)
{
	const char *names[64] = {"action"};
	size_t count = 1;
	if (order_key_of(reading->control, full) && strchr(name->text, '.')) {
		problem_add(reading->problems, name->place, "%s, expected it nested: `%.*s: {%s: …}`", check_found(name),
			    (int)strcspn(full, "."), full, full + strcspn(full, ".") + 1);
		return;
	}
	for (const struct policy_key *key = reading->control->keys; key->type != KEY_END; key++)
		if (count < ARRAY_SIZE(names))
			names[count++] = key->name;
	problem_add(reading->problems, name->place, "unknown key %s of control \"%s\"%s", check_found(name),
		    reading->control->name, check_suggest(full, names, count));
}

static void read_list_edit(const struct reading *reading, const struct node *name, const struct node *value)
{
	const struct policy_key *key = order_key_of(reading->control, LIST_EDITED);
	if (is_list(key))
		record(reading, name, key, name->text, check_elements(reading->problems, value, key));
	else
		problem_add(reading->problems, name->place,
			    "\"%s\", but control \"%s\" has no list \"" LIST_EDITED
			    "\"; expected it under the list's key: `KEY: {%s: […]}`",
			    name->text, reading->control->name, name->text);
}

/* The keys of one level; `group` is "" or "memory.". */
static void read_keys(const struct reading *reading, const struct node *node, const char *group)
{
	check_duplicates(reading->problems, node);
	for (size_t i = 0; i + 1 < node->count; i += 2) {
		const struct node *name = node->items[i], *value = node->items[i + 1];
		char full[128];
		int printed = snprintf(full, sizeof(full), "%s%s", group, name->text);
		bool fits = printed > 0 && (size_t)printed < sizeof(full) - 1;
		const struct policy_key *key = fits ? order_key_of(reading->control, full) : NULL;
		if (!*group && (strcmp(name->text, "add") == 0 || strcmp(name->text, "remove") == 0)) {
			read_list_edit(reading, name, value);
		} else if (key && !strchr(name->text, '.')) {
			read_key(reading, name, key, value);
		} else if (fits && !key && is_group(reading->control, full) && value->type == NODE_MAPPING) {
			full[printed] = '.';
			full[printed + 1] = '\0';
			read_keys(reading, value, full);
		} else if (fits && !key && is_group(reading->control, full)) {
			problem_add(reading->problems, value->place, "%s, expected a mapping such as `%s: {max: …}`",
				    check_found(value), name->text);
		} else {
			tell_unknown(reading, name, fits ? full : name->text);
		}
	}
}

static json_t *read_control(struct problems *problems, const struct node *node, const struct control *control)
{
	if (node->type != NODE_MAPPING) {
		problem_add(problems, node->place, "%s, expected a mapping such as {action: audit}", check_found(node));
		return NULL;
	}
	struct reading reading = {.problems = problems, .control = control, .changes = json_object()};
	if (!reading.changes)
		return check_out_of_memory(problems);
	read_keys(&reading, node, "");
	return reading.changes;
}

static void tell_unknown_control(struct problems *problems, const struct node *name)
{
	const char *names[64];
	size_t count = 0;
	for (; count < control_count && count < ARRAY_SIZE(names); count++)
		names[count] = controls[count]->name;
	problem_add(problems, name->place, "unknown control %s%s", check_found(name),
		    check_suggest(name->text, names, count));
}

json_t *check_controls(struct problems *problems, const struct node *node, const struct field *field)
{
	(void)field;
	if (node->type != NODE_MAPPING) {
		problem_add(problems, node->place, "%s, expected a mapping of controls", check_found(node));
		return NULL;
	}
	check_duplicates(problems, node);
	json_t *changes = json_object();
	for (size_t i = 0; changes && i + 1 < node->count; i += 2) {
		const struct node *name = node->items[i];
		const struct control *control = control_by_name(name->text);
		if (!control) {
			tell_unknown_control(problems, name);
			continue;
		}
		json_t *own = read_control(problems, node->items[i + 1], control);
		if (own && json_object_set_new(changes, control->name, own) < 0)
			(void)check_out_of_memory(problems);
	}
	return changes ? changes : check_out_of_memory(problems);
}
