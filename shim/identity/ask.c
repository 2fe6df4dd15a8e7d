#include "shim/identity/ask.h"

#include <errno.h>
#include <string.h>

#include "policy/base/cleanup.h"
#include "policy/base/text.h"
#include "shim/containerd/containerd.h"
#include "shim/identity/storage.h"
#include "shim/image_trust.h"

/* containers/storage calls an image by a digest that it has not proven. */
static bool is_called_only(const struct facts *facts)
{
	return (facts->engine == ENGINE_PODMAN || facts->engine == ENGINE_CRIO) &&
	       facts->config_digest.provenance == PROVENANCE_USER;
}

bool identity_engine_knows_more(const struct facts *facts)
{
	static const enum engine engines[] = {ENGINE_CONTAINERD, ENGINE_CRI, ENGINE_DOCKER};
	for (size_t i = 0; i < ARRAY_SIZE(engines); i++) {
		if (facts->engine == engines[i])
			return !facts->config_digest.value;
	}
	return is_called_only(facts);
}

/* The name of the snapshotter by dockerd's mount point, DATA-ROOT/rootfs/NAME/ID. */
static char *docker_snapshotter(const struct facts *facts)
{
	static const char folder[] = "/rootfs/";
	if (facts->engine != ENGINE_DOCKER || !facts->rootfs)
		return NULL;
	const char *end = strrchr(facts->rootfs, '/');
	if (!end || !text_equal(end + 1, facts->id))
		return NULL;
	const char *name = end;
	while (name > facts->rootfs && name[-1] != '/')
		name--;
	size_t before = (size_t)(name - facts->rootfs), length = sizeof(folder) - 1;
	if (before < length || strncmp(name - length, folder, length) != 0)
		return NULL;
	return strndup(name, (size_t)(end - name));
}

static int prove(struct fact *fact, const char *digest)
{
	return digest ? fact_set(fact, digest, PROVENANCE_ENGINE) : 0;
}

/* What deny alone may go by. */
static int fill_claims(const struct containerd_container *container, struct facts *facts)
{
	cleanup_text struct text digests = {0};
	if (container->image_digest)
		text_append_format(&digests, "%s ", container->image_digest);
	if (container->possible)
		text_append(&digests, container->possible);
	if (!digests.length && !digests.failed)
		return 0;
	facts->claimed_digests = text_finish(&digests);
	return facts->claimed_digests ? 0 : -ENOMEM;
}

static int fill(struct containerd_container *container, struct facts *facts)
{
	int result = prove(&facts->config_digest, container->proven_config);
	if (result == 0)
		result = prove(&facts->manifest_digest, container->proven_manifest);
	if (result == 0)
		result = prove(&facts->index_digest, container->proven_index);
	if (result == 0 && container->image && !facts->image.value)
		result = fact_set(&facts->image, container->image, PROVENANCE_USER);
	if (result < 0)
		return result;
	if (!facts->claimed_digests && fill_claims(container, facts) < 0)
		return -ENOMEM;
	facts->chain_id = take_pointer(container->chain_id);
	facts->snapshot_lower = take_pointer(container->lower);
	facts->snapshot_upper = take_pointer(container->upper);
	if (facts->sandbox == SANDBOX_UNPROVEN && facts->config_digest.value)
		facts->sandbox = SANDBOX_PROVEN;
	return 0;
}

static int ask(const struct task *task, const struct parent *parent, struct facts *facts, struct error **error)
{
	cleanup_free char *snapshotter = docker_snapshotter(facts);
	cleanup_containerd_container struct containerd_container container = {0};
	const struct containerd_question question = {
		.socket = parent_option(parent, "-address"),
		.namespace = task->namespace,
		.container = facts->id,
		.snapshotter = snapshotter,
		.image_digest = facts->manifest_digest.value,
		.cache = TRUST_CONTENTS,
	};
	if (!question.socket)
		return error_set(error, EINVAL, "containerd's shim does not say where containerd's socket is, so "
				 "which image this is cannot be asked for");
	int result = containerd_ask(&question, &container, error);
	if (result == 0 && fill(&container, facts) < 0)
		result = error_out_of_memory(error);
	return result;
}

int identity_ask_engine_for(const struct invocation *invocation, const struct parent *parent, struct facts *facts,
			    struct error **error)
{
	struct task task = {0};
	if (!identity_engine_knows_more(facts))
		return 0;
	if (is_called_only(facts))
		return storage_prove_configuration(facts, error);
	int result = task_read(invocation, parent, &task);
	if (result < 0)
		return error_set_errno(error, -result, "telling which container of containerd's this is");
	if (result == 0)
		return error_set(error, EINVAL, "the caller is no longer containerd's shim for this container");
	result = ask(&task, parent, facts, error);
	task_release(&task);
	return result;
}

int identity_ask_engine(const struct invocation *invocation, struct facts *facts, struct error **error)
{
	struct parent parent = {0};
	if (!identity_engine_knows_more(facts))
		return 0;
	int result = parent_read(&parent);
	if (result < 0)
		return error_set_errno(error, -result, "reading which program called the runtime");
	result = identity_ask_engine_for(invocation, &parent, facts, error);
	parent_release(&parent);
	return result;
}
