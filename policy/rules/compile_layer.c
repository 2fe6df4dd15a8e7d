#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "policy/base/cleanup.h"
#include "policy/base/file.h"
#include "policy/base/text.h"
#include "policy/document/document.h"
#include "policy/rules/built_in.h"
#include "policy/rules/change.h"
#include "policy/rules/check_policy.h"
#include "policy/rules/compile_parts.h"
#include "policy/rules/order.h"

void layer_free(struct layer *layer)
{
	while (layer) {
		struct layer *below = layer->below;
		free(layer->name);
		free(layer->text);
		tree_free(layer->tree);
		json_decref(layer->checked);
		free(layer);
		layer = below;
	}
}

static struct layer *new_layer(const char *name, const char *text, size_t length, struct problems *problems)
{
	cleanup_layer struct layer *layer = calloc(1, sizeof(*layer));
	if (!layer) {
		(void)check_out_of_memory(problems);
		return NULL;
	}
	layer->name = strdup(name);
	layer->text = malloc(length + 1);
	if (!layer->name || !layer->text) {
		(void)check_out_of_memory(problems);
		return NULL;
	}
	memcpy(layer->text, text, length);
	layer->text[length] = '\0';
	tree_parse(layer->name, layer->text, length, problems, &layer->tree);
	if (!layer->tree)
		return NULL;
	layer->checked = check_policy(problems, tree_root(layer->tree));
	return take_pointer(layer);
}

static const struct profile_source *profile_named(const char *name)
{
	for (size_t i = 0; i < profile_source_count; i++)
		if (strcmp(profile_sources[i].name, name) == 0)
			return &profile_sources[i];
	return NULL;
}

struct layer *layer_load_profile(const char *name, struct place named_at, struct problems *problems)
{
	const struct profile_source *source = profile_named(name);
	if (!source) {
		const char *names[32];
		size_t count = 0;
		for (; count < profile_source_count && count < ARRAY_SIZE(names); count++)
			names[count] = profile_sources[count].name;
		problem_add(problems, named_at, "\"%.64s\" is not a built-in profile (and a path has a '/')%s", name,
			    check_suggest(name, names, count));
		return NULL;
	}
	cleanup_layer struct layer *layer = new_layer(name, source->text, strlen(source->text), problems);
	if (!layer)
		return NULL;
	layer->built_in = true;
	const char *extends = json_string_value(json_object_get(layer->checked, "extends"));
	if (!extends)
		return take_pointer(layer);
	/* profiles are part of the build, which fails where one extends itself */
	layer->below = strcmp(extends, name) == 0 ? NULL : layer_load_profile(extends, named_at, problems);
	return layer->below ? take_pointer(layer) : NULL;
}

/* `path` against the folder of the file that names it. */
static char *beside(const char *file, const char *path)
{
	const char *slash = strrchr(file, '/');
	char *joined = NULL;
	if (path[0] == '/' || !slash)
		return strdup(path);
	if (asprintf(&joined, "%.*s/%s", (int)(slash - file), file, path) < 0)
		return NULL;
	return joined;
}

static struct layer *load_extended(const struct layer *layer, const char *extends, bool trusted, unsigned depth,
				   struct problems *problems)
{
	const struct node *node = check_member(tree_root(layer->tree), "extends");
	struct place place = node ? node->place : (struct place){.file = layer->name};
	if (!strchr(extends, '/'))
		return layer_load_profile(extends, place, problems);
	cleanup_free char *path = beside(layer->name, extends);
	if (!path) {
		(void)check_out_of_memory(problems);
		return NULL;
	}
	if (depth + 1 < COMPILE_CHAIN)
		return layer_load_file(path, trusted, place, depth + 1, problems);
	problem_add(problems, place, "more than %u files that extend each other (in a circle?), expected fewer",
		    COMPILE_CHAIN);
	return NULL;
}

struct layer *layer_load_text(const char *name, const char *text, size_t length, bool trusted, unsigned depth,
			      struct problems *problems)
{
	cleanup_layer struct layer *layer = new_layer(name, text, length, problems);
	if (!layer)
		return NULL;
	compile_trust_files(layer, trusted, problems);
	const char *extends = json_string_value(json_object_get(layer->checked, "extends"));
	layer->below = load_extended(layer, extends ? extends : "restricted", trusted, depth, problems);
	return layer->below ? take_pointer(layer) : NULL;
}

/* What is checked is the open file and the folders above the path by which the
 * kernel knows it, so that no symbolic link on the way matters. */
static int check_trusted(int descriptor, const char *path, struct error **error)
{
	int result = file_check_trusted(descriptor, path, error);
	if (result < 0)
		return result;
	cleanup_free char *real = file_path_of_descriptor(descriptor);
	if (!real)
		return error_set(error, EIO, "the folders above it cannot be told");
	return file_check_trusted_parents(real, error);
}

static int read_file(const char *path, bool trusted, size_t limit, char **ret_text, size_t *ret_length,
		     struct error **error)
{
	cleanup_close int descriptor = -1;
	int result = file_open(path, &descriptor, error);
	if (result == 0 && trusted)
		result = check_trusted(descriptor, path, error);
	if (result == 0)
		result = file_read_all(descriptor, path, limit, ret_text, ret_length, error);
	return result;
}

int layer_read_beside(const struct layer *layer, const char *path, bool trusted, size_t limit, char **ret_text,
		      size_t *ret_length, struct error **error)
{
	cleanup_free char *whole = beside(layer->name, path);
	if (!whole)
		return error_out_of_memory(error);
	return read_file(whole, trusted, limit, ret_text, ret_length, error);
}

struct layer *layer_load_file(const char *path, bool trusted, struct place named_at, unsigned depth,
			      struct problems *problems)
{
	cleanup_free char *text = NULL;
	cleanup_error struct error *error = NULL;
	size_t length = 0;
	if (read_file(path, trusted, YAML_SIZE, &text, &length, &error) < 0) {
		struct place whole = {.file = path};
		problem_add(problems, named_at.file ? named_at : whole, "%s", error_message(error));
		return NULL;
	}
	return layer_load_text(path, text, length, trusted, depth, problems);
}

static json_t *state_of_tables(void)
{
	json_t *settings = NULL;
	if (settings_of_tables(&settings, NULL) < 0)
		return NULL;
	json_t *exec = json_object();
	for (const struct policy_key *key = order_exec_keys; exec && key->type != KEY_END; key++)
		if (json_object_set_new(exec, key->name, key_fallback(key)) < 0)
			return NULL;
	return json_pack("{s:s,s:o,s:{s:s,s:n,s:n},s:{s:b},s:{},s:o}", "mode", "enforce", "exec", exec, "backend",
			 "name", "runc", "minimum", "pin", "log", "required", 0, "trust", "controls", settings);
}

/* Another program has its own versions: the minimum of the old one says nothing. */
static int replace_backend(json_t *state, const json_t *own)
{
	json_t *backend = json_object_get(state, "backend");
	const json_t *name = json_object_get(own, "name"), *path = json_object_get(own, "path");
	const json_t *minimum = json_object_get(own, "minimum");
	const json_t *wanted = name ? name : path;
	if (wanted && !json_equal(wanted, json_object_get(backend, name ? "name" : "path"))) {
		(void)json_object_del(backend, "name");
		(void)json_object_del(backend, "path");
		if (json_object_set(backend, name ? "name" : "path", (json_t *)(uintptr_t)wanted) < 0 ||
		    json_object_set_new(backend, "minimum", json_null()) < 0)
			return -1;
	}
	return minimum ? json_object_set(backend, "minimum", (json_t *)(uintptr_t)minimum) : 0;
}

json_t *layer_state(const struct layer *layer)
{
	if (!layer)
		return state_of_tables();
	cleanup_json json_t *state = layer_state(layer->below);
	const json_t *own = layer->checked;
	const json_t *mode = json_object_get(own, "mode"), *trust = json_object_get(own, "trust");
	const json_t *changes = json_object_get(own, "controls"), *backend = json_object_get(own, "backend");
	json_t *exec = json_object_get(own, "exec"), *log = json_object_get(own, "log");
	if (!state || (changes && settings_change(json_object_get(state, "controls"), changes, NULL) < 0) ||
	    (mode && json_object_set(state, "mode", (json_t *)(uintptr_t)mode) < 0) ||
	    (trust && compile_trust_merge(json_object_get(state, "trust"), trust) < 0) ||
	    (exec && json_object_update(json_object_get(state, "exec"), exec) < 0) ||
	    (log && json_object_update(json_object_get(state, "log"), log) < 0) ||
	    (backend && replace_backend(state, backend) < 0))
		return NULL;
	return take_pointer(state);
}
