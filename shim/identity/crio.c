/* CRI-O. Its containers come through conmon as Podman's do and stand in the same kind
 * of store, but the bundle is in the run root, conmon has no clean-up command and hands
 * the runtime's root on, and CRI-O's notes in the store name the pod. From these notes,
 * which root alone can write, comes everything that is believed: CRI-O adds a pod's own
 * annotations to a sandbox's last, so that none is asked. */
#include "shim/identity/identity.h"

#include <errno.h>
#include <string.h>

#include "policy/base/cleanup.h"
#include "policy/base/text.h"
#include "shim/identity/kubelet.h"
#include "shim/identity/lasting.h"
#include "shim/identity/storage.h"

/* conmon runs `RUNTIME --root=R …` because CRI-O gave it `--runtime-arg --root=R`. */
static bool hands_on_root(const struct parent *parent, const char *root)
{
	const char *given = parent_option(parent, "--runtime-arg");
	return root && given && text_starts_with(given, "--root=") && text_equal(given + strlen("--root="), root);
}

static int is_roots_folder(const char *path)
{
	cleanup_store struct store folder = STORE_CLOSED;
	return path ? sign_is_there(store_open(path, &folder, NULL)) : 0;
}

/* conmon for a new container; conmon with -e, or CRI-O itself, for what is done to one. */
static int parent_is_engine(const struct circumstances *circumstances)
{
	const struct invocation *invocation = circumstances->invocation;
	const struct parent *parent = circumstances->parent;
	int result = parent_is_conmon_of(parent, invocation->id, invocation->bundle);
	if (result < 0)
		return result;
	if (result > 0 && !parent_option(parent, "--exit-command") && hands_on_root(parent, invocation->root))
		return is_roots_folder(parent_option(parent, "--exit-dir"));
	if (result > 0 || text_equal(invocation->verb, "create") || text_equal(invocation->verb, "run"))
		return 0;
	if (text_equal(parent->program, "crio"))
		return 1;
	return parent_is_conmon(parent, invocation->id) && !parent_option(parent, "--exit-command") &&
	       hands_on_root(parent, invocation->root);
}

/* GRAPHROOT of a root.path that is GRAPHROOT/DRIVER/LAYER/merged; NULL where it is not. */
static char *graph_root_of(const char *rootfs, const char *driver)
{
	cleanup_free char *below = NULL;
	if (!rootfs || asprintf(&below, "/%s/", driver) < 0)
		return NULL;
	const char *found = NULL;
	for (const char *next = strstr(rootfs, below); next; next = strstr(next + 1, below))
		found = next;
	return found && found > rootfs ? strndup(rootfs, (size_t)(found - rootfs)) : NULL;
}

/* --persist-dir is the container's place below the graph root; conmon for an exec is
 * not given it. */
static char *find_graph_root(const struct circumstances *circumstances, const struct storage_place *run,
			     const struct facts *facts)
{
	const char *given = parent_option(circumstances->parent, "--persist-dir");
	if (!given)
		return graph_root_of(facts ? facts->rootfs : NULL, run->driver);
	cleanup_storage_place struct storage_place graph = {0};
	if (storage_split(given, circumstances->invocation->id, &graph) <= 0 ||
	    !text_equal(graph.folder, run->folder))
		return NULL;
	return take_pointer(graph.root);
}

static int recognise(const struct circumstances *circumstances)
{
	cleanup_storage_place struct storage_place run = {0};
	int result = parent_is_engine(circumstances);
	return result <= 0 ? result
			   : storage_split(circumstances->invocation->bundle, circumstances->invocation->id, &run);
}

/* conmon's and the store's signs are Podman's too. */
static bool resembles(const struct circumstances *circumstances)
{
	return text_equal(circumstances->parent->program, "crio");
}

/* The store's notes on `id`, which must belong to the pod `pod` where that is given. */
static int read_notes(const struct storage *storage, const char *id, const char *pod, json_t **ret_container,
		      json_t **ret_notes, struct error **error)
{
	cleanup_json json_t *container = NULL;
	int result = storage_container(storage, id, &container, error);
	if (result < 0)
		return result;
	cleanup_json json_t *notes = NULL;
	if (storage_metadata(container, &notes) < 0)
		return error_out_of_memory(error);
	const char *noted = json_string_value(json_object_get(notes, "pod-id"));
	if (!store_is_name(noted) || (pod && !text_equal(pod, noted)))
		return error_set(error, EINVAL,
				 "CRI-O's store does not show what %s is, so it is not started; check the "
				 "store, or the runtime's caller",
				 pod ? "this container's pod" : "this container");
	if (ret_container)
		*ret_container = take_pointer(container);
	*ret_notes = take_pointer(notes);
	return 0;
}

static int fill_words(const json_t *notes, const json_t *pod_notes, struct facts *facts)
{
	int result = store_set_fact(&facts->sandbox_id, json_object_get(notes, "pod-id"), PROVENANCE_ENGINE);
	if (result == 0)
		result = store_set_fact(&facts->namespace, json_object_get(pod_notes, "namespace"),
					PROVENANCE_ENGINE);
	if (result == 0)
		result = store_set_fact(&facts->name, json_object_get(notes, "metadata-name"), PROVENANCE_USER);
	if (result == 0)
		result = store_set_fact(&facts->image, json_object_get(notes, "image-name"), PROVENANCE_USER);
	return result;
}

static int add_files(const struct storage *storage, const char *id, const char *pod, struct facts *facts)
{
	static const struct own_path of_pod[] = {
		{"hostname", "the pod's hostname", false},
		{"resolv.conf", "the pod's resolv.conf", false},
		{"shm", "the pod's shared memory", false},
	};
	static const struct own_path of_container[] = {
		{"run/secrets", "CRI-O's subscriptions", true},
		{".containerenv", "CRI-O's .containerenv", false},
		{"passwd", "CRI-O's passwd of this container", false},
		{"group", "CRI-O's group of this container", false},
		{"mounts", "an image's volume that CRI-O made for this container", true},
	};
	int result = storage_add_files(storage->run_root, storage->folder, pod, of_pod, ARRAY_SIZE(of_pod),
				       facts);
	if (result == 0)
		result = storage_add_files(storage->run_root, storage->folder, id, of_container,
					   ARRAY_SIZE(of_container), facts);
	return result;
}

static int fill_from_store(const struct storage *storage, const char *id, struct facts *facts,
			   struct error **error)
{
	cleanup_json json_t *container = NULL, *notes = NULL, *pod_notes = NULL;
	int result = read_notes(storage, id, NULL, &container, &notes, error);
	const char *pod = json_string_value(json_object_get(notes, "pod-id"));
	if (result == 0)
		result = read_notes(storage, pod, pod, NULL, &pod_notes, error);
	if (result == 0)
		result = storage_fill_image(storage, container, facts, error);
	if (result == 0)
		result = fill_words(notes, pod_notes, facts);
	if (result == 0)
		result = add_files(storage, id, pod, facts);
	if (result == 0)
		result = kubelet_add_files(json_string_value(json_object_get(pod_notes, "uid")), facts);
	if (result == 0 && json_is_true(json_object_get(notes, "pod")) && text_equal(pod, id))
		facts->sandbox = SANDBOX_UNPROVEN;
	return result;
}

static int fill(const struct circumstances *circumstances, struct facts *facts, struct error **error)
{
	const char *id = circumstances->invocation->id;
	cleanup_storage_place struct storage_place run = {0};
	if (storage_split(circumstances->invocation->bundle, id, &run) <= 0)
		return -ENOMEM;
	cleanup_free char *graph_root = find_graph_root(circumstances, &run, facts);
	if (!graph_root)
		return error_set(error, EINVAL,
				 "conmon's command line and /root/path do not show where CRI-O's store is");
	const struct storage storage = {
		.graph_root = graph_root,
		.run_root = run.root,
		.driver = run.driver,
		.folder = run.folder,
		.what = "CRI-O's store",
	};
	return fill_from_store(&storage, id, facts, error);
}

const struct identity identity_crio = {
	.engine = ENGINE_CRIO,
	.recognise = recognise,
	.resembles = resembles,
	.fill = fill,
};
