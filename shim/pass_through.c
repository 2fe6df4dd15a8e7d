#include "shim/pass_through.h"

/* The first call after the host's start, before anything was intercepted: the
 * policy names the backend, if it can be read. */
static int open_named_by_policy(struct backend *ret_backend)
{
	cleanup_policy struct policy *policy = NULL;
	int result = policy_open(STATEDIR, &policy, NULL);
	return result < 0 ? result : backend_open(policy_backend(policy), ret_backend, NULL);
}

static int open_backend(struct backend *ret_backend, struct error **error)
{
	if (backend_open_recorded(ret_backend) == 0 || open_named_by_policy(ret_backend) == 0)
		return 0;
	return backend_open_any(ret_backend, error);
}

int pass_through(struct interception *interception, struct error **error)
{
	cleanup_arguments char **arguments = NULL;
	struct backend *backend = &interception->backend;
	/* open already where an intercepted verb only asks for help */
	int result = backend->descriptor >= 0 ? 0 : open_backend(backend, error);
	if (result == 0)
		result = command_line_check_reading(&interception->invocation, backend->kind, error);
	if (result == 0)
		result = command_line_pass_through(&interception->invocation, backend_kind_name(backend->kind),
						   &arguments, error);
	if (result < 0)
		return result;
	return backend_execute(backend, arguments, error);
}
