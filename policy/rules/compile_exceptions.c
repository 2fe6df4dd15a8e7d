#include <inttypes.h>
#include <string.h>

#include "policy/document/document.h"
#include "policy/rules/check_policy.h"
#include "policy/rules/compile_parts.h"
#include "policy/rules/open_policy.h"

struct compiling {
	struct compiled *compiled;
	struct problems *problems;
	json_t *names; /* {NAME: true}: told apart by it in the log */
	json_t *signed_names;
	const json_t *signers;
	time_t now;
};

static bool changes_something(const json_t *changes)
{
	const char *name;
	json_t *own;
	json_object_foreach((json_t *)(uintptr_t)changes, name, own)
		if (json_object_size(own) > 0)
			return true;
	return false;
}

static json_t *copy_or_empty(const json_t *object)
{
	return object ? json_deep_copy(object) : json_object();
}

static void warn_of_end(const struct compiling *compiling, const char *name, const struct node *node, int64_t ends)
{
	struct place place = check_member(node, "expires")->place;
	if (ends <= compiling->now)
		problem_add(&compiling->compiled->warnings, place, "exception %s has expired and holds no more", name);
	else if (ends - compiling->now < EXCEPTION_WARNING_SECONDS)
		problem_add(&compiling->compiled->warnings, place, "exception %s ends in %" PRId64 " days", name,
			    (ends - compiling->now) / ((int64_t)24 * 60 * 60));
}

static void append(const struct compiling *compiling, const char *digest, json_t *exception)
{
	const char *hex = digest + strlen("sha256:");
	json_t *list = json_object_get(compiling->compiled->exceptions, hex);
	if (!list) {
		list = json_array();
		if (json_object_set_new(compiling->compiled->exceptions, hex, list) < 0)
			list = NULL;
	}
	if (json_array_append(list, exception) < 0)
		(void)check_out_of_memory(compiling->problems);
}

/* Bound to a signer: kept by name only, since nothing can prove a signer yet. */
static void keep_signed(const struct compiling *compiling, const char *name, const struct node *bound,
			const char *signer)
{
	const struct node *node = check_member(bound, "signed-by");
	if (!json_object_get(compiling->signers, signer))
		problem_add(compiling->problems, node->place, "%s, expected one of trust/signers", check_found(node));
	if (json_array_append_new(compiling->signed_names, json_string(name)) < 0)
		(void)check_out_of_memory(compiling->problems);
	problem_add(&compiling->compiled->warnings, node->place,
		    "exception %s is bound to a signer and cannot hold: image verification is not in this build yet", name);
}

static void compile_exception(const struct compiling *compiling, const struct node *node, const json_t *checked)
{
	const char *name = json_string_value(json_object_get(checked, "name"));
	const json_t *bound = json_object_get(checked, "for"), *changes = json_object_get(checked, "controls");
	const char *signer = json_string_value(json_object_get(bound, "signed-by"));
	const json_t *when = json_object_get(checked, "when"), *exec = json_object_get(checked, "exec");
	int64_t ends = 0;
	(void)check_parse_date(json_string_value(json_object_get(checked, "expires")), &ends);
	warn_of_end(compiling, name, node, ends);
	if (!changes_something(changes) && json_object_size(exec) == 0)
		problem_add(compiling->problems, (changes ? check_member(node, "controls") : node)->place,
			    "exception %s changes nothing, expected at least one key of one control, or of exec", name);
	if (json_object_get(compiling->names, name))
		problem_add(compiling->problems, check_member(node, "name")->place,
			    "a second exception with the name %s, expected another name", name);
	if (json_object_set_new(compiling->names, name, json_true()) < 0)
		(void)check_out_of_memory(compiling->problems);
	compiling->compiled->exception_count++;
	if (signer) {
		keep_signed(compiling, name, check_member(node, "for"), signer);
		return;
	}
	cleanup_json json_t *exception = json_pack("{s:s,s:o,s:o,s:o,s:O,s:I}", "name", name, "when",
						   copy_or_empty(when), "changes", copy_or_empty(changes), "exec",
						   copy_or_empty(exec), "reason", json_object_get(checked, "reason"), "ends", (json_int_t)ends);
	size_t index;
	json_t *digest;
	json_array_foreach(json_object_get(bound, "digest"), index, digest)
		append(compiling, json_string_value(digest), exception);
}

static void compile_layer(const struct compiling *compiling, const struct layer *layer)
{
	if (layer->below)
		compile_layer(compiling, layer->below);
	const struct node *list = check_member(tree_root(layer->tree), "exceptions");
	size_t index;
	json_t *checked;
	json_array_foreach(json_object_get(layer->checked, "exceptions"), index, checked)
		compile_exception(compiling, list->items[index], checked);
}

void compile_exceptions(const struct layer *layer, const json_t *state, time_t now, struct compiled *compiled,
			json_t *signed_names, struct problems *problems)
{
	cleanup_json json_t *names = json_object();
	const struct compiling compiling = {
		.compiled = compiled,
		.problems = problems,
		.names = names,
		.signed_names = signed_names,
		.signers = json_object_get(json_object_get(state, "trust"), "signers"),
		.now = now,
	};
	compile_layer(&compiling, layer);
}
