#include "shim/running_container.h"

#include <errno.h>

#include "shim/container_state.h"

int running_container_open(struct interception *interception, struct bundle *ret_bundle, struct error **error)
{
	struct container_state state = {0};
	int result = container_state_find(&interception->invocation, &state, error);
	if (result < 0)
		return result;
	interception->invocation.bundle = state.bundle;
	result = bundle_open(state.bundle, ret_bundle, error);
	if (result == 0)
		result = interception_resolve(interception, ret_bundle->config, error);
	interception->facts.init_process = state.process;
	if (result == 0 && interception->backend.kind != state.kind)
		result = error_set(error, EINVAL,
				   "the container was started by %s, but the policy's backend is %s; start it anew",
				   backend_kind_name(state.kind), backend_kind_name(interception->backend.kind));
	return result;
}
