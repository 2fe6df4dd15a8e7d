/* containerd's CRI plugin. Its namespace is "k8s.io"; whether a container is the
 * plugin's, and whether it is a pod's sandbox, its own folders tell:
 * ROOT/io.containerd.grpc.v1.cri/{sandboxes,containers}/ID, made before the runtime
 * is called. Only of a container found there are the annotations that the plugin
 * sets believed, and they must agree with the folders and the shim's command line.
 * Which image a sandbox runs only containerd's socket would tell, so that none is more
 * than SANDBOX_UNPROVEN: its root may hold anything that was put into that image. */
#include "shim/identity/identity.h"

#include <errno.h>

#include "policy/base/cleanup.h"
#include "policy/base/text.h"
#include "shim/identity/kubelet.h"
#include "shim/identity/lasting.h"
#include "shim/identity/store.h"

#define NAMESPACE "k8s.io"
#define PLUGIN "io.containerd.grpc.v1.cri"
#define ANNOTATION "io.kubernetes.cri."

/* 1, 0, or -errno where something failed. */
static int has_folder(const char *root, const char *kind, const char *id)
{
	cleanup_store struct store plugin = STORE_CLOSED;
	cleanup_store struct store all = STORE_CLOSED;
	cleanup_store struct store folder = STORE_CLOSED;
	cleanup_free char *path = NULL;
	if (asprintf(&path, "%s/" PLUGIN, root) < 0)
		return -ENOMEM;
	int result = store_open(path, &plugin, NULL);
	if (result == 0)
		result = store_open_below(&plugin, kind, &all, NULL);
	if (result == 0)
		result = store_open_below(&all, id, &folder, NULL);
	return sign_is_there(result);
}

static int is_sandbox(const struct circumstances *circumstances)
{
	return has_folder(circumstances->task->data, "sandboxes", circumstances->invocation->id);
}

static int recognise(const struct circumstances *circumstances)
{
	const struct task *task = circumstances->task;
	if (!task || !task->data || !text_equal(task->namespace, NAMESPACE))
		return 0;
	int result = is_sandbox(circumstances);
	return result != 0 ? result : has_folder(task->data, "containers", circumstances->invocation->id);
}

static const json_t *annotation(const struct circumstances *circumstances, const char *key)
{
	return json_object_get(json_object_get(circumstances->config, "annotations"), key);
}

/* The sandbox's id: the annotation, the shim that serves the whole pod, and for a
 * sandbox itself the command line must all say the same. */
static int check_sandbox(const struct circumstances *circumstances, const struct facts *facts,
			 struct error **error)
{
	const char *type = json_string_value(annotation(circumstances, ANNOTATION "container-type"));
	const char *sandbox = json_string_value(annotation(circumstances, ANNOTATION "sandbox-id"));
	const char *expected = facts->sandbox ? "sandbox" : "container";
	if (!text_equal(type, expected))
		return error_set(error, EINVAL,
				 "/annotations/" ANNOTATION "container-type does not say \"%s\", which is "
				 "what containerd's store has this for; was it set by hand?", expected);
	if (!store_is_name(sandbox) || !text_equal(sandbox, circumstances->task->group) ||
	    (facts->sandbox && !text_equal(sandbox, circumstances->invocation->id)))
		return error_set(error, EINVAL,
				 "/annotations/" ANNOTATION "sandbox-id is not the pod whose shim started "
				 "this container; was it set by hand?");
	int there = facts->sandbox ? 1 : has_folder(circumstances->task->data, "sandboxes", sandbox);
	if (there < 0)
		return error_set_errno(error, -there, "looking for the pod's sandbox");
	if (!there)
		return error_set(error, EINVAL,
				 "/annotations/" ANNOTATION "sandbox-id names a sandbox that containerd's "
				 "store does not have");
	return 0;
}

static int fill_words(const struct circumstances *circumstances, struct facts *facts)
{
	const char *name = facts->sandbox ? ANNOTATION "sandbox-name" : ANNOTATION "container-name";
	const char *image = facts->sandbox ? ANNOTATION "podsandbox.image-name" : ANNOTATION "image-name";
	int result = store_set_fact(&facts->sandbox_id, annotation(circumstances, ANNOTATION "sandbox-id"),
				    PROVENANCE_ENGINE);
	if (result == 0)
		result = store_set_fact(&facts->namespace,
					annotation(circumstances, ANNOTATION "sandbox-namespace"),
					PROVENANCE_ENGINE);
	if (result == 0)
		result = store_set_fact(&facts->name, annotation(circumstances, name), PROVENANCE_USER);
	if (result == 0)
		result = store_set_fact(&facts->image, annotation(circumstances, image), PROVENANCE_USER);
	return result;
}

/* hostname, hosts and resolv.conf stand below containerd's root directory, the
 * shared memory below its state directory. A folder that is missing adds nothing. */
static int add_sandbox_files(const char *directory, const char *sandbox, const struct own_path *files,
			     size_t count, struct facts *facts)
{
	cleanup_free char *path = NULL;
	cleanup_store struct store folder = STORE_CLOSED;
	if (asprintf(&path, "%s/" PLUGIN "/sandboxes/%s", directory, sandbox) < 0)
		return -ENOMEM;
	if (store_open(path, &folder, NULL) < 0)
		return 0;
	return store_add_paths(facts, &folder, files, count);
}

static int fill(const struct circumstances *circumstances, struct facts *facts, struct error **error)
{
	static const struct own_path texts[] = {
		{"hostname", "the pod's hostname", false},
		{"hosts", "the pod's hosts", false},
		{"resolv.conf", "the pod's resolv.conf", false},
	};
	static const struct own_path memory[] = {{"shm", "the pod's shared memory", false}};

	int result = is_sandbox(circumstances);
	if (result < 0)
		return error_set_errno(error, -result, "telling whether this container is a pod's sandbox");
	facts->sandbox = result ? SANDBOX_UNPROVEN : SANDBOX_NOT;
	result = check_sandbox(circumstances, facts, error);
	if (result < 0)
		return result;
	const struct task *task = circumstances->task;
	result = fill_words(circumstances, facts);
	if (result == 0)
		result = add_sandbox_files(task->data, task->group, texts, ARRAY_SIZE(texts), facts);
	if (result == 0)
		result = add_sandbox_files(task->state, task->group, memory, ARRAY_SIZE(memory), facts);
	if (result == 0)
		result = kubelet_add_files(
			json_string_value(annotation(circumstances, ANNOTATION "sandbox-uid")), facts);
	return result;
}

const struct identity identity_cri = {
	.engine = ENGINE_CRI,
	.recognise = recognise,
	.fill = fill,
};
