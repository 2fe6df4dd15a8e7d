#include "shim/identity/task.h"

#include <errno.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>

#include "policy/base/cleanup.h"
#include "policy/base/text.h"
#include "shim/identity/lasting.h"

#define TASKS "/io.containerd.runtime.v2.task/"

static const char *const shim_programs[] = {"containerd-shim-runc-v2", "containerd-shim-runc-v1"};

static bool parent_is_shim(const struct parent *parent)
{
	for (size_t i = 0; parent->program && i < ARRAY_SIZE(shim_programs); i++) {
		if (text_equal(parent->program, shim_programs[i]))
			return true;
	}
	return false;
}

/* Splits STATE/io.containerd.runtime.v2.task/NAMESPACE/ID. */
static int split_bundle(const char *bundle, const char *id, struct task *task)
{
	/* the last one: a state directory may have any name */
	const char *tasks = NULL;
	for (const char *next = strstr(bundle, TASKS); next; next = strstr(next + 1, TASKS))
		tasks = next;
	if (!tasks)
		return 0;
	const char *namespace = tasks + strlen(TASKS);
	const char *slash = strchr(namespace, '/');
	if (!slash || slash == namespace || !text_equal(slash + 1, id))
		return 0;
	task->state = strndup(bundle, (size_t)(tasks - bundle));
	task->namespace = strndup(namespace, (size_t)(slash - namespace));
	return task->state && task->namespace ? 1 : -ENOMEM;
}

/* go-runc joins the runtime's root and the namespace. */
static bool root_ends_in(const char *root, const char *namespace)
{
	const char *slash = root ? strrchr(root, '/') : NULL;
	return slash && text_equal(slash + 1, namespace);
}

/* containerd puts a link "work" into each bundle, to the task's folder below its
 * root directory. The bundle is root's, so the link is containerd's. */
static int read_data(const char *bundle, const char *id, struct task *task)
{
	cleanup_free char *link = NULL, *target = malloc(PATH_MAX), *tail = NULL;
	if (!target || asprintf(&link, "%s/work", bundle) < 0)
		return -ENOMEM;
	ssize_t length = readlink(link, target, PATH_MAX - 1);
	if (length < 0 && !error_is_lasting(errno))
		return -errno;
	if (length <= 0 || target[0] != '/')
		return 0;
	target[length] = '\0';
	if (asprintf(&tail, TASKS "%s/%s", task->namespace, id) < 0)
		return -ENOMEM;
	if (!text_ends_with(target, tail))
		return 0;
	task->data = strndup(target, (size_t)length - strlen(tail));
	return task->data ? 0 : -ENOMEM;
}

int task_read(const struct invocation *invocation, const struct parent *parent, struct task *ret_task)
{
	if (!invocation->bundle || !invocation->id)
		return 0;
	struct task task = {0};
	const char *group = parent_option(parent, "-id");
	int result = split_bundle(invocation->bundle, invocation->id, &task);
	if (result > 0 && !(parent_is_shim(parent) && group &&
			    root_ends_in(invocation->root, task.namespace) &&
			    text_equal(parent_option(parent, "-namespace"), task.namespace)))
		result = 0;
	if (result > 0) {
		task.group = strdup(group);
		int read = task.group ? read_data(invocation->bundle, invocation->id, &task) : -ENOMEM;
		result = read < 0 ? read : 1;
	}
	if (result > 0)
		*ret_task = task;
	else
		task_release(&task);
	return result;
}

bool task_resembles(const struct invocation *invocation, const struct parent *parent)
{
	return parent_is_shim(parent) || (invocation->bundle && strstr(invocation->bundle, TASKS));
}

void task_release(struct task *task)
{
	free(task->state);
	free(task->namespace);
	free(task->group);
	free(task->data);
	*task = (struct task){0};
}
