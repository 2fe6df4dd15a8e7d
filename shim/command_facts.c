#include "shim/command_facts.h"

#include <errno.h>
#include <stdlib.h>

#include "policy/base/cleanup.h"
#include "shim/descriptors.h"

int command_facts_fill(const struct invocation *invocation, struct facts *facts, struct error **error)
{
	const char *socket = getenv("NOTIFY_SOCKET");
	facts->no_pivot = invocation_flag(invocation, "no-pivot");
	facts->no_new_keyring = invocation_flag(invocation, "no-new-keyring");
	facts->notify_socket = socket && *socket;
	return descriptors_passed(invocation, &facts->passed_descriptors, error);
}

static bool is_enforced(const json_t *settings)
{
	return setting_word_is(settings, "action", "refuse") || setting_word_is(settings, "action", "rewrite");
}

int command_facts_judge_exec(struct interception *interception, struct error **error)
{
	const struct control *control = control_by_name("command-line");
	const json_t *settings = json_object_get(interception->effective.controls, control->name);
	if (!settings)
		return error_set(error, EINVAL, "the policy has no settings for control %s", control->name);
	if (!is_enforced(settings))
		return 0;
	const struct container_view nothing = {.verb = VERB_EXEC};
	struct findings findings = {0};
	int result = control->assess(&nothing, &interception->facts, settings, &findings, error);
	for (size_t i = 0; result == 0 && i < findings.count; i++)
		result = interception_add_reason(interception, error, "%s %s (%s)", findings.items[i].pointer,
						 findings.items[i].why, control->name);
	findings_release(&findings);
	return result == -ENOMEM ? error_out_of_memory(error) : result;
}
