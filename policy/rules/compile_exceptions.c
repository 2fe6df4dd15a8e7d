#include <inttypes.h>
#include <string.h>

#include "policy/document/document.h"
#include "policy/rules/check_policy.h"
#include "policy/rules/compile_parts.h"
#include "policy/rules/generation_format.h"
#include "policy/rules/open_policy.h"

struct compiling {
	struct compiled *compiled;
	struct problems *problems;
	json_t *names; /* {NAME: true}: told apart by it in the log */
	json_t *wanted; /* {NAME: [PATTERN, …] or null} of signers to whom one is bound */
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

static void append(const struct compiling *compiling, const char *hex, json_t *exception)
{
	json_t *list = json_object_get(compiling->compiled->exceptions, hex);
	if (!list) {
		list = json_array();
		if (json_object_set_new(compiling->compiled->exceptions, hex, list) < 0)
			list = NULL;
	}
	if (json_array_append(list, exception) < 0)
		(void)check_out_of_memory(compiling->problems);
}

/* More than these are not worth a look at each of them: the signer is wanted for every image. */
#define WANTED_PATTERNS 16u

/* For the images that `pattern` matches, NULL for all of them. */
static int want(json_t *wanted, const char *name, json_t *pattern)
{
	json_t *held = json_object_get(wanted, name);
	if (!pattern || json_is_null(held) || json_array_size(held) >= WANTED_PATTERNS)
		return json_object_set_new(wanted, name, json_null());
	if (!held)
		return json_object_set_new(wanted, name, json_pack("[O]", pattern));
	return document_has_element(held, pattern) ? 0 : json_array_append(held, pattern);
}

/* Under each digest, or each signer: found by any of them. */
static void bind(const struct compiling *compiling, const json_t *bound, json_t *exception)
{
	size_t index;
	json_t *item;
	json_array_foreach(json_object_get(bound, "digest"), index, item)
		append(compiling, json_string_value(item) + strlen("sha256:"), exception);
	json_array_foreach(json_object_get(json_object_get(bound, "signed-by"), "of"), index, item)
	{
		uint8_t key[SHA256_SIZE];
		char hex[2 * SHA256_SIZE + 1];
		if (generation_signer_key(json_string_value(item), key) < 0 ||
		    want(compiling->wanted, json_string_value(item), json_object_get(bound, "image")) < 0) {
			(void)check_out_of_memory(compiling->problems);
			return;
		}
		generation_digest_print(key, hex);
		append(compiling, hex, exception);
	}
}

/* What is only there where it is written. */
static int set_optional(json_t *exception, const json_t *checked)
{
	const json_t *bound = json_object_get(checked, "for");
	json_t *signed_by = json_object_get(bound, "signed-by"), *image = json_object_get(bound, "image");
	json_t *action = json_object_get(json_object_get(checked, "trust"), "action");
	if ((signed_by && json_object_set(exception, "signed-by", signed_by) < 0) ||
	    (image && json_object_set(exception, "image", image) < 0) ||
	    (action && json_object_set(exception, "trust", action) < 0))
		return -1;
	return 0;
}

static void compile_exception(const struct compiling *compiling, const struct node *node, const json_t *checked)
{
	const char *name = json_string_value(json_object_get(checked, "name"));
	const json_t *bound = json_object_get(checked, "for"), *changes = json_object_get(checked, "controls");
	const json_t *trust = json_object_get(checked, "trust");
	const json_t *when = json_object_get(checked, "when"), *exec = json_object_get(checked, "exec");
	int64_t ends = 0;
	(void)check_parse_date(json_string_value(json_object_get(checked, "expires")), &ends);
	warn_of_end(compiling, name, node, ends);
	if (!changes_something(changes) && json_object_size(exec) == 0 && !trust)
		problem_add(compiling->problems, (changes ? check_member(node, "controls") : node)->place,
			    "exception %s changes nothing, expected at least one key of one control, of exec, or trust", name);
	if (json_object_get(compiling->names, name))
		problem_add(compiling->problems, check_member(node, "name")->place,
			    "a second exception with the name %s, expected another name", name);
	if (json_object_set_new(compiling->names, name, json_true()) < 0)
		(void)check_out_of_memory(compiling->problems);
	compiling->compiled->exception_count++;
	cleanup_json json_t *exception = json_pack("{s:s,s:o,s:o,s:o,s:O,s:I}", "name", name, "when",
						   copy_or_empty(when), "changes", copy_or_empty(changes), "exec",
						   copy_or_empty(exec), "reason", json_object_get(checked, "reason"), "ends", (json_int_t)ends);
	if (!exception || set_optional(exception, checked) < 0) {
		(void)check_out_of_memory(compiling->problems);
		return;
	}
	bind(compiling, bound, exception);
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

void compile_exceptions(const struct layer *layer, time_t now, struct compiled *compiled, json_t *wanted,
			struct problems *problems)
{
	cleanup_json json_t *names = json_object();
	const struct compiling compiling = {
		.compiled = compiled,
		.problems = problems,
		.names = names,
		.wanted = wanted,
		.now = now,
	};
	compile_layer(&compiling, layer);
}
