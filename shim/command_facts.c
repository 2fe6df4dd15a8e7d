#include "shim/command_facts.h"

#include <stdlib.h>

#include "shim/descriptors.h"

int command_facts_fill(const struct invocation *invocation, struct facts *facts, struct error **error)
{
	const char *socket = getenv("NOTIFY_SOCKET");
	facts->no_pivot = invocation_flag(invocation, "no-pivot");
	facts->no_new_keyring = invocation_flag(invocation, "no-new-keyring");
	facts->other_cgroup = invocation_value(invocation, "cgroup") != NULL;
	facts->notify_socket = socket && *socket;
	return descriptors_passed(invocation, &facts->passed_descriptors, error);
}
