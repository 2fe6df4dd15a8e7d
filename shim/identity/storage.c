#include "shim/identity/storage.h"

#include <errno.h>
#include <string.h>

#include "policy/base/cleanup.h"
#include "policy/base/text.h"
#include "policy/trust/digest.h"

#define USERDATA "/userdata"
#define CONTAINERS "-containers"

void storage_place_release(struct storage_place *place)
{
	free(place->root);
	free(place->driver);
	free(place->folder);
	*place = (struct storage_place){0};
}

int storage_split(const char *path, const char *id, struct storage_place *ret_place)
{
	cleanup_free char *tail = NULL;
	if (!path || !id)
		return 0;
	if (asprintf(&tail, CONTAINERS "/%s" USERDATA, id) < 0) {
		tail = NULL;
		return -ENOMEM;
	}
	if (!text_ends_with(path, tail))
		return 0;
	cleanup_free char *front = strndup(path, strlen(path) - strlen(tail));
	if (!front)
		return -ENOMEM;
	char *slash = strrchr(front, '/');
	if (!slash || slash == front || !slash[1])
		return 0;
	*slash = '\0';
	struct storage_place place = {.root = strdup(front), .driver = strdup(slash + 1)};
	if (!place.driver || asprintf(&place.folder, "%s" CONTAINERS, place.driver) < 0)
		place.folder = NULL;
	if (!place.root || !place.folder) {
		storage_place_release(&place);
		return -ENOMEM;
	}
	*ret_place = place;
	return 1;
}

json_t *storage_find(const json_t *list, const char *id)
{
	size_t i;
	json_t *element;
	json_array_foreach(list, i, element) {
		if (id && text_equal(json_string_value(json_object_get(element, "id")), id))
			return element;
	}
	return NULL;
}

static int read_list(const char *directory, const char *folder, const char *name, json_t **ret_list,
		     struct error **error)
{
	cleanup_free char *path = NULL;
	cleanup_store struct store store = STORE_CLOSED;
	if (asprintf(&path, "%s/%s", directory, folder) < 0)
		return -ENOMEM;
	int result = store_open(path, &store, error);
	return result < 0 ? result : store_read_json(&store, name, DOCUMENT_LIST, ret_list, error);
}

/* A new reference to the element `id` of FOLDER/NAME, or NULL: a store may lack
 * the file or the element. A file that is there and cannot be believed is an error. */
static int look_up(const char *directory, const char *folder, const char *name, const char *id,
		   json_t **ret_element, struct error **error)
{
	cleanup_json json_t *list = NULL;
	int result = read_list(directory, folder, name, &list, error);
	if (result < 0)
		return result;
	*ret_element = json_incref(storage_find(list, id));
	return 0;
}

/* look_up() for what need not be there. */
static int look_up_optional(const struct storage *storage, const char *root, const char *folder,
			    const char *name, const char *id, json_t **ret_element, struct error **error)
{
	cleanup_error struct error *problem = NULL;
	int result = look_up(root, folder, name, id, ret_element, &problem);
	if (result < 0 && result != -ENOENT)
		return error_set(error, -result, "%s: %s", storage->what, error_message(problem));
	return 0;
}

/* Newer ones keep containers that need not survive a crash apart, and all of them in the
 * run root where the store is a transient one. */
int storage_container(const struct storage *storage, const char *id, json_t **ret_container,
		      struct error **error)
{
	const struct {
		const char *root, *name;
	} lists[] = {
		{storage->graph_root, "containers.json"},
		{storage->graph_root, "volatile-containers.json"},
		{storage->run_root, "volatile-containers.json"},
	};
	int result = 0;
	for (size_t i = 0; i < ARRAY_SIZE(lists) && result == 0 && !*ret_container; i++) {
		if (lists[i].root)
			result = look_up_optional(storage, lists[i].root, storage->folder, lists[i].name, id,
						  ret_container, error);
	}
	return result;
}

/* Newer ones keep the layers of containers that need not survive a crash apart, too. */
int storage_layers(const struct storage *storage, json_t **ret_layers, struct error **error)
{
	static const char *const names[] = {"layers.json", "volatile-layers.json"};
	cleanup_free char *folder = NULL;
	cleanup_json json_t *all = json_array();
	if (!all || asprintf(&folder, "%s-layers", storage->driver) < 0)
		return error_out_of_memory(error);
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		cleanup_json json_t *list = NULL;
		cleanup_error struct error *problem = NULL;
		int result = read_list(storage->graph_root, folder, names[i], &list, &problem);
		if (result < 0 && result != -ENOENT)
			return error_set(error, -result, "%s: %s", storage->what, error_message(problem));
		if (list && json_array_extend(all, list) < 0)
			return error_out_of_memory(error);
	}
	*ret_layers = take_pointer(all);
	return 0;
}

int storage_metadata(const json_t *container, json_t **ret_words)
{
	const char *metadata = json_string_value(json_object_get(container, "metadata"));
	int result = metadata ? document_parse(metadata, strlen(metadata), DOCUMENT_PLAIN, ret_words, NULL) : 0;
	return result == -ENOMEM ? result : 0;
}

int storage_fill_digests(const json_t *image, struct facts *facts)
{
	const json_t *digests = json_object_get(image, "big-data-digests");
	const char *id = json_string_value(json_object_get(image, "id"));
	const char *manifest = json_string_value(json_object_get(digests, "manifest"));
	const char *pulled = json_string_value(json_object_get(image, "digest"));
	cleanup_free char *config = NULL;
	if (!id || asprintf(&config, "sha256:%s", id) < 0)
		return id ? -ENOMEM : 0;
	int result = 0;
	if (digest_is_valid(config) &&
	    text_equal(json_string_value(json_object_get(digests, config)), config))
		result = fact_set(&facts->config_digest, config, PROVENANCE_USER);
	if (result == 0 && digest_is_valid(manifest))
		result = fact_set(&facts->manifest_digest, manifest, PROVENANCE_ENGINE);
	if (result == 0 && digest_is_valid(manifest) && digest_is_valid(pulled) &&
	    !text_equal(manifest, pulled))
		result = fact_set(&facts->index_digest, pulled, PROVENANCE_ENGINE);
	return result;
}

static int set_layer(const struct storage *storage, const json_t *container, struct facts *facts)
{
	const char *layer = json_string_value(json_object_get(container, "layer"));
	cleanup_free char *path = NULL;
	if (!store_is_name(layer))
		return 0;
	/* vfs keeps its layers one folder deeper */
	const char *deeper = text_equal(storage->driver, "vfs") ? "/dir" : "";
	if (asprintf(&path, "%s/%s%s/%s", storage->graph_root, storage->driver, deeper, layer) < 0)
		return -ENOMEM;
	facts->storage = take_pointer(path);
	return 0;
}

int storage_fill_image(const struct storage *storage, const json_t *container, struct facts *facts,
		       struct error **error)
{
	cleanup_free char *images = NULL;
	cleanup_json json_t *image = NULL;
	if (asprintf(&images, "%s-images", storage->driver) < 0)
		return -ENOMEM;
	const char *image_id = json_string_value(json_object_get(container, "image"));
	int result = look_up_optional(storage, storage->graph_root, images, "images.json", image_id, &image,
				      error);
	if (result == 0)
		result = set_layer(storage, container, facts);
	if (result == 0 && image)
		result = storage_fill_digests(image, facts);
	return result;
}

int storage_add_files(const char *root, const char *folder, const char *id, const struct own_path *files,
		      size_t count, struct facts *facts)
{
	cleanup_free char *path = NULL;
	cleanup_store struct store userdata = STORE_CLOSED;
	if (asprintf(&path, "%s/%s/%s" USERDATA, root, folder, id) < 0)
		return -ENOMEM;
	if (store_open(path, &userdata, NULL) < 0)
		return 0;
	return store_add_paths(facts, &userdata, files, count);
}
