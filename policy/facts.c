#include "policy/facts.h"

#include <errno.h>
#include <string.h>

#include "policy/base/cleanup.h"

static const char *const engine_names[] = {
	[ENGINE_NONE] = "none",	  [ENGINE_DOCKER] = "docker", [ENGINE_CONTAINERD] = "containerd",
	[ENGINE_CRI] = "cri",	  [ENGINE_PODMAN] = "podman", [ENGINE_CRIO] = "crio",
	[ENGINE_BUILDKIT] = "buildkit", [ENGINE_CONTRADICTORY] = "contradictory",
};

const char *engine_name(enum engine engine)
{
	return engine < ARRAY_SIZE(engine_names) ? engine_names[engine] : "none";
}

int engine_from_name(const char *name, enum engine *ret)
{
	for (size_t i = 0; i < ENGINE_CONTRADICTORY; i++) {
		if (strcmp(name, engine_names[i]) == 0) {
			*ret = (enum engine)i;
			return 0;
		}
	}
	return -EINVAL;
}

int facts_add_path(struct facts *facts, const char *path, bool below, bool volume, const char *what)
{
	struct engine_path *paths =
		reallocarray(facts->paths, facts->path_count + 1, sizeof(*facts->paths));
	if (!paths)
		return -ENOMEM;
	facts->paths = paths;
	char *copy = strdup(path);
	if (!copy)
		return -ENOMEM;
	paths[facts->path_count++] =
		(struct engine_path){.path = copy, .below = below, .volume = volume, .what = what};
	return 0;
}

static void release_port(const struct published_port *port)
{
	free(port->container);
	free(port->host_address);
	free(port->host_port);
}

int facts_add_port(struct facts *facts, const char *container, const char *host_address,
		   const char *host_port, size_t index)
{
	struct exposure *exposure = &facts->exposure;
	struct published_port *ports =
		reallocarray(exposure->ports, exposure->port_count + 1, sizeof(*exposure->ports));
	if (!ports)
		return -ENOMEM;
	exposure->ports = ports;
	struct published_port port = {
		.container = strdup(container),
		.host_address = host_address ? strdup(host_address) : NULL,
		.host_port = host_port ? strdup(host_port) : NULL,
		.index = index,
	};
	if (!port.container || (host_address && !port.host_address) || (host_port && !port.host_port)) {
		release_port(&port);
		return -ENOMEM;
	}
	ports[exposure->port_count++] = port;
	return 0;
}

int facts_add_hook(struct facts *facts, const char *path, const char *what)
{
	int result = facts_add_path(facts, path, false, false, what);
	if (result == 0)
		facts->paths[facts->path_count - 1].hook = true;
	return result;
}

int fact_set(struct fact *fact, const char *value, enum provenance provenance)
{
	char *copy = strdup(value);
	if (!copy)
		return -ENOMEM;
	free(fact->value);
	*fact = (struct fact){.value = copy, .provenance = provenance};
	return 0;
}

void facts_release(struct facts *facts)
{
	free(facts->id);
	free(facts->bundle);
	free(facts->rootfs);
	free(facts->namespace.value);
	free(facts->name.value);
	free(facts->image.value);
	free(facts->config_digest.value);
	free(facts->manifest_digest.value);
	free(facts->index_digest.value);
	free(facts->claimed_digests);
	free(facts->claims_file);
	free(facts->sandbox_id.value);
	json_decref(facts->labels);
	json_decref(facts->signers);
	json_decref(facts->named_by);
	json_decref(facts->one_hand);
	free(facts->chain_id);
	free(facts->snapshot_lower);
	free(facts->snapshot_upper);
	free(facts->storage);
	free(facts->network_namespaces);
	for (size_t i = 0; i < facts->path_count; i++)
		free(facts->paths[i].path);
	free(facts->paths);
	free(facts->backend_name);
	free(facts->backend_version);
	json_decref(facts->backend_flaws);
	for (size_t i = 0; i < facts->exposure.port_count; i++)
		release_port(&facts->exposure.ports[i]);
	free(facts->exposure.ports);
	free(facts->exposure.restart_policy);
	free(facts->foreign_root);
	*facts = (struct facts){0};
}
