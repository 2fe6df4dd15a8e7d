/* dockerd. Its namespace in containerd is "moby"; the data root follows from
 * root.path, which dockerd writes, and there containers/ID/config.v2.json, written
 * before the runtime is called, is what the container really is. */
#include "shim/identity/identity.h"

#include <errno.h>
#include <string.h>

#include "policy/base/cleanup.h"
#include "policy/base/text.h"
#include "policy/trust/digest.h"
#include "shim/identity/docker_exposure.h"
#include "shim/identity/store.h"

#define NAMESPACE "moby"
#define PLUGIN_NAMESPACE "plugins.moby"
#define EXEC_ROOT "/run/docker"
#define OWN_CONTAINERD "/containerd/daemon"

/* Where a storage driver mounts containers: DATA-ROOT + folder + NAME + tail. */
static const struct storage_driver {
	const char *folder, *tail;
	bool classic; /* Docker's own image store, where Image is a configuration's digest */
} drivers[] = {
	{"/overlay2/", "/merged", true},
	{"/fuse-overlayfs/", "/merged", true},
	{"/overlay/", "/merged", true},
	{"/vfs/dir/", "", true},
	{"/btrfs/subvolumes/", "", true},
	{"/zfs/graph/", "", true},
	{"/aufs/mnt/", "", true},
	{"/devicemapper/mnt/", "/rootfs", true},
	{"/rootfs/overlayfs/", "", false},
	{"/rootfs/native/", "", false},
	{"/rootfs/fuse-overlayfs/", "", false},
	{"/rootfs/btrfs/", "", false},
	{"/rootfs/zfs/", "", false},
};

/* dockerd's own binds: `--init` (Debian's docker-init is a link to tini). */
static const char *const init_programs[] = {
	"/usr/bin/docker-init",
	"/usr/libexec/docker/docker-init",
	"/usr/local/bin/docker-init",
	"/usr/local/libexec/docker/docker-init",
};
#define INIT_DESTINATION "/sbin/docker-init"

/* Below containers/ID. */
static const struct own_path own_paths[] = {
	{"hostname", "Docker's hostname", false},
	{"hosts", "Docker's hosts", false},
	{"resolv.conf", "Docker's resolv.conf", false},
	{"mounts/shm", "Docker's shared memory of this container", false},
	{"mounts/secrets", "Docker's secrets of this container", true},
	{"configs", "Docker's configs of this container", true},
};

/* The length of DATA-ROOT in `rootfs`, 0 where the driver's pattern does not fit. */
static size_t data_root_length(const struct storage_driver *driver, const char *rootfs)
{
	size_t length = strlen(rootfs), tail = strlen(driver->tail);
	if (!text_ends_with(rootfs, driver->tail))
		return 0;
	const char *end = rootfs + length - tail;
	const char *name = end;
	while (name > rootfs && name[-1] != '/')
		name--;
	size_t folder = strlen(driver->folder);
	if (name == end || (size_t)(name - rootfs) <= folder ||
	    strncmp(name - folder, driver->folder, folder) != 0)
		return 0;
	return (size_t)(name - rootfs) - folder;
}

static const struct storage_driver *find_driver(const char *rootfs, size_t *ret_length)
{
	for (size_t i = 0; rootfs && i < ARRAY_SIZE(drivers); i++) {
		*ret_length = data_root_length(&drivers[i], rootfs);
		if (*ret_length > 0)
			return &drivers[i];
	}
	return NULL;
}

static int fill_digests(const json_t *container, bool classic, struct facts *facts)
{
	const char *image = json_string_value(json_object_get(container, "Image"));
	const char *manifest =
		json_string_value(json_object_get(json_object_get(container, "ImageManifest"), "digest"));
	if (!digest_is_valid(image))
		return 0;
	if (classic)
		return fact_set(&facts->config_digest, image, PROVENANCE_ENGINE);
	/* containerd's image store: Image is what the name pointed to, an index or a
	 * manifest, and only where the platform's manifest is named too are they told apart */
	if (!digest_is_valid(manifest))
		return 0;
	int result = fact_set(&facts->manifest_digest, manifest, PROVENANCE_ENGINE);
	if (result == 0 && !text_equal(image, manifest))
		result = fact_set(&facts->index_digest, image, PROVENANCE_ENGINE);
	return result;
}

static int fill_words(json_t *container, struct facts *facts)
{
	json_t *config = json_object_get(container, "Config");
	const char *name = json_string_value(json_object_get(container, "Name"));
	int result = 0;
	if (name && name[0] == '/' && name[1])
		result = fact_set(&facts->name, name + 1, PROVENANCE_USER);
	if (result == 0)
		result = store_set_fact(&facts->image, json_object_get(config, "Image"), PROVENANCE_USER);
	json_t *labels = json_object_get(config, "Labels");
	if (json_is_object(labels))
		facts->labels = json_incref(labels);
	return result;
}

/* The volumes that this container was given, by name: other containers' are not
 * its business, however their folders are spelled. Drivers other than "local"
 * keep their volumes anywhere. */
static int add_volumes(const json_t *container, const struct store *data, struct facts *facts)
{
	const char *destination;
	json_t *mount;
	json_object_foreach(json_object_get(container, "MountPoints"), destination, mount) {
		const char *name = json_string_value(json_object_get(mount, "Name"));
		if (!text_equal(json_string_value(json_object_get(mount, "Type")), "volume") ||
		    !text_equal(json_string_value(json_object_get(mount, "Driver")), "local") ||
		    !store_is_name(name))
			continue;
		cleanup_free char *path = NULL;
		if (asprintf(&path, "volumes/%s/_data", name) < 0)
			return -ENOMEM;
		int result = store_add_volume(facts, data, path, "a named volume of Docker");
		if (result < 0)
			return result;
	}
	return 0;
}

static bool has_mount_at(const json_t *config, const char *destination)
{
	size_t i;
	json_t *mount;
	json_array_foreach(json_object_get(config, "mounts"), i, mount) {
		if (text_equal(json_string_value(json_object_get(mount, "destination")), destination))
			return true;
	}
	return false;
}

static int add_init(const json_t *config, struct facts *facts)
{
	if (!has_mount_at(config, INIT_DESTINATION))
		return 0;
	return store_add_programs(facts, init_programs, ARRAY_SIZE(init_programs), "Docker's init program");
}

/* Reads containers/ID/config.v2.json, which must exist and name this container. */
static int read_container(const struct store *data, const char *id, struct store *ret_folder,
			  json_t **ret_container, struct error **error)
{
	cleanup_store struct store containers = STORE_CLOSED;
	int result = store_open_below(data, "containers", &containers, error);
	if (result == 0)
		result = store_open_below(&containers, id, ret_folder, error);
	if (result == 0)
		result = store_read_json(ret_folder, "config.v2.json", DOCUMENT_PLAIN, ret_container, error);
	if (result == 0 &&
	    !text_equal(json_string_value(json_object_get(*ret_container, "ID")), id))
		result = error_set(error, EINVAL, "\"%s/config.v2.json\" is another container's",
				   ret_folder->path);
	if (result < 0)
		(void)error_prefix(error, "Docker's store does not show what this container is, so it "
				   "is not started; check the store, or the runtime's caller");
	return result;
}

static int fill_from_store(const struct circumstances *circumstances, const struct store *data,
			   bool classic, struct facts *facts, struct error **error)
{
	cleanup_store struct store folder = STORE_CLOSED;
	cleanup_json json_t *container = NULL;
	int result = read_container(data, circumstances->invocation->id, &folder, &container, error);
	if (result < 0)
		return result;
	result = fill_digests(container, classic, facts);
	if (result == 0)
		result = fill_words(container, facts);
	if (result == 0)
		result = store_add_paths(facts, &folder, own_paths, ARRAY_SIZE(own_paths));
	if (result == 0)
		result = add_volumes(container, data, facts);
	if (result == 0)
		result = add_init(circumstances->config, facts);
	if (result == 0)
		result = docker_exposure_fill(&folder, facts, error);
	return result;
}

/* dockerd starts a containerd of its own with its state in EXEC-ROOT/containerd/daemon;
 * beside the system's one the exec root does not show and is taken for the usual one. */
static int set_network_namespaces(const struct task *task, struct facts *facts)
{
	if (!text_ends_with(task->state, OWN_CONTAINERD))
		return store_set_network_namespaces(facts, EXEC_ROOT);
	cleanup_free char *exec_root = strndup(task->state, strlen(task->state) - strlen(OWN_CONTAINERD));
	return exec_root ? store_set_network_namespaces(facts, exec_root) : -ENOMEM;
}

static int recognise(const struct circumstances *circumstances)
{
	const struct task *task = circumstances->task;
	return task && text_equal(task->namespace, NAMESPACE);
}

/* dockerd never puts two containers into one shim; a container's user can, by
 * the annotations that containerd's shim groups by. */
static int check_group(const struct circumstances *circumstances, struct error **error)
{
	if (text_equal(circumstances->task->group, circumstances->invocation->id))
		return 0;
	return error_set(error, EINVAL, "an annotation puts this container into another container's shim, "
			 "which Docker never does; remove io.containerd.runc.v2.group and "
			 "io.kubernetes.cri.sandbox-id from /annotations");
}

/* DATA-ROOT/image/DRIVER/repositories.json: which name stands for which configuration. */
static int set_claims_file(const struct store *data, const struct storage_driver *driver, struct facts *facts)
{
	const char *name = driver->folder + 1;
	if (driver->classic && asprintf(&facts->claims_file, "%s/image/%.*s/repositories.json", data->path,
					(int)strcspn(name, "/"), name) < 0) {
		facts->claims_file = NULL;
		return -ENOMEM;
	}
	return 0;
}

static int fill(const struct circumstances *circumstances, struct facts *facts, struct error **error)
{
	size_t length = 0;
	const struct storage_driver *driver = find_driver(facts->rootfs, &length);
	if (!driver)
		return error_set(error, EINVAL,
				 "/root/path is in no folder of a storage driver of Docker that is known, so "
				 "Docker's store cannot be found; use the overlay2 driver");
	int result = check_group(circumstances, error);
	if (result < 0)
		return result;
	cleanup_free char *root = strndup(facts->rootfs, length);
	cleanup_store struct store data = STORE_CLOSED;
	if (!root)
		return -ENOMEM;
	result = store_open(root, &data, error);
	if (result < 0) {
		(void)error_prefix(error, "Docker's data root is not trusted, so what this container is "
				   "cannot be told");
		return result;
	}
	result = fact_set(&facts->namespace, NAMESPACE, PROVENANCE_ENGINE);
	size_t folder = length + strlen(driver->folder) - 1; /* without its last '/' */
	if (result == 0 && asprintf(&facts->storage, "%s%.*s", data.path, (int)(folder - length),
				    driver->folder) < 0) {
		facts->storage = NULL;
		result = -ENOMEM;
	}
	if (result == 0)
		result = set_claims_file(&data, driver, facts);
	if (result == 0)
		result = set_network_namespaces(circumstances->task, facts);
	if (result == 0)
		result = fill_from_store(circumstances, &data, driver->classic, facts, error);
	return result;
}

const struct identity identity_docker = {
	.engine = ENGINE_DOCKER,
	.recognise = recognise,
	.fill = fill,
};

/* Docker's managed plugins: dockerd's too, but no container of its store. */
static int recognise_plugin(const struct circumstances *circumstances)
{
	const struct task *task = circumstances->task;
	return task && text_equal(task->namespace, PLUGIN_NAMESPACE);
}

static int fill_plugin(const struct circumstances *circumstances, struct facts *facts, struct error **error)
{
	(void)circumstances;
	(void)error;
	return fact_set(&facts->namespace, PLUGIN_NAMESPACE, PROVENANCE_ENGINE);
}

const struct identity identity_docker_plugin = {
	.engine = ENGINE_DOCKER,
	.recognise = recognise_plugin,
	.fill = fill_plugin,
};
