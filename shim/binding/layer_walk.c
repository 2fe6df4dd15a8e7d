#include "shim/binding/layer_tree.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define DEPTH 256u

struct walk {
	const char *folder;
	struct layer_tree *tree;
	struct sha256 fingerprint;
	int64_t newest; /* seconds: the last change of all */
	dev_t device;
};

struct names {
	char **list;
	size_t count, capacity;
};

static void names_release(struct names *names)
{
	for (size_t i = 0; i < names->count; i++)
		free(names->list[i]);
	free(names->list);
}

static int unreadable(const struct walk *walk, const char *path, struct error **error)
{
	int code = errno;
	cleanup_free char *place = layer_place(walk->folder, path);
	return error_set(error, code, "%s cannot be looked at (error %d)", place ? place : "a file of the layer", code);
}

static int compare_names(const void *left, const void *right)
{
	return strcmp(*(char *const *)left, *(char *const *)right);
}

static int add_name(struct names *names, const char *name)
{
	if (names->count == names->capacity) {
		size_t capacity = names->capacity ? names->capacity * 2 : 32;
		char **larger = realloc(names->list, capacity * sizeof(*larger));
		if (!larger)
			return -ENOMEM;
		names->list = larger;
		names->capacity = capacity;
	}
	names->list[names->count] = strdup(name);
	return names->list[names->count++] ? 0 : -ENOMEM;
}

static int read_names(DIR *directory, struct names *names)
{
	errno = 0;
	for (struct dirent *entry; (entry = readdir(directory)); errno = 0) {
		if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
			continue;
		if (add_name(names, entry->d_name) < 0)
			return -ENOMEM;
	}
	if (errno)
		return -errno;
	qsort(names->list, names->count, sizeof(*names->list), compare_names);
	return 0;
}

static void note(struct walk *walk, const char *path, const struct stat *status)
{
	const uint64_t numbers[] = {
		status->st_ino,
		(uint64_t)status->st_ctim.tv_sec,
		(uint64_t)status->st_ctim.tv_nsec,
		(uint64_t)status->st_size,
		status->st_mode,
		(uint64_t)status->st_uid << 32 | status->st_gid,
		status->st_rdev,
	};
	if (status->st_ctim.tv_sec > walk->newest)
		walk->newest = status->st_ctim.tv_sec;
	sha256_add(&walk->fingerprint, path, strlen(path) + 1);
	sha256_add(&walk->fingerprint, numbers, sizeof(numbers));
}

static int walk_folder(struct walk *walk, int descriptor, const char *path, unsigned depth, struct error **error);

static int walk_entry(struct walk *walk, int parent, const char *front, const char *name, unsigned depth,
		      struct error **error)
{
	cleanup_free char *path = NULL;
	struct stat status;
	if (asprintf(&path, "%s%s%s", front, *front ? "/" : "", name) < 0) {
		path = NULL;
		return error_out_of_memory(error);
	}
	if (fstatat(parent, name, &status, AT_SYMLINK_NOFOLLOW) < 0)
		return unreadable(walk, path, error);
	note(walk, path, &status);
	int result = walk->tree ? layer_node_check(walk->tree, walk->folder, path, &status, error) : 0;
	if (result < 0 || !S_ISDIR(status.st_mode))
		return result;
	int below = -1;
	errno = EPERM;
	if (depth < DEPTH && status.st_dev == walk->device)
		below = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	return below < 0 ? unreadable(walk, path, error) : walk_folder(walk, below, path, depth + 1, error);
}

/* Takes `descriptor` over. */
static int walk_folder(struct walk *walk, int descriptor, const char *path, unsigned depth, struct error **error)
{
	struct names names __attribute__((cleanup(names_release))) = {0};
	cleanup_closedir DIR *directory = fdopendir(descriptor);
	if (!directory) {
		(void)close(descriptor);
		return error_out_of_memory(error);
	}
	int result = read_names(directory, &names);
	if (result == -ENOMEM)
		return error_out_of_memory(error);
	if (result < 0)
		return unreadable(walk, path, error);
	for (size_t i = 0; i < names.count && result == 0; i++)
		result = walk_entry(walk, dirfd(directory), path, names.list[i], depth, error);
	return result;
}

/* Everything of the archive has to be there, and each hard link be the file it names, which
 * stands before it. */
static int check_whole(const struct layer_tree *tree, const char *folder, struct error **error)
{
	for (size_t i = 0; i < tree->count; i++) {
		const struct layer_node *node = &tree->nodes[i];
		const struct layer_node *target =
			node->file.kind == LAYER_HARD_LINK ? layer_tree_find(tree, node->file.link) : node;
		if (node->seen && target && target->seen && target->inode == node->inode &&
		    (target == node ? node->file.kind != LAYER_HARD_LINK : target->order < node->order))
			continue;
		cleanup_free char *place = layer_place(folder, node->file.path);
		return error_set(error, EPERM, "%s %s", place ? place : "a file of the layer",
				 node->seen ? "is not the layer's hard link" : "is missing");
	}
	return 0;
}

int layer_walk(const char *folder, struct layer_tree *tree, uint8_t ret_fingerprint[SHA256_SIZE],
	       int64_t *ret_newest, struct error **error)
{
	struct walk walk = {.folder = folder, .tree = tree};
	struct stat status;
	int descriptor = open(folder, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (descriptor < 0 || fstat(descriptor, &status) < 0) {
		if (descriptor >= 0)
			(void)close(descriptor);
		return unreadable(&walk, "", error);
	}
	walk.device = status.st_dev;
	sha256_begin(&walk.fingerprint);
	sha256_add(&walk.fingerprint, &walk.device, sizeof(walk.device));
	note(&walk, "", &status);
	int result = tree ? layer_node_check(tree, folder, "", &status, error) : 0;
	if (result < 0)
		(void)close(descriptor);
	else
		result = walk_folder(&walk, descriptor, "", 0, error);
	if (result == 0 && tree)
		result = check_whole(tree, folder, error);
	if (result == 0) {
		sha256_finish(&walk.fingerprint, ret_fingerprint);
		*ret_newest = walk.newest;
	}
	return result;
}
