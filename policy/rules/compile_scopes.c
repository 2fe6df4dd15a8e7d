#include <stdio.h>
#include <string.h>

#include "policy/base/cleanup.h"
#include "policy/controls/control.h"
#include "policy/document/document.h"
#include "policy/rules/change.h"
#include "policy/rules/compile_parts.h"
#include "policy/rules/order.h"
#include "policy/rules/selector.h"

struct scope {
	const struct node *node;
	const json_t *checked;
	json_t *compiled;
	const char *title;
	bool engine_set;
};

/* Only the keys that `changes` names, with the value that comes out. */
static json_t *named_settings(const json_t *settings, const json_t *changes)
{
	cleanup_json json_t *sparse = json_object();
	const char *name, *key;
	json_t *own, *change;
	json_object_foreach((json_t *)(uintptr_t)changes, name, own)
	{
		json_t *values = json_object();
		if (json_object_set_new(sparse, name, values) < 0)
			return NULL;
		json_object_foreach(own, key, change)
			if (json_object_set(values, key, json_object_get(json_object_get(settings, name), key)) < 0)
				return NULL;
	}
	return take_pointer(sparse);
}

/* What a scope starts from: the file's own values, or another profile's. */
static json_t *start_of(const struct scope *scope, const json_t *state, struct problems *problems)
{
	const char *extends = json_string_value(json_object_get(scope->checked, "extends"));
	if (!extends)
		return json_deep_copy(state);
	const struct node *node = check_member(scope->node, "extends");
	cleanup_layer struct layer *profile = layer_load_profile(extends, node->place, problems);
	return profile ? layer_state(profile) : NULL;
}

static int fill(struct scope *scope, const json_t *state, struct problems *problems)
{
	const json_t *changes = json_object_get(scope->checked, "controls");
	const json_t *mode = json_object_get(scope->checked, "mode");
	const json_t *own_exec = json_object_get(scope->checked, "exec");
	bool extends = json_object_get(scope->checked, "extends") != NULL;
	cleanup_json json_t *start = start_of(scope, state, problems);
	if (!start)
		return -1;
	json_t *settings = json_object_get(start, "controls");
	if (changes && settings_change(settings, changes, NULL) < 0)
		return -1;
	json_t *sparse = extends ? json_incref(settings) : named_settings(settings, changes);
	if (json_object_set_new(scope->compiled, "controls", sparse) < 0)
		return -1;
	cleanup_json json_t *exec = extends ? json_copy(json_object_get(start, "exec")) : json_object();
	if (own_exec && json_object_update(exec, (json_t *)(uintptr_t)own_exec) < 0)
		return -1;
	if (json_object_size(exec) && json_object_set(scope->compiled, "exec", exec) < 0)
		return -1;
	/* a profile says nothing of trust, so `extends` takes nothing of it away */
	json_t *trust = json_object_get(scope->checked, "trust");
	if (trust && json_object_set_new(scope->compiled, "trust", json_deep_copy(trust)) < 0)
		return -1;
	return mode ? json_object_set(scope->compiled, "mode", (json_t *)(uintptr_t)mode) : 0;
}

static void compare(const struct scope *scope, const struct policy_key *key, const char *part, const json_t *base,
		    const json_t *value, struct place place, struct problems *problems, struct problems *warnings)
{
	enum comparison comparison = order_compare(key, base, value);
	const char *slash = *part ? "/" : "";
	if (comparison == COMPARISON_EQUAL || comparison == COMPARISON_TIGHTER)
		return;
	if (!scope->engine_set)
		problem_add(problems, place,
			    "%s: %s%s%s %s for other containers, but a container's user can choose what selects this "
			    "scope; expected a tighter value, or a scope selected by what the engine sets (engine; a "
			    "namespace with engine docker, cri or crio)",
			    scope->title, part, slash, key->name, compile_describe(key, base, value));
	else if (comparison == COMPARISON_LOOSER)
		problem_add(warnings, place, "%s: %s%s%s %s for other containers", scope->title, part, slash, key->name,
			    compile_describe(key, base, value));
}

static void compare_controls(const struct scope *scope, const json_t *state, struct problems *problems,
			     struct problems *warnings)
{
	const char *name, *key;
	json_t *own, *value;
	json_object_foreach(json_object_get(scope->compiled, "controls"), name, own)
	{
		const struct control *control = control_by_name(name);
		const json_t *base = json_object_get(json_object_get(state, "controls"), name);
		json_object_foreach(own, key, value)
		{
			const char *const path[] = {"controls", name, key, NULL};
			const struct node *node = compile_find(scope->node, path);
			if (node == check_member(scope->node, "controls") || node == scope->node)
				node = check_member(scope->node, "extends");
			compare(scope, order_key_of(control, key), name, json_object_get(base, key), value,
				node ? node->place : scope->node->place, problems, warnings);
		}
	}
}

static void compare_trust(const struct scope *scope, const json_t *state, struct problems *problems,
			  struct problems *warnings)
{
	static const char *const lists[] = {"images", "registries"};
	const json_t *trust = json_object_get(scope->compiled, "trust");
	cleanup_json json_t *base = compile_trust_scalars(json_object_get(state, "trust"));
	for (const struct policy_key *key = order_trust_keys; base && key->type != KEY_END; key++) {
		bool upper = key == &order_trust_keys[ORDER_TRUST_EMPTY_UPPER];
		const char *const path[] = {"trust", upper ? "empty-upper-directory" : key->name, NULL};
		const json_t *value = json_object_get(trust, key->name);
		if (value)
			compare(scope, key, "trust", json_object_get(base, key->name), value,
				compile_find(scope->node, path)->place, problems, warnings);
	}
	for (size_t i = 0; i < ARRAY_SIZE(lists); i++) {
		const char *const path[] = {"trust", lists[i], NULL};
		if (!json_object_get(trust, lists[i]))
			continue;
		struct place place = compile_find(scope->node, path)->place;
		if (!scope->engine_set)
			problem_add(problems, place, "%s: trust/%s, but a container's user can choose what selects this scope; "
				    "expected only deny and tighter values of keys that have one, or a scope selected by what "
				    "the engine sets", scope->title, lists[i]);
		else if (json_object_get(json_object_get(state, "trust"), lists[i]))
			problem_add(warnings, place, "%s: trust/%s takes the place of what other containers are asked for",
				    scope->title, lists[i]);
	}
}

static void compare_scope(const struct scope *scope, const json_t *state, struct problems *problems,
			  struct problems *warnings)
{
	const json_t *mode = json_object_get(scope->compiled, "mode");
	const json_t *exec = json_object_get(scope->compiled, "exec");
	const char *const mode_path[] = {"mode", NULL}, *const exec_path[] = {"exec", NULL};
	compare_controls(scope, state, problems, warnings);
	compare_trust(scope, state, problems, warnings);
	if (mode)
		compare(scope, &order_mode_key, "", json_object_get(state, "mode"), mode,
			compile_find(scope->node, mode_path)->place, problems, warnings);
	for (const struct policy_key *key = order_exec_keys; key->type != KEY_END; key++) {
		const json_t *value = json_object_get(exec, key->name);
		if (value)
			compare(scope, key, "exec", json_object_get(json_object_get(state, "exec"), key->name), value,
				compile_find(scope->node, exec_path)->place, problems, warnings);
	}
}

static json_t *compile_scope(const struct layer *layer, size_t index, const json_t *checked, const json_t *state,
			     struct problems *problems, struct problems *warnings)
{
	const json_t *selector = json_object_get(checked, "for");
	cleanup_free char *selected = selector_text(selector);
	struct scope scope = {
		.node = check_member(tree_root(layer->tree), "scopes")->items[index],
		.checked = checked,
		.engine_set = selector_is_engine_set(selector),
		.compiled = json_pack("{s:o,s:O}", "title",
				      json_sprintf("scope %zu (%s)", index + 1, selected ? selected : ""), "for", selector),
	};
	cleanup_json json_t *compiled = scope.compiled;
	scope.title = json_string_value(json_object_get(compiled, "title"));
	if (!compiled || !selected || fill(&scope, state, problems) < 0) {
		problems->out_of_memory |= problems->count == 0;
		return NULL;
	}
	compare_scope(&scope, state, problems, warnings);
	return take_pointer(compiled);
}

json_t *compile_scopes(const struct layer *layer, const json_t *state, struct problems *problems,
		       struct problems *warnings)
{
	json_t *all = layer->below ? compile_scopes(layer->below, state, problems, warnings) : json_array();
	size_t index;
	json_t *checked;
	json_array_foreach(json_object_get(layer->checked, "scopes"), index, checked)
	{
		json_t *scope = compile_scope(layer, index, checked, state, problems, warnings);
		if (scope && json_array_append_new(all, scope) < 0)
			(void)check_out_of_memory(problems);
	}
	return all ? all : check_out_of_memory(problems);
}
