/* Podman. The bundle is GRAPHROOT/DRIVER-containers/ID/userdata and the parent is
 * conmon, whose command line names container and bundle, and, in the clean-up
 * command that it was given, the run root and the volumes' folder. The store knows
 * the image of each container, unless it was started from a folder (--rootfs). */
#include "shim/identity/identity.h"

#include <errno.h>
#include <string.h>

#include "policy/base/cleanup.h"
#include "policy/base/text.h"
#include "shim/identity/store.h"

#define USERDATA "/userdata"
#define CONTAINERS "-containers"

static const char *const init_programs[] = {
	"/usr/libexec/podman/catatonit",
	"/usr/lib/podman/catatonit",
	"/usr/local/libexec/podman/catatonit",
	"/usr/local/lib/podman/catatonit",
	"/usr/bin/catatonit",
};

/* Where things are, taken apart from the bundle's path. Owned. */
struct layout {
	char *graphroot;
	char *driver; /* "overlay", "vfs" … */
	char *folder; /* DRIVER-containers */
};

static void layout_release(struct layout *layout)
{
	free(layout->graphroot);
	free(layout->driver);
	free(layout->folder);
	*layout = (struct layout){0};
}
#define cleanup_layout __attribute__((cleanup(layout_release)))

/* Splits GRAPHROOT/DRIVER-containers/ID/userdata; false where it is not that. */
static bool split_bundle(const char *bundle, const char *id, struct layout *layout)
{
	cleanup_free char *tail = NULL;
	if (!bundle || !id || asprintf(&tail, CONTAINERS "/%s" USERDATA, id) < 0 ||
	    !text_ends_with(bundle, tail))
		return false;
	cleanup_free char *front = strndup(bundle, strlen(bundle) - strlen(tail));
	char *slash = front ? strrchr(front, '/') : NULL;
	if (!slash || slash == front || !slash[1])
		return false;
	*slash = '\0';
	layout->graphroot = strdup(front);
	layout->driver = strdup(slash + 1);
	if (!layout->graphroot || !layout->driver)
		return false;
	if (asprintf(&layout->folder, "%s" CONTAINERS, layout->driver) < 0)
		layout->folder = NULL;
	return layout->folder != NULL;
}

/* The value behind `option` in the clean-up command, which conmon gets one word
 * at a time: `--exit-command-arg --runroot --exit-command-arg VALUE`. */
static const char *exit_command_option(const struct parent *parent, const char *option)
{
	for (size_t i = 0; i + 3 < parent->argument_count; i++) {
		if (text_equal(parent->arguments[i], "--exit-command-arg") &&
		    text_equal(parent->arguments[i + 1], option) &&
		    text_equal(parent->arguments[i + 2], "--exit-command-arg"))
			return parent->arguments[i + 3];
	}
	return NULL;
}

static bool recognise(const struct circumstances *circumstances)
{
	const struct invocation *invocation = circumstances->invocation;
	const struct parent *parent = circumstances->parent;
	cleanup_layout struct layout layout = {0};
	if (!text_equal(parent->program, "conmon") ||
	    !split_bundle(invocation->bundle, invocation->id, &layout))
		return false;
	if (!text_equal(parent_option(parent, "-c"), invocation->id))
		return false;
	/* conmon has the bundle as Podman spells it, perhaps through a link */
	const char *given = parent_option(parent, "-b");
	cleanup_free char *real = given ? realpath(given, NULL) : NULL;
	return text_equal(real, invocation->bundle);
}

/* The element of `list` whose "id" is `id`, borrowed. */
static json_t *find_by_id(const json_t *list, const char *id)
{
	size_t i;
	json_t *element;
	json_array_foreach(list, i, element) {
		if (id && text_equal(json_string_value(json_object_get(element, "id")), id))
			return element;
	}
	return NULL;
}

/* A new reference to the element `id` of FOLDER/NAME, or NULL: a store may lack
 * the file or the element. A file that is there and cannot be believed is an error. */
static int look_up(const char *directory, const char *folder, const char *name, const char *id,
		   json_t **ret_element, struct error **error)
{
	cleanup_free char *path = NULL;
	cleanup_store struct store store = STORE_CLOSED;
	cleanup_json json_t *list = NULL;
	if (asprintf(&path, "%s/%s", directory, folder) < 0)
		return -ENOMEM;
	int result = store_open(path, &store, error);
	if (result == 0)
		result = store_read_json(&store, name, DOCUMENT_LIST, &list, error);
	if (result < 0)
		return result;
	*ret_element = json_incref(find_by_id(list, id));
	return 0;
}

/* look_up() for what need not be there. */
static int look_up_optional(const char *directory, const char *folder, const char *name, const char *id,
			    json_t **ret_element, struct error **error)
{
	cleanup_error struct error *problem = NULL;
	int result = look_up(directory, folder, name, id, ret_element, &problem);
	if (result < 0 && result != -ENOENT)
		return error_set(error, -result, "Podman's store: %s", error_message(problem));
	return 0;
}

/* An image's id is its configuration's digest wherever the store says so itself;
 * `digest` is what was pulled, an index where it is not the manifest. */
static int fill_digests(const json_t *image, struct facts *facts)
{
	const json_t *digests = json_object_get(image, "big-data-digests");
	const char *id = json_string_value(json_object_get(image, "id"));
	const char *manifest = json_string_value(json_object_get(digests, "manifest"));
	const char *pulled = json_string_value(json_object_get(image, "digest"));
	cleanup_free char *config = NULL;
	if (!id || asprintf(&config, "sha256:%s", id) < 0)
		return id ? -ENOMEM : 0;
	int result = 0;
	if (store_is_digest(config) &&
	    text_equal(json_string_value(json_object_get(digests, config)), config))
		result = fact_set(&facts->config_digest, config, PROVENANCE_ENGINE);
	if (result == 0 && store_is_digest(manifest))
		result = fact_set(&facts->manifest_digest, manifest, PROVENANCE_ENGINE);
	if (result == 0 && store_is_digest(manifest) && store_is_digest(pulled) &&
	    !text_equal(manifest, pulled))
		result = fact_set(&facts->index_digest, pulled, PROVENANCE_ENGINE);
	return result;
}

static int fill_words(const json_t *container, struct facts *facts)
{
	const char *metadata = json_string_value(json_object_get(container, "metadata"));
	cleanup_json json_t *words = NULL;
	if (!metadata || document_parse(metadata, strlen(metadata), DOCUMENT_PLAIN, &words, NULL) < 0)
		return 0;
	int result = store_set_fact(&facts->name, json_object_get(words, "name"), PROVENANCE_USER);
	if (result == 0)
		result = store_set_fact(&facts->image, json_object_get(words, "image-name"), PROVENANCE_USER);
	return result;
}

/* The container's own layer, and only that, is the engine's place for its root. */
static int set_storage(const struct layout *layout, const json_t *container, struct facts *facts)
{
	const char *layer = json_string_value(json_object_get(container, "layer"));
	cleanup_free char *path = NULL;
	if (!store_is_name(layer))
		return 0;
	/* vfs keeps its layers one folder deeper */
	const char *deeper = text_equal(layout->driver, "vfs") ? "/dir" : "";
	if (asprintf(&path, "%s/%s%s/%s", layout->graphroot, layout->driver, deeper, layer) < 0)
		return -ENOMEM;
	facts->storage = take_pointer(path);
	return 0;
}

static int fill_from_store(const struct layout *layout, const char *runroot, const char *id,
			   struct facts *facts, struct error **error)
{
	cleanup_free char *images = NULL;
	cleanup_json json_t *container = NULL, *image = NULL;
	int result = look_up_optional(layout->graphroot, layout->folder, "containers.json", id, &container,
				      error);
	/* newer Podman keeps containers that need not survive a crash apart */
	if (result == 0 && !container && runroot)
		result = look_up_optional(runroot, layout->folder, "volatile-containers.json", id, &container,
					  error);
	if (result < 0 || !container)
		return result;
	if (asprintf(&images, "%s-images", layout->driver) < 0)
		return -ENOMEM;
	const char *image_id = json_string_value(json_object_get(container, "image"));
	result = look_up_optional(layout->graphroot, images, "images.json", image_id, &image, error);
	if (result == 0)
		result = fill_words(container, facts);
	if (result == 0)
		result = set_storage(layout, container, facts);
	if (result == 0 && image)
		result = fill_digests(image, facts);
	return result;
}

/* DIRECTORY/DRIVER-containers/ID/userdata is this container's own. */
static int add_files(const char *directory, const struct layout *layout, const char *id,
		     const struct own_path *files, size_t count, struct facts *facts)
{
	cleanup_free char *path = NULL;
	cleanup_store struct store folder = STORE_CLOSED;
	if (asprintf(&path, "%s/%s/%s" USERDATA, directory, layout->folder, id) < 0)
		return -ENOMEM;
	if (store_open(path, &folder, NULL) < 0)
		return 0;
	return store_add_paths(facts, &folder, files, count);
}

static int add_container_files(const struct layout *layout, const char *runroot, const char *id,
			       struct facts *facts)
{
	static const struct own_path of_run[] = {
		{"hostname", "Podman's hostname", false},
		{"hosts", "Podman's hosts", false},
		{"resolv.conf", "Podman's resolv.conf", false},
		{".containerenv", "Podman's .containerenv", false},
		{"run/secrets", "Podman's subscriptions", true},
		{"passwd", "Podman's passwd of this container", false},
		{"group", "Podman's group of this container", false},
	};
	static const struct own_path of_graph[] = {
		{"shm", "Podman's shared memory of this container", false},
		{"secrets", "Podman's secrets of this container", true},
		{"passwd", "Podman's passwd of this container", false},
		{"group", "Podman's group of this container", false},
	};
	int result = add_files(layout->graphroot, layout, id, of_graph, ARRAY_SIZE(of_graph), facts);
	if (result == 0 && runroot)
		result = add_files(runroot, layout, id, of_run, ARRAY_SIZE(of_run), facts);
	return result;
}

/* Podman's database is not read: which volume is whose is not known, and a
 * user could as well name any. So each source that is a volume's folder counts,
 * the folder of all volumes never. */
static int add_volumes(const struct circumstances *circumstances, const char *directory, struct facts *facts)
{
	cleanup_store struct store volumes = STORE_CLOSED;
	if (store_open(directory, &volumes, NULL) < 0)
		return 0;
	size_t i, length = strlen(directory);
	json_t *mount;
	json_array_foreach(json_object_get(circumstances->config, "mounts"), i, mount) {
		const char *source = json_string_value(json_object_get(mount, "source"));
		if (!source || !text_starts_with(source, directory) || source[length] != '/' ||
		    !text_ends_with(source, "/_data"))
			continue;
		const char *name = source + length + 1;
		size_t name_length = strlen(name);
		if (name_length <= strlen("/_data"))
			continue;
		cleanup_free char *volume = strndup(name, name_length - strlen("/_data"));
		if (!volume)
			return -ENOMEM;
		if (store_is_name(volume) &&
		    store_add_volume(facts, &volumes, name, "a named volume of Podman") < 0)
			return -ENOMEM;
	}
	return 0;
}

/* Ports and restarts stand in Podman's database, which is not read; these two it also
 * writes into the annotations, where a user can at most raise them. */
static void fill_exposure(const json_t *config, struct exposure *exposure)
{
	const struct {
		const char *name, *pointer, **place;
	} flags[] = {
		{"io.podman.annotations.publish-all", "/annotations/io.podman.annotations.publish-all",
		 &exposure->publishes_all},
		{"io.podman.annotations.privileged", "/annotations/io.podman.annotations.privileged",
		 &exposure->privileged},
	};
	const json_t *annotations = json_object_get(config, "annotations");
	for (size_t i = 0; i < ARRAY_SIZE(flags); i++)
		if (text_equal(json_string_value(json_object_get(annotations, flags[i].name)), "TRUE"))
			*flags[i].place = flags[i].pointer;
}

static int fill(const struct circumstances *circumstances, struct facts *facts, struct error **error)
{
	const struct invocation *invocation = circumstances->invocation;
	cleanup_layout struct layout layout = {0};
	if (!split_bundle(invocation->bundle, invocation->id, &layout))
		return -ENOMEM;
	const char *runroot = exit_command_option(circumstances->parent, "--runroot");
	const char *volumes = exit_command_option(circumstances->parent, "--volumepath");
	int result = fill_from_store(&layout, runroot, invocation->id, facts, error);
	if (result == 0)
		result = add_container_files(&layout, runroot, invocation->id, facts);
	if (result == 0)
		result = store_add_programs(facts, init_programs, ARRAY_SIZE(init_programs),
					    "Podman's init program");
	if (result == 0 && volumes)
		result = add_volumes(circumstances, volumes, facts);
	fill_exposure(circumstances->config, &facts->exposure);
	return result;
}

const struct identity identity_podman = {
	.engine = ENGINE_PODMAN,
	.gives_no_root = true,
	.recognise = recognise,
	.fill = fill,
};
