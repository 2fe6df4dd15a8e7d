#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "policy/base/file.h"
#include "policy/trust/digest.h"
#include "policy/trust/store_parts.h"

struct visit {
	int store;
	int (*each)(int store, const char *digest, void *context, struct error **error);
	void *context;
};

static int visit_image(int at, const char *name, void *context, struct error **error)
{
	const struct visit *visit = context;
	char digest[DIGEST_LENGTH + 1];
	(void)at;
	if (!digest_from_digits(name, digest))
		return 0;
	return visit->each(visit->store, digest, visit->context, error);
}

static int visit_shard(int at, const char *name, void *context, struct error **error)
{
	int shard = -1;
	/* none of ours, whatever somebody or the file system has put there */
	if (strlen(name) != 2)
		return 0;
	int result = store_open_directory(at, name, &shard, error);
	return result < 0 ? result : store_for_each_name(shard, visit_image, context, error);
}

int store_for_each(int store, int (*each)(int store, const char *digest, void *context, struct error **error),
		   void *context, struct error **error)
{
	struct visit visit = {.store = store, .each = each, .context = context};
	int images = -1;
	int result = store_open_directory(store, STORE_IMAGES, &images, error);
	return result < 0 ? result : store_for_each_name(images, visit_shard, &visit, error);
}

struct sum {
	uint64_t size;
	size_t count;
};

static int add_file(int at, const char *name, void *context, struct error **error)
{
	struct sum *sum = context;
	struct stat status;
	if (fstatat(at, name, &status, AT_SYMLINK_NOFOLLOW) < 0)
		return error_set_errno(error, errno, "\"%s\" in the store of signatures", name);
	sum->size += (uint64_t)status.st_size;
	sum->count++;
	return 0;
}

int store_image_measure(int store, const char *digest, uint64_t *ret_size, size_t *ret_count, int64_t *ret_changed,
			struct error **error)
{
	struct store_path path = store_path_of(STORE_IMAGES, digest);
	struct sum sum = {0};
	struct stat status;
	cleanup_close int folder = -1;
	int blobs = -1;
	int result = store_open_directory(store, path.text, &folder, error);
	if (result < 0)
		return result;
	result = store_open_directory(folder, STORE_BLOBS, &blobs, error);
	/* -ENOENT is left to say that there is no such image; or it was renewed just now */
	if (result < 0)
		return result == -ENOENT ? -EAGAIN : result;
	result = store_for_each_name(blobs, add_file, &sum, error);
	if (result == 0 && fstat(folder, &status) < 0)
		result = error_set_errno(error, errno, "\"%s\"", path.text);
	if (result < 0)
		return result;
	*ret_size = sum.size;
	if (ret_count)
		*ret_count = sum.count;
	if (ret_changed)
		*ret_changed = status.st_mtim.tv_sec;
	return 0;
}

/* ---- all of them, for people ---- */

struct list {
	struct trust_store_image *images;
	size_t count, room;
};

static int add_image(int store, const char *digest, void *context, struct error **error)
{
	struct list *list = context;
	struct trust_store_image image = {0};
	cleanup_store_label struct store_label label = {0};
	cleanup_error struct error *why = NULL;
	int result = store_image_measure(store, digest, &image.size, &image.blobs, &image.changed, &why);
	if (result == 0)
		result = store_image_label(store, digest, &label, &why);
	/* removed or renewed meanwhile; the next list shows it */
	if (result == -ENOENT || result == -EAGAIN)
		return 0;
	if (result < 0)
		return error_set(error, -result, "%s", error_message(why));
	if (list->count == list->room) {
		size_t room = list->room ? list->room * 2 : 64;
		struct trust_store_image *larger = reallocarray(list->images, room, sizeof(*larger));
		if (!larger)
			return error_out_of_memory(error);
		list->images = larger;
		list->room = room;
	}
	memcpy(image.digest, digest, sizeof(image.digest));
	image.unasked = label.unasked;
	image.name = take_pointer(label.name);
	list->images[list->count++] = image;
	return 0;
}

static int by_name(const void *left, const void *right)
{
	const struct trust_store_image *a = left, *b = right;
	int order = strcmp(a->name ? a->name : "", b->name ? b->name : "");
	return order ? order : strcmp(a->digest, b->digest);
}

int trust_store_list(const char *path, struct trust_store_image **ret_images, size_t *ret_count,
		     struct error **error)
{
	struct list list = {0};
	cleanup_close int store = -1;
	cleanup_error struct error *why = NULL;
	int result = store_folder_open(path, &store, &why);
	if (result == 0)
		result = store_for_each(store, add_image, &list, &why);
	/* nothing was ever put into it */
	if (result < 0 && result != -ENOENT) {
		trust_store_list_release(list.images, list.count);
		return error_set(error, -result, "%s", error_message(why));
	}
	if (list.count)
		qsort(list.images, list.count, sizeof(*list.images), by_name);
	*ret_images = list.images;
	*ret_count = list.count;
	return 0;
}

void trust_store_list_release(struct trust_store_image *images, size_t count)
{
	for (size_t i = 0; i < count; i++)
		free(images[i].name);
	free(images);
}
