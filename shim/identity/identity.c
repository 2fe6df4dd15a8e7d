#include "shim/identity/identity.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "policy/base/cleanup.h"
#include "policy/base/file.h"

/* In the order in which they are asked: the first that recognises the container
 * is its engine. containerd's own stands behind those that are built on it. Where
 * none does, no fact is engine-set and no mount counts as the engine's own. Without
 * any engine's sign the runtime was called by hand, which is ENGINE_NONE; with one, the
 * signs contradict each other, and no scope can be made for that. */
static const struct identity *const identities[] = {
	&identity_docker,
	&identity_docker_plugin,
	&identity_cri,
	&identity_containerd,
	&identity_crio,
	&identity_podman,
	&identity_buildkit,
};

static int set_copy(char **place, const char *value)
{
	if (!value)
		return 0;
	*place = strdup(value);
	return *place ? 0 : -ENOMEM;
}

/* root.path, absolute. What it really is, the controls ask the kernel. */
static int set_rootfs(const json_t *config, struct facts *facts)
{
	const char *path = json_string_value(json_object_get(json_object_get(config, "root"), "path"));
	if (!path || !*path)
		return 0;
	if (path[0] == '/' || !facts->bundle)
		return set_copy(&facts->rootfs, path);
	if (asprintf(&facts->rootfs, "%s/%s", facts->bundle, path) < 0) {
		facts->rootfs = NULL;
		return -ENOMEM;
	}
	return 0;
}

static int fill_common(const struct invocation *invocation, const json_t *config, struct facts *facts)
{
	facts->advisory = file_host_root_is_unmapped();
	int result = set_copy(&facts->id, invocation->id);
	if (result == 0)
		result = set_copy(&facts->bundle, invocation->bundle);
	if (result == 0)
		result = set_rootfs(config, facts);
	return result;
}

static int fill_by_engine(const struct circumstances *circumstances, struct facts *facts,
			  struct error **error)
{
	for (size_t i = 0; i < ARRAY_SIZE(identities); i++) {
		int recognised = identities[i]->recognise(circumstances);
		if (recognised < 0)
			return error_set_errno(error, -recognised, "telling whether this container is of the engine %s",
					       engine_name(identities[i]->engine));
		if (!recognised)
			continue;
		facts->engine = identities[i]->engine;
		/* containerd's is among the signs by which its containers are recognised */
		if (identities[i]->gives_no_root &&
		    set_copy(&facts->foreign_root, circumstances->invocation->root) < 0)
			return error_out_of_memory(error);
		int result = identities[i]->fill(circumstances, facts, error);
		return result == -ENOMEM ? error_out_of_memory(error) : result;
	}
	for (size_t i = 0; i < ARRAY_SIZE(identities); i++) {
		if (identities[i]->resembles && identities[i]->resembles(circumstances))
			facts->engine = ENGINE_CONTRADICTORY;
	}
	return 0;
}

int identity_fill_for(const struct invocation *invocation, const struct parent *parent,
		      const json_t *config, struct facts *ret_facts, struct error **error)
{
	struct facts facts = {0};
	struct task task = {0};
	struct circumstances circumstances = {
		.invocation = invocation,
		.parent = parent,
		.config = config,
	};
	int result = fill_common(invocation, config, &facts);
	if (result == 0)
		result = task_read(invocation, parent, &task);
	if (result < 0) {
		result = error_set_errno(error, -result, "telling which container of its engine this is");
	} else {
		circumstances.task = result > 0 ? &task : NULL;
		result = fill_by_engine(&circumstances, &facts, error);
	}
	task_release(&task);
	if (result < 0) {
		facts_release(&facts);
		return result;
	}
	*ret_facts = facts;
	return 0;
}

int identity_fill(const struct invocation *invocation, const json_t *config, struct facts *ret_facts,
		  struct error **error)
{
	struct parent parent = {0};
	int result = parent_read(&parent);
	if (result < 0)
		return error_set_errno(error, -result, "reading which program called the runtime");
	result = identity_fill_for(invocation, &parent, config, ret_facts, error);
	parent_release(&parent);
	return result;
}
