#include "shim/gate_exec.h"

#include <errno.h>
#include <sys/stat.h>

#include "policy/base/cleanup.h"
#include "policy/base/file.h"
#include "policy/document/document.h"
#include "shim/descriptors.h"
#include "shim/document_memory.h"
#include "shim/exec_options.h"
#include "shim/gate_create.h"
#include "shim/running_container.h"

static int read_process(const char *path, json_t **ret_process, struct error **error)
{
	cleanup_free char *text = NULL;
	cleanup_json json_t *process = NULL;
	size_t length = 0;
	int result = file_read_trusted(path, DOCUMENT_SIZE, &text, &length, error);
	if (result == 0)
		result = document_parse(text, length, DOCUMENT_PROCESS, &process, error);
	if (result == 0 && !json_is_object(process))
		result = error_set(error, EINVAL, "it is not a JSON object");
	if (result < 0)
		return error_prefix(error, "exec's --process \"%s\"", path);
	*ret_process = take_pointer(process);
	return 0;
}

static bool was_started_hardened(const json_t *config)
{
	return json_is_string(json_object_get(json_object_get(config, "annotations"), ANNOTATION_DECISION));
}

/* The process that exec is held to: the container's own where it was started through
 * oci-harden, else what today's policy would have made of it. */
static int hardened_start(struct interception *interception, json_t *config, json_t **ret_start,
			  struct error **error)
{
	interception->ungated = !was_started_hardened(config);
	if (!interception->ungated) {
		*ret_start = json_incref(json_object_get(config, "process"));
		return 0;
	}
	if (!setting_word_is(interception->effective.exec, "unknown-containers", "hold"))
		return interception_add_reason(interception, error,
					       "the container was not started through oci-harden, whose policy refuses exec there "
					       "(exec.unknown-containers); start it anew");
	struct decision decision;
	int result = decide(config, VERB_CREATE, MODE_AUDIT, interception->effective.controls, &interception->facts,
			    &decision, error);
	if (result < 0)
		return error_prefix(error, "judging the container, which was not started through oci-harden");
	*ret_start = json_incref(json_object_get(decision.result, "process"));
	decision_release(&decision);
	return 0;
}

/* Limits of the container that the process says nothing of. */
static int inherit_limits(json_t *asked, const json_t *own, struct error **error)
{
	json_t *limits = json_object_get(own, "rlimits");
	if (json_array_size(json_object_get(asked, "rlimits")) > 0 || !limits)
		return 0;
	return json_object_set(asked, "rlimits", limits) < 0 ? error_out_of_memory(error) : 0;
}

/* What the backend takes from the container's own configuration where process.json
 * does not say it. Backends differ in what an empty label means: the container's own is
 * written out, or none. */
static int inherit(json_t *asked, const json_t *start, struct error **error)
{
	static const char *const inherited[] = {"capabilities", "apparmorProfile", "selinuxLabel"};
	for (size_t i = 0; i < ARRAY_SIZE(inherited); i++) {
		const json_t *value = json_object_get(asked, inherited[i]);
		json_t *from = json_object_get(start, inherited[i]);
		if (!document_is_blank(value))
			continue;
		if (!from)
			(void)json_object_del(asked, inherited[i]);
		if (from && json_object_set(asked, inherited[i], from) < 0)
			return error_out_of_memory(error);
	}
	return inherit_limits(asked, start, error);
}

/* The process that is asked for, whole: process.json, or the container's own with
 * what the options say. */
static int asked_process(const struct invocation *invocation, const json_t *own, const json_t *start,
			 json_t **ret_asked, struct error **error)
{
	const char *path = invocation_value(invocation, "process");
	cleanup_json json_t *asked = NULL;
	int result = 0;
	if (path)
		result = read_process(path, &asked, error);
	else if (!(asked = json_deep_copy(own)))
		result = error_out_of_memory(error);
	if (result == 0 && !path)
		result = exec_options_apply(invocation, asked, error);
	if (result == 0)
		result = inherit(asked, start, error);
	if (result == 0)
		*ret_asked = take_pointer(asked);
	return result;
}

/* exec.action */
static enum action hold_action(const struct interception *interception)
{
	return setting_word_is(interception->effective.exec, "action", "audit") ? ACTION_AUDIT : ACTION_REWRITE;
}

/* The process as it may run: *ret_process, a new reference. */
static int hold(struct interception *interception, json_t *config, json_t **ret_process, struct error **error)
{
	const struct effective *effective = &interception->effective;
	const json_t *own = json_object_get(config, "process");
	cleanup_json json_t *start = NULL, *asked = NULL;
	if (!json_is_object(own))
		return error_set(error, EINVAL, "the container's config.json has no process to hold exec to");
	int result = hardened_start(interception, config, &start, error);
	if (result < 0 || !start)
		return result;
	result = asked_process(&interception->invocation, own, start, &asked, error);
	if (result == 0)
		result = decide_exec(asked, start, hold_action(interception), effective->mode, effective->controls,
				     &interception->facts, &interception->decision, error);
	if (result < 0)
		return result;
	interception->decided = true;
	*ret_process = take_pointer(asked);
	return 0;
}

/* runc has an exec start with the umask that it is called with itself, whatever the
 * process says. */
static void take_umask(const json_t *hardened)
{
	int64_t bits = 0022;
	(void)document_read_int64(json_object_get(json_object_get(hardened, "user"), "umask"), &bits);
	mode_t own = umask(0777);
	(void)umask(own | (mode_t)(bits & 0777));
}

/* In audit mode the call goes on as it came. */
static int hand_on(struct interception *interception, const json_t *hardened, struct error **error)
{
	cleanup_free char *text = NULL;
	size_t length = 0;
	char path[32];
	if (interception->effective.mode == MODE_AUDIT)
		return interception_continue(interception, NULL, NULL, error);
	int result = document_print(hardened, &text, &length, error);
	if (result == 0)
		result = descriptors_seal(&interception->invocation, text, length, path, error);
	if (result < 0)
		return result;
	exec_options_drop(&interception->invocation);
	take_umask(hardened);
	return interception_continue(interception, "process", path, error);
}

int gate_exec(struct interception *interception, struct error **error)
{
	struct invocation *invocation = &interception->invocation;
	interception->verb = VERB_EXEC;
	int result = command_line_parse_verb(invocation, PLACE_EXEC, error);
	if (result < 0 || invocation->help)
		return result;
	document_memory_prefault(DOCUMENT_MEMORY_EXEC);
	cleanup_bundle struct bundle bundle = BUNDLE_NONE;
	cleanup_json json_t *process = NULL;
	result = running_container_open(interception, &bundle, error);
	if (result == 0 && setting_word_is(interception->effective.exec, "action", "refuse"))
		result = interception_add_reason(interception, error,
						 "the policy refuses exec (exec.action); set exec: {action: hold} in a scope or "
						 "an exception to allow what is no looser than the container");
	if (result == 0)
		result = hold(interception, bundle.config, &process, error);
	if (result < 0)
		return result;
	if (interception_is_refused(interception))
		return -EPERM;
	return hand_on(interception, process, error);
}
