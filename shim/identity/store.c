#include "shim/identity/store.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "policy/base/cleanup.h"
#include "policy/base/file.h"
#include "policy/base/text.h"

/* Opens and checks `name` in `at`; takes `path`, its resolved one, over. Without `path`, it
 * is asked of the kernel. */
static int open_directory_at(int at, const char *name, int flags, char *path, struct store *ret_store,
			     struct error **error)
{
	cleanup_store struct store store = {
		.descriptor = openat(at, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | flags),
		.path = path,
	};
	const char *told = path ? path : name;
	if (store.descriptor < 0 && errno == ENOENT)
		return error_set(error, ENOENT, "directory \"%s\" is missing", told);
	if (store.descriptor < 0)
		return error_set(error, errno, "directory \"%s\" cannot be opened (error %d)", told, errno);
	if (!store.path)
		store.path = file_path_of_descriptor(store.descriptor);
	if (!store.path)
		return error_set(error, errno, "where the directory \"%s\" really is cannot be told (error %d)", told, errno);
	int result = file_check_trusted(store.descriptor, store.path, error);
	if (result < 0)
		return result;
	*ret_store = store;
	store = (struct store)STORE_CLOSED;
	return 0;
}

int store_open(const char *path, struct store *ret_store, struct error **error)
{
	cleanup_store struct store store = STORE_CLOSED;
	int result = open_directory_at(AT_FDCWD, path, 0, NULL, &store, error);
	if (result == 0)
		result = file_check_trusted_parents(store.path, error);
	if (result < 0)
		return result;
	*ret_store = store;
	store = (struct store)STORE_CLOSED;
	return 0;
}

int store_open_below(const struct store *store, const char *name, struct store *ret_store,
		     struct error **error)
{
	if (!store_is_name(name))
		return error_set(error, EINVAL, "a folder's name in \"%s\" is not one path component",
				 store->path);
	char *path = NULL;
	if (asprintf(&path, "%s/%s", store->path, name) < 0)
		return error_out_of_memory(error);
	return open_directory_at(store->descriptor, name, O_NOFOLLOW, path, ret_store, error);
}

void store_close(struct store *store)
{
	if (store->descriptor >= 0)
		(void)close(store->descriptor);
	free(store->path);
	*store = (struct store)STORE_CLOSED;
}

int store_read_json(const struct store *store, const char *name, enum document_kind kind,
		    json_t **ret_value, struct error **error)
{
	cleanup_close int descriptor = -1;
	int result = file_open_at(store->descriptor, name, &descriptor, NULL);
	if (result == -ENOENT)
		return error_set(error, ENOENT, "\"%s/%s\" is missing", store->path, name);
	if (result < 0)
		return error_set(error, -result, "\"%s/%s\" is not a file that can be read", store->path,
				 name);
	result = file_check_trusted(descriptor, name, error);
	cleanup_free char *text = NULL;
	size_t length = 0;
	if (result == 0)
		result = file_read_all(descriptor, name, DOCUMENT_SIZE, &text, &length, error);
	if (result == 0)
		result = document_parse(text, length, kind, ret_value, error);
	if (result < 0)
		(void)error_prefix(error, "\"%s/%s\"", store->path, name);
	return result;
}

bool store_is_name(const char *name)
{
	return name && *name && !strchr(name, '/') && !text_equal(name, ".") && !text_equal(name, "..");
}

static int add_path(struct facts *facts, const struct store *store, const struct own_path *own, bool volume)
{
	cleanup_free char *path = NULL;
	if (asprintf(&path, "%s/%s", store->path, own->name) < 0)
		return -ENOMEM;
	return facts_add_path(facts, path, own->below, volume, own->what);
}

int store_add_paths(struct facts *facts, const struct store *store, const struct own_path *paths,
		    size_t count)
{
	int result = 0;
	for (size_t i = 0; i < count && result == 0; i++)
		result = add_path(facts, store, &paths[i], false);
	return result;
}

int store_add_volume(struct facts *facts, const struct store *store, const char *name, const char *what)
{
	return add_path(facts, store, &(struct own_path){.name = name, .what = what}, true);
}

/* NAME of a `source` that is DIRECTORY/NAME/_data; NULL where it is not, or without memory. */
static char *name_of_volume(const char *source, const char *directory)
{
	size_t length = strlen(directory), tail = strlen("/_data");
	if (!source || !text_starts_with(source, directory) || source[length] != '/' ||
	    !text_ends_with(source, "/_data") || strlen(source + length + 1) <= tail)
		return NULL;
	const char *name = source + length + 1;
	return strndup(name, strlen(name) - tail);
}

int store_add_mounted_volumes(struct facts *facts, const json_t *config, const char *directory,
			      const char *what)
{
	cleanup_store struct store volumes = STORE_CLOSED;
	if (store_open(directory, &volumes, NULL) < 0)
		return 0;
	size_t i;
	json_t *mount;
	json_array_foreach(json_object_get(config, "mounts"), i, mount) {
		const char *source = json_string_value(json_object_get(mount, "source"));
		cleanup_free char *name = name_of_volume(source, directory);
		if (store_is_name(name) &&
		    store_add_volume(facts, &volumes, source + strlen(directory) + 1, what) < 0)
			return -ENOMEM;
	}
	return 0;
}

int store_add_programs(struct facts *facts, const char *const *programs, size_t count, const char *what)
{
	int result = 0;
	for (size_t i = 0; i < count && result == 0; i++) {
		cleanup_free char *path = realpath(programs[i], NULL);
		if (path)
			result = facts_add_path(facts, path, false, false, what);
		if (path && result == 0)
			facts->paths[facts->path_count - 1].program = true;
	}
	return result;
}

int store_set_network_namespaces(struct facts *facts, const char *exec_root)
{
	cleanup_free char *path = NULL, *below = NULL;
	cleanup_store struct store folder = STORE_CLOSED;
	if (asprintf(&path, "%s/netns", exec_root) < 0)
		return -ENOMEM;
	if (store_open(path, &folder, NULL) < 0)
		return 0;
	if (asprintf(&below, "%s/", folder.path) < 0)
		return -ENOMEM;
	facts->network_namespaces = take_pointer(below);
	return 0;
}

int store_set_fact(struct fact *fact, const json_t *value, enum provenance provenance)
{
	const char *text = json_string_value(value);
	return text && *text ? fact_set(fact, text, provenance) : 0;
}
