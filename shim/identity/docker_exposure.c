#include "shim/identity/docker_exposure.h"

#include <errno.h>
#include <string.h>

#include "policy/base/cleanup.h"

#define FILE_NAME "hostconfig.json"

static int add_bindings(const char *container, const json_t *bindings, struct facts *facts)
{
	size_t index;
	json_t *binding;
	json_array_foreach(bindings, index, binding) {
		int result = facts_add_port(facts, container, json_string_value(json_object_get(binding, "HostIp")),
					    json_string_value(json_object_get(binding, "HostPort")), index);
		if (result < 0)
			return result;
	}
	return 0;
}

static int set_restarts(const json_t *policy, struct exposure *exposure)
{
	const char *name = json_string_value(json_object_get(policy, "Name"));
	exposure->restart_maximum = json_integer_value(json_object_get(policy, "MaximumRetryCount"));
	exposure->restart_policy = name ? strdup(name) : NULL;
	return name && !exposure->restart_policy ? -ENOMEM : 0;
}

int docker_exposure_fill(const struct store *folder, struct facts *facts, struct error **error)
{
	cleanup_json json_t *host = NULL;
	cleanup_error struct error *missing = NULL;
	int result = store_read_json(folder, FILE_NAME, DOCUMENT_PLAIN, &host, &missing);
	if (result == -ENOENT)
		return 0;
	if (result < 0)
		return error_set(error, -result, "what Docker publishes of this container cannot be told: %s",
				 error_message(missing));
	struct exposure *exposure = &facts->exposure;
	exposure->store = FILE_NAME;
	if (json_is_true(json_object_get(host, "PublishAllPorts")))
		exposure->publishes_all = "/" FILE_NAME "/PublishAllPorts";
	if (json_is_true(json_object_get(host, "Privileged")))
		exposure->privileged = "/" FILE_NAME "/Privileged";
	const char *container;
	json_t *bindings;
	json_object_foreach(json_object_get(host, "PortBindings"), container, bindings) {
		result = add_bindings(container, bindings, facts);
		if (result < 0)
			return result;
	}
	return set_restarts(json_object_get(host, "RestartPolicy"), exposure);
}
