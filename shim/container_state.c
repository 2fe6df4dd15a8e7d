#include "shim/container_state.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "policy/base/cleanup.h"
#include "policy/base/file.h"
#include "policy/base/text.h"
#include "policy/document/document.h"

static const struct state_file {
	enum backend_kind kind;
	const char *name;    /* in ROOT/ID */
	const char *root;    /* without --root */
	const char *runtime; /* below XDG_RUNTIME_DIR, for rootless engines */
	const char *process; /* what it calls the first process */
} state_files[] = {
	{BACKEND_RUNC, "state.json", "/run/runc", "runc", "init_process_pid"},
	{BACKEND_CRUN, "status", "/run/crun", "crun", "pid"},
};

static int bundle_of_labels(const json_t *labels, const char **ret_bundle, struct error **error)
{
	const char *found = NULL;
	size_t index;
	json_t *label;
	json_array_foreach(labels, index, label)
	{
		const char *text = json_string_value(label);
		if (!text || !text_starts_with(text, "bundle="))
			continue;
		if (found)
			return error_set(error, EPERM,
					 "the container carries an annotation \"bundle\", by which runc would take another "
					 "configuration; start it anew without");
		found = text + strlen("bundle=");
	}
	*ret_bundle = found;
	return 0;
}

static const struct state_file *file_of(enum backend_kind kind)
{
	return &state_files[kind == BACKEND_CRUN];
}

int container_state_read(const char *text, size_t length, enum backend_kind kind, struct container_state *ret_state,
			 struct error **error)
{
	cleanup_json json_t *state = NULL;
	const char *bundle = NULL;
	int result = document_parse(text, length, DOCUMENT_PLAIN, &state, error);
	if (result == 0 && kind == BACKEND_CRUN)
		bundle = json_string_value(json_object_get(state, "bundle"));
	else if (result == 0)
		result = bundle_of_labels(json_object_get(json_object_get(state, "config"), "labels"), &bundle, error);
	if (result < 0)
		return result;
	if (!bundle || bundle[0] != '/')
		return error_set(error, EINVAL, "the backend's state of the container names no bundle");
	char *copy = strdup(bundle);
	if (!copy)
		return error_out_of_memory(error);
	*ret_state = (struct container_state){.kind = kind, .bundle = copy};
	(void)document_read_int64(json_object_get(state, file_of(kind)->process), &ret_state->process);
	return 0;
}

/* -ENOENT without an error where there is no such folder or file. */
static int read_state(const char *root, const char *id, const struct state_file *file,
		      struct container_state *ret_state, struct error **error)
{
	cleanup_text struct text path = {0};
	text_append_format(&path, "%s/%s/%s", root, id, file->name);
	if (path.failed)
		return error_out_of_memory(error);
	if (access(path.data, F_OK) < 0)
		return -ENOENT;
	cleanup_close int descriptor = -1;
	cleanup_free char *text = NULL, *real = NULL;
	size_t length = 0;
	int result = file_open(path.data, &descriptor, error);
	if (result == 0)
		result = file_check_trusted(descriptor, path.data, error);
	if (result == 0 && !(real = file_path_of_descriptor(descriptor)))
		result = error_set(error, errno, "where \"%s\" really is cannot be told (error %d)", path.data, errno);
	if (result == 0)
		result = file_check_trusted_parents(real, error);
	if (result == 0)
		result = file_read_all(descriptor, path.data, DOCUMENT_SIZE, &text, &length, error);
	if (result == 0)
		result = container_state_read(text, length, file->kind, ret_state, error);
	return result < 0 ? error_prefix(error, "the backend's state") : 0;
}

/* Adds what `root` knows to *state. */
static int look_in(const char *root, const char *id, const struct state_file *file, struct container_state *state,
		   struct error **error)
{
	struct container_state found = {0};
	int result = read_state(root, id, file, &found, error);
	if (result == -ENOENT)
		return 0;
	if (result < 0)
		return result;
	if (state->bundle) {
		free(found.bundle);
		return error_set(error, EEXIST,
				 "both runc and crun know a container by this ID; give --root to say which is meant");
	}
	*state = found;
	return 0;
}

static int look_everywhere(const struct invocation *invocation, const struct state_file *file,
			   struct container_state *state, struct error **error)
{
	if (invocation->root)
		return look_in(invocation->root, invocation->id, file, state, error);
	int result = look_in(file->root, invocation->id, file, state, error);
	const char *runtime = getenv("XDG_RUNTIME_DIR");
	if (result < 0 || !runtime || !*runtime)
		return result;
	cleanup_text struct text root = {0};
	text_append_format(&root, "%s/%s", runtime, file->runtime);
	return root.failed ? error_out_of_memory(error) : look_in(root.data, invocation->id, file, state, error);
}

int container_state_find(const struct invocation *invocation, struct container_state *ret_state,
			 struct error **error)
{
	struct container_state state = {0};
	int result = 0;
	for (size_t i = 0; result == 0 && i < ARRAY_SIZE(state_files); i++)
		result = look_everywhere(invocation, &state_files[i], &state, error);
	if (result == 0 && !state.bundle)
		result = error_set(error, ENOENT, "no running container has this ID below %s",
				   invocation->root ? invocation->root : "/run/runc and /run/crun");
	if (result < 0) {
		free(state.bundle);
		return result;
	}
	*ret_state = state;
	return 0;
}
