#include "policy/rules/compile.h"

#include <string.h>

#include "policy/base/cleanup.h"
#include "policy/base/text.h"
#include "policy/document/document.h"
#include "policy/rules/compile_parts.h"
#include "policy/rules/generation_format.h"

/* What `show` and the log call it: the file, or the built-in profile where the file
 * is no more than that. */
static const char *profile_name(const struct layer *layer)
{
	while (layer->below && !layer->built_in)
		layer = layer->below;
	return layer->name;
}

static json_t *make_base(const struct layer *layer, const json_t *state, json_t *scopes, const json_t *wanted,
			 json_t **ret_trust)
{
	cleanup_json json_t *base = json_deep_copy(state);
	json_t *trust = compile_trust(json_object_get(state, "trust"), wanted, scopes, ret_trust);
	if (!base || json_object_set_new(base, "trust", trust) < 0 || json_object_set(base, "scopes", scopes) < 0 ||
	    json_object_set_new(base, "profile", json_string(profile_name(layer))) < 0)
		return NULL;
	return take_pointer(base);
}

/* Signers alone make `unmatched` refuse. */
static void warn_of_all_refused(const struct layer *layer, const json_t *trust, struct problems *warnings)
{
	cleanup_json json_t *scalars = compile_trust_scalars(trust);
	const struct node *node = check_member(tree_root(layer->tree), "trust");
	const char *unmatched = json_string_value(json_object_get(scalars, "unmatched"));
	if (node && text_equal(unmatched, "refuse") && json_array_size(json_object_get(trust, "images")) == 0)
		problem_add(warnings, node->place, "trust/unmatched is refuse, and trust/images has no entry: every image is "
			    "refused where no scope or exception says otherwise");
}

static void compile_layers(const struct layer *layer, time_t now, struct problems *problems,
			   struct compiled *compiled)
{
	cleanup_json json_t *state = layer_state(layer);
	cleanup_json json_t *wanted = json_object();
	compiled->exceptions = json_object();
	compiled->source = strdup(layer->text);
	if (!state || !wanted || !compiled->exceptions || !compiled->source) {
		problems->out_of_memory = true;
		return;
	}
	compile_compare(layer, state, &compiled->warnings);
	warn_of_all_refused(layer, json_object_get(state, "trust"), &compiled->warnings);
	compile_trust_twins(layer, json_object_get(json_object_get(state, "trust"), "signers"), problems);
	cleanup_json json_t *scopes = compile_scopes(layer, state, problems, &compiled->warnings);
	compile_exceptions(layer, now, compiled, wanted, problems);
	if (json_object_size(compiled->exceptions) > GENERATION_EXCEPTION_LIMIT)
		problem_add(problems, (struct place){.file = layer->name},
			    "%zu digests and signers with an exception, expected at most %zu",
			    json_object_size(compiled->exceptions), (size_t)GENERATION_EXCEPTION_LIMIT);
	compiled->base = scopes ? make_base(layer, state, scopes, wanted, &compiled->trust) : NULL;
	problems->out_of_memory |= !compiled->base && problems->count == 0;
}

/* `layer` may be NULL: its problems have been told. */
static void compile(const struct layer *layer, time_t now, struct problems *problems, struct compiled *ret_compiled)
{
	struct compiled compiled = {0};
	bool sound = layer && problems_none(problems);
	if (layer)
		compile_trust_names(layer, problems, &compiled.warnings);
	if (sound)
		compile_layers(layer, now, problems, &compiled);
	problems_sort(problems);
	problems_sort(&compiled.warnings);
	if (problems_none(problems))
		*ret_compiled = compiled;
	else
		compiled_release(&compiled);
}

void compile_file(const char *path, const struct compile_options *options, struct problems *problems,
		  struct compiled *ret_compiled)
{
	cleanup_layer struct layer *layer =
		layer_load_file(path, options->trusted, (struct place){0}, 0, problems);
	compile(layer, options->now, problems, ret_compiled);
}

void compile_text(const char *name, const char *text, size_t length, const struct compile_options *options,
		  struct problems *problems, struct compiled *ret_compiled)
{
	cleanup_layer struct layer *layer = layer_load_text(name, text, length, options->trusted, 0, problems);
	compile(layer, options->now, problems, ret_compiled);
}

void compile_profile(const char *name, struct problems *problems, struct compiled *ret_compiled)
{
	cleanup_layer struct layer *layer =
		layer_load_profile(name, (struct place){.file = "built-in profiles"}, problems);
	compile(layer, 0, problems, ret_compiled);
}

void compiled_release(struct compiled *compiled)
{
	json_decref(compiled->base);
	json_decref(compiled->exceptions);
	json_decref(compiled->trust);
	free(compiled->source);
	problems_release(&compiled->warnings);
	*compiled = (struct compiled){0};
}
