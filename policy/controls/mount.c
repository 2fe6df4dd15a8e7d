#include "policy/controls/mount.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "policy/base/cleanup.h"
#include "policy/base/file.h"
#include "policy/base/text.h"
#include "policy/document/document.h"
#include "policy/host/path.h"

char *mount_pointer(const struct mount *mount, const char *field)
{
	char *pointer = NULL;
	int length =
		asprintf(&pointer, "/mounts/%zu%s%s", mount->index, field ? "/" : "", field ? field : "");
	return length < 0 ? NULL : pointer;
}

/* A string field of a mount; "" where it is absent or null. */
static int read_text(const json_t *object, const char *field, size_t index, const char **ret,
		     struct error **error)
{
	const json_t *value = json_object_get(object, field);
	if (document_is_missing(value)) {
		*ret = "";
		return 0;
	}
	const char *text = document_text(value);
	if (!text)
		return error_set(error, EINVAL, "/mounts/%zu/%s is not a string without NUL", index, field);
	if (strlen(text) >= PATH_MAX)
		return error_set(error, EINVAL, "/mounts/%zu/%s is longer than %d bytes", index, field,
				 PATH_MAX - 1);
	*ret = text;
	return 0;
}

static int read_options(const json_t *object, size_t index, const json_t **ret, struct error **error)
{
	const json_t *options = json_object_get(object, "options");
	if (document_is_missing(options))
		return 0;
	size_t position;
	json_t *option;
	json_array_foreach(options, position, option) {
		if (!document_text(option))
			return error_set(error, EINVAL, "/mounts/%zu/options/%zu is not a string without NUL",
					 index, position);
	}
	if (!json_is_array(options))
		return error_set(error, EINVAL, "/mounts/%zu/options is not an array", index);
	*ret = options;
	return 0;
}

/* The last of `set` and `clear` among the options: 1, 0, or -1 for neither. */
static int last_of(const json_t *options, const char *set, const char *clear)
{
	int last = -1;
	size_t index;
	json_t *option;
	json_array_foreach(options, index, option) {
		const char *word = json_string_value(option);
		if (strcmp(word, set) == 0)
			last = 1;
		else if (strcmp(word, clear) == 0)
			last = 0;
	}
	return last;
}

/* runc: the last of ro and rw wins, then that of rro and rrw, which it applies to
 * binds only. crun: ro wins in any order, rrw lets go. The looser of the two. */
static bool is_read_only(const struct mount *mount)
{
	int recursive = last_of(mount->options, "rro", "rrw");
	if (recursive == 0)
		return false;
	return (recursive == 1 && mount->bind) || last_of(mount->options, "ro", "rw") == 1;
}

static int read_mount(const json_t *object, size_t index, struct mount *mount, struct error **error)
{
	mount->index = index;
	int result = read_text(object, "type", index, &mount->type, error);
	if (result == 0)
		result = read_text(object, "source", index, &mount->source, error);
	if (result == 0)
		result = read_text(object, "destination", index, &mount->written, error);
	if (result == 0)
		result = read_options(object, index, &mount->options, error);
	if (result < 0)
		return result;
	mount->destination = path_normalise(mount->written);
	if (!mount->destination)
		return error_out_of_memory(error);
	if (path_levels(mount->written) > PATH_LEVELS)
		return error_set(error, EINVAL, "/mounts/%zu/destination has more than %u levels", index,
				 PATH_LEVELS);
	mount->recursive_bind = mount_has_option(mount, "rbind");
	mount->bind =
		mount->recursive_bind || mount_has_option(mount, "bind") || strcmp(mount->type, "bind") == 0;
	mount->read_only = is_read_only(mount);
	return 0;
}

char *mount_rootfs_path(const struct container_view *view, const struct facts *facts)
{
	if (facts && facts->rootfs)
		return strdup(facts->rootfs);
	const json_t *value = json_object_get(view->root, "path");
	const char *path = document_is_string(value) ? json_string_value(value) : NULL;
	if (!path || !*path)
		return NULL;
	if (path[0] == '/')
		return strdup(path);
	return facts && facts->bundle ? path_join(facts->bundle, path) : NULL;
}

int mount_list_read(const struct container_view *view, const struct facts *facts, struct mount_list *ret,
		    struct error **error)
{
	struct mount_list list = {.root = -1,
				  .rootfs = mount_rootfs_path(view, facts),
				  .places = view->places,
				  .items = calloc(json_array_size(view->mounts) + 1, sizeof(struct mount))};
	if (!list.items)
		return error_out_of_memory(error);
	size_t index;
	json_t *object;
	json_array_foreach(view->mounts, index, object) {
		int result = read_mount(object, index, &list.items[list.count++], error);
		if (result < 0) {
			mount_list_release(&list);
			return result;
		}
	}
	*ret = list;
	return 0;
}

int mount_list_root(struct mount_list *list)
{
	if (list->root >= 0)
		return list->root;
	int result = list->rootfs ? file_open_directory(list->rootfs, &list->root, NULL) : -ENOENT;
	return result < 0 ? result : list->root;
}

void mount_list_release(struct mount_list *list)
{
	for (size_t i = 0; i < list->count; i++) {
		free(list->items[i].destination);
		free(list->items[i].place);
		free(list->items[i].other_place);
	}
	free(list->items);
	free(list->rootfs);
	if (list->root >= 0)
		(void)close(list->root);
	*list = MOUNT_LIST_EMPTY;
}

bool mount_fails_for_all(int result)
{
	static const int lasting[] = {-ENOENT, -ENOTDIR, -ELOOP, -EACCES, -ENAMETOOLONG};
	for (size_t i = 0; i < ARRAY_SIZE(lasting); i++)
		if (result == lasting[i])
			return true;
	return false;
}

static int resolve(struct mount_list *list, const char *path, char **place)
{
	const char *kept = json_string_value(json_object_get(list->places, path));
	if (kept) {
		*place = strdup(kept);
		return *place ? 0 : -ENOMEM;
	}
	int root = mount_list_root(list);
	int result = root >= 0 ? path_resolve(root, path, place, NULL) : root;
	if (mount_fails_for_all(result)) {
		*place = path_normalise(path);
		result = *place ? 0 : -ENOMEM;
	}
	/* what JSON cannot hold is looked up again */
	if (result == 0)
		(void)json_object_set_new(list->places, path, json_string(*place));
	return result;
}

int mount_place(struct mount_list *list, struct mount *mount, const char **ret_place, const char **ret_other)
{
	int result = 0;
	if (!mount->place)
		result = resolve(list, mount->destination, &mount->place);
	if (result == 0 && !mount->other_place && strstr(mount->written, ".."))
		result = resolve(list, mount->written, &mount->other_place);
	if (result < 0)
		return result;
	*ret_place = mount->place;
	*ret_other = mount->other_place;
	return 0;
}

char *mount_source_path(const struct mount *mount, const struct facts *facts)
{
	if (!*mount->source)
		return NULL;
	if (mount->source[0] == '/')
		return strdup(mount->source);
	return facts && facts->bundle ? path_join(facts->bundle, mount->source) : NULL;
}

int mount_check_path(const char *path, bool subtree, struct error **error)
{
	cleanup_free char *base = path ? strdup(path) : NULL;
	if (base && subtree && text_ends_with(base, "/**"))
		base[strlen(base) - 3] = '\0';
	cleanup_free char *plain = base ? path_normalise(base) : NULL;
	if (plain && strcmp(plain, base) == 0 && strcmp(plain, "/") != 0 && path_levels(plain) <= PATH_LEVELS)
		return 0;
	return error_set(error, EINVAL,
			 "expected an absolute path below / without \"..\", \"//\" or a slash at the end%s",
			 subtree ? "; \"/srv/data/**\" stands for a folder and all below it" : "");
}

bool mount_has_option(const struct mount *mount, const char *option)
{
	size_t index;
	json_t *item;
	json_array_foreach(mount->options, index, item) {
		if (strcmp(json_string_value(item), option) == 0)
			return true;
	}
	return false;
}

json_t *mount_edited_options(const struct mount *mount, const char *const *drop, const char *const *add)
{
	cleanup_json json_t *options = json_array();
	size_t index;
	json_t *option;
	json_array_foreach(mount->options, index, option) {
		if (!text_is_one_of(json_string_value(option), drop) && json_array_append(options, option) < 0)
			return NULL;
	}
	for (; add && *add; add++) {
		bool there = mount_has_option(mount, *add) && !text_is_one_of(*add, drop);
		if (!there && json_array_append_new(options, json_string(*add)) < 0)
			return NULL;
	}
	return json_incref(options);
}

json_t *mount_read_only_options(const struct mount *mount)
{
	static const char *const drop[] = {"ro", "rw", "rrw", NULL};
	static const char *const add[] = {"ro", NULL};
	return mount_edited_options(mount, drop, add);
}
