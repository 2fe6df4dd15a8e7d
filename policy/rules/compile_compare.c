#include <stdio.h>
#include <string.h>

#include "policy/base/cleanup.h"
#include "policy/base/number.h"
#include "policy/controls/control.h"
#include "policy/document/document.h"
#include "policy/rules/compile_parts.h"
#include "policy/rules/order.h"

static const struct node *step(const struct node *node, const char *name)
{
	uint64_t index = 0;
	if (node->type == NODE_MAPPING)
		return check_member(node, name);
	if (node->type == NODE_SEQUENCE && number_parse_uint64(name, &index) == 0 && index < node->count)
		return node->items[index];
	return NULL;
}

/* "memory.max" stands as memory: {max: …}. */
static const struct node *step_nested(const struct node *node, const char *name)
{
	const struct node *direct = step(node, name);
	const char *dot = strchr(name, '.');
	if (direct || !dot)
		return direct;
	char group[64];
	(void)snprintf(group, sizeof(group), "%.*s", (int)(dot - name), name);
	const struct node *inner = step(node, group);
	const struct node *found = inner ? step_nested(inner, dot + 1) : NULL;
	return found ? found : inner;
}

const struct node *compile_find(const struct node *node, const char *const *path)
{
	for (; *path; path++) {
		const struct node *next = step_nested(node, *path);
		if (!next)
			return node;
		node = next;
	}
	return node;
}

static const char *show(const json_t *value)
{
	static char buffers[2][200];
	static unsigned next;
	char *buffer = buffers[next++ % ARRAY_SIZE(buffers)];
	cleanup_json json_t *shown = setting_shown(value);
	cleanup_free char *text = document_dump(shown, JSON_ENCODE_ANY | JSON_SORT_KEYS);
	if (json_is_null(value))
		(void)snprintf(buffer, sizeof(buffers[0]), "not set");
	else if (text && strlen(text) < sizeof(buffers[0]))
		(void)snprintf(buffer, sizeof(buffers[0]), "%s", text);
	else
		(void)snprintf(buffer, sizeof(buffers[0]), "%.160s …", text ? text : "a value");
	return buffer;
}

/* The items of `list` that are not in `other`. */
static json_t *missing_in(const json_t *list, const json_t *other)
{
	json_t *missing = json_array();
	size_t index;
	json_t *item;
	json_array_foreach(list, index, item)
		if (!order_list_has(other, item))
			(void)json_array_append(missing, item);
	return missing;
}

const char *compile_describe(const struct policy_key *key, const json_t *base, const json_t *value)
{
	static char buffer[480];
	bool hides = key->order == ORDER_MORE;
	const char *than = order_compare(key, base, value) == COMPARISON_LOOSER ? "looser than" : "other than";
	if (json_is_array(value)) {
		cleanup_json json_t *items = hides ? missing_in(base, value) : missing_in(value, base);
		(void)snprintf(buffer, sizeof(buffer), "%s %s, %s", hides ? "is without" : "also has", show(items), than);
	} else {
		(void)snprintf(buffer, sizeof(buffer), "is %s, %s %s", show(value), than, show(base));
	}
	return buffer;
}

static void compare(const struct layer *layer, const struct policy_key *key, const char *const *path,
		    const json_t *before, const json_t *value, struct problems *warnings)
{
	char what[160] = "";
	enum comparison comparison = order_compare(key, before, value);
	if (comparison != COMPARISON_LOOSER)
		return;
	const struct node *node = compile_find(tree_root(layer->tree), path);
	for (; *path; path++) {
		size_t length = strlen(what);
		(void)snprintf(what + length, sizeof(what) - length, "%s%s", length ? "/" : "", *path);
	}
	problem_add(warnings, node->place, "%s %s in %s", what, compile_describe(key, before, value), layer->below->name);
}

static void compare_trust(const struct layer *layer, const json_t *below, const json_t *state,
			  struct problems *warnings)
{
	static const char *const lists[] = {"images", "registries"};
	const json_t *before = json_object_get(below, "trust"), *own = json_object_get(layer->checked, "trust");
	cleanup_json json_t *held = compile_trust_scalars(before);
	cleanup_json json_t *scalars = compile_trust_scalars(json_object_get(state, "trust"));
	for (const struct policy_key *key = order_trust_keys; held && scalars && key->type != KEY_END; key++) {
		bool upper = key == &order_trust_keys[ORDER_TRUST_EMPTY_UPPER];
		const char *const path[] = {"trust", upper ? "empty-upper-directory" : key->name, NULL};
		compare(layer, key, path, json_object_get(held, key->name), json_object_get(scalars, key->name), warnings);
	}
	for (size_t i = 0; i < ARRAY_SIZE(lists); i++) {
		const char *const path[] = {"trust", lists[i], NULL};
		if (json_object_get(before, lists[i]) && json_object_get(own, lists[i]))
			problem_add(warnings, compile_find(tree_root(layer->tree), path)->place,
				    "trust/%s takes the place of what %s asks for", lists[i], layer->below->name);
	}
}

void compile_compare(const struct layer *layer, const json_t *state, struct problems *warnings)
{
	cleanup_json json_t *below = layer->below ? layer_state(layer->below) : NULL;
	if (!below)
		return;
	static const struct policy_key required_key = {.name = "required", .type = KEY_FLAG, .order = ORDER_TRUE};
	const char *const mode_path[] = {"mode", NULL}, *const log_path[] = {"log", "required", NULL};
	compare(layer, &order_mode_key, mode_path, json_object_get(below, "mode"), json_object_get(state, "mode"),
		warnings);
	compare(layer, &required_key, log_path, json_object_get(json_object_get(below, "log"), "required"),
		json_object_get(json_object_get(state, "log"), "required"), warnings);
	for (const struct policy_key *key = order_exec_keys; key->type != KEY_END; key++) {
		const char *const path[] = {"exec", key->name, NULL};
		compare(layer, key, path, json_object_get(json_object_get(below, "exec"), key->name),
			json_object_get(json_object_get(state, "exec"), key->name), warnings);
	}
	compare_trust(layer, below, state, warnings);
	for (size_t i = 0; i < control_count; i++) {
		const json_t *before = json_object_get(json_object_get(below, "controls"), controls[i]->name);
		const char *name;
		json_t *value;
		json_object_foreach(json_object_get(json_object_get(state, "controls"), controls[i]->name), name, value)
		{
			const char *const path[] = {"controls", controls[i]->name, name, NULL};
			compare(layer, order_key_of(controls[i], name), path, json_object_get(before, name), value, warnings);
		}
	}
}
