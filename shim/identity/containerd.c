/* containerd's own clients: ctr, nerdctl and whatever else has its socket. The
 * namespace is proven by path and parent, nerdctl's own files by its store; everything
 * else is the client's word. */
#include "shim/identity/identity.h"

#include "policy/base/cleanup.h"
#include "policy/base/text.h"
#include "shim/identity/nerdctl.h"

/* Docker and CRI were asked before. What they did not take stands in their
 * namespace but is not theirs (`ctr --namespace k8s.io run`): contradicting signs. */
static const char *const taken[] = {"moby", "plugins.moby", "k8s.io"};

static int recognise(const struct circumstances *circumstances)
{
	if (!circumstances->task)
		return false;
	for (size_t i = 0; i < ARRAY_SIZE(taken); i++) {
		if (text_equal(circumstances->task->namespace, taken[i]))
			return false;
	}
	return true;
}

static int fill(const struct circumstances *circumstances, struct facts *facts, struct error **error)
{
	(void)error;
	int result = fact_set(&facts->namespace, circumstances->task->namespace, PROVENANCE_ENGINE);
	return result < 0 ? result : nerdctl_add_files(circumstances, facts);
}

static bool resembles(const struct circumstances *circumstances)
{
	return task_resembles(circumstances->invocation, circumstances->parent);
}

const struct identity identity_containerd = {
	.engine = ENGINE_CONTAINERD,
	.recognise = recognise,
	.resembles = resembles,
	.fill = fill,
};
