#include "shim/gate_checkpoint.h"

#include <errno.h>

#include "policy/base/cleanup.h"
#include "policy/base/file.h"
#include "shim/gate_create.h"
#include "shim/pass_through.h"
#include "shim/running_container.h"

static int note_unhardened(struct interception *interception, struct error **error)
{
	json_t *note = json_string("UNHARDENED: nothing of a restored container is judged or changed; its user, "
				   "capabilities, no_new_privs and filter are those that the checkpoint carries");
	return json_array_append_new(interception->effective.notes, note) < 0 ? error_out_of_memory(error) : 0;
}

/* CRIU runs as root on what it finds there. */
static int check_images(const struct invocation *invocation, struct error **error)
{
	const char *path = invocation_value(invocation, "image-path");
	cleanup_close int descriptor = -1;
	if (!path || path[0] != '/')
		return error_set(error, EINVAL, "restore needs the absolute path of the checkpoint (--image-path)");
	int result = file_open_directory(path, &descriptor, error);
	if (result == 0)
		result = file_check_trusted(descriptor, path, error);
	return result < 0 ? error_prefix(error, "the checkpoint (--image-path)") : 0;
}

int gate_restore(struct interception *interception, struct error **error)
{
	struct invocation *invocation = &interception->invocation;
	if (command_line_asks_for_option(invocation))
		return pass_through(interception, error);
	interception->verb = VERB_RESTORE;
	int result = command_line_parse_verb(invocation, PLACE_RESTORE, error);
	if (result < 0 || invocation->help)
		return result;
	cleanup_bundle struct bundle bundle = BUNDLE_NONE;
	result = bundle_open(invocation->bundle, &bundle, error);
	if (result < 0)
		return result;
	/* what it was started with says nothing of what comes back: exec must not take the
	 * container for one that was hardened */
	bool was_marked = gate_create_strip_annotations(bundle.config);
	result = interception_resolve(interception, bundle.config, error);
	if (result == 0)
		result = interception_judge(interception, bundle.config, error);
	if (result == 0)
		result = check_images(invocation, error);
	if (result == 0)
		result = note_unhardened(interception, error);
	if (result == 0 && was_marked)
		result = bundle_write(&bundle, bundle.config, error);
	return result < 0 ? result : interception_continue(interception, "bundle", invocation->bundle, error);
}

int gate_checkpoint(struct interception *interception, struct error **error)
{
	struct invocation *invocation = &interception->invocation;
	interception->verb = VERB_CHECKPOINT;
	int result = command_line_parse_verb(invocation, PLACE_CHECKPOINT, error);
	if (result < 0 || invocation->help)
		return result;
	cleanup_bundle struct bundle bundle = BUNDLE_NONE;
	result = running_container_open(interception, &bundle, error);
	if (result == 0)
		result = interception_judge(interception, bundle.config, error);
	return result < 0 ? result : interception_continue(interception, NULL, NULL, error);
}
