/* One file of a layer against what the archive says of it. */
#include "shim/binding/layer_tree.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>
#include <unistd.h>

#define NAMES ((size_t)64 << 10) /* XATTR_LIST_MAX */
#define VALUE ((size_t)64 << 10) /* XATTR_SIZE_MAX */

/* Attributes that belong to this host and not to the layer: labels, measurements, and what
 * overlayfs notes for itself. */
static const char *const of_host[] = {
	"security.selinux",       "security.ima",           "security.evm",         "security.SMACK64",
	"trusted.overlay.origin", "trusted.overlay.impure", "trusted.overlay.uuid", NULL,
};
#define OPAQUE "trusted.overlay.opaque"

static int differs(const char *folder, const char *path, const char *what, struct error **error)
{
	cleanup_free char *place = layer_place(folder, path);
	return error_set(error, EPERM, "%s %s", place ? place : "a file of the layer", what);
}

/* The value that the archive has for the attribute; the last one holds. */
static bool find_attribute(const struct layer_file *file, const char *name, const char **ret_value,
			   size_t *ret_length)
{
	const char *other, *value;
	size_t at = 0, length;
	bool found = false;
	while (layer_record_attribute(file, &at, &other, &value, &length)) {
		if (!text_equal(other, name))
			continue;
		*ret_value = value;
		*ret_length = length;
		found = true;
	}
	return found;
}

static size_t count_attributes(const struct layer_file *file)
{
	const char *name, *value, *last;
	size_t at = 0, length, count = 0;
	while (layer_record_attribute(file, &at, &name, &value, &length)) {
		/* one that is there twice counts where it stands last */
		bool later = find_attribute(file, name, &last, &length) && last != value;
		count += !later && !text_is_one_of(name, of_host);
	}
	return count;
}

static bool attribute_fits(const char *full, const struct layer_node *node, const char *name, char *buffer)
{
	const char *value = NULL;
	size_t length = 0;
	ssize_t got = lgetxattr(full, name, buffer, VALUE);
	if (text_equal(name, OPAQUE))
		return node->opaque && got == 1 && buffer[0] == 'y';
	return find_attribute(&node->file, name, &value, &length) && got >= 0 && (size_t)got == length &&
	       memcmp(buffer, value, length) == 0;
}

/* The same attributes with the same values, and the mark of an opaque folder. */
static bool attributes_fit(const char *full, const struct layer_node *node)
{
	cleanup_free char *names = malloc(NAMES), *value = malloc(VALUE);
	ssize_t length = names && value ? llistxattr(full, names, NAMES) : -1;
	if (length < 0 && names && value && errno == ENOTSUP)
		length = 0;
	if (length < 0)
		return false;
	size_t found = 0;
	for (const char *name = names; name < names + length; name += strlen(name) + 1) {
		if (text_is_one_of(name, of_host))
			continue;
		if (!attribute_fits(full, node, name, value))
			return false;
		found++;
	}
	return found == count_attributes(&node->file) + node->opaque;
}

static bool link_fits(const char *full, const struct layer_file *file)
{
	cleanup_free char *target = malloc(PATH_MAX);
	ssize_t length = target ? readlink(full, target, PATH_MAX) : -1;
	return length >= 0 && (size_t)length == strlen(file->link) && memcmp(target, file->link, (size_t)length) == 0;
}

static mode_t type_of(enum layer_kind kind)
{
	static const mode_t types[] = {
		[LAYER_REGULAR] = S_IFREG,	    [LAYER_SYMBOLIC_LINK] = S_IFLNK, [LAYER_CHARACTER_DEVICE] = S_IFCHR,
		[LAYER_BLOCK_DEVICE] = S_IFBLK,	    [LAYER_DIRECTORY] = S_IFDIR,     [LAYER_FIFO] = S_IFIFO,
		[LAYER_WHITEOUT] = S_IFCHR,	    [LAYER_OPAQUE] = S_IFDIR,
	};
	return types[kind];
}

/* containers/storage gives the lowest layer's own folder this mode, whatever the layer says. */
static bool is_storage_top(const char *path, mode_t mode)
{
	return !*path && mode == 0555;
}

/* What is wrong with it, as the predicate of a sentence, or NULL. */
static const char *judge(const struct layer_node *node, const char *path, const char *full, const struct stat *status)
{
	const struct layer_file *file = &node->file;
	bool device = file->kind == LAYER_CHARACTER_DEVICE || file->kind == LAYER_BLOCK_DEVICE;
	if ((status->st_mode & S_IFMT) != type_of(file->kind))
		return "is not of the type that the layer has there";
	if (file->kind == LAYER_WHITEOUT)
		return status->st_rdev == makedev(0, 0) ? NULL : "is a device where the layer has a whiteout";
	if (file->kind == LAYER_REGULAR && (uint64_t)status->st_size != file->size)
		return "has not the layer's size";
	if (device && status->st_rdev != makedev(file->major, file->minor))
		return "is another device than the layer's";
	if (file->kind == LAYER_OPAQUE)
		return attributes_fit(full, node) ? NULL : "has not the layer's extended attributes";
	if (status->st_uid != file->uid || status->st_gid != file->gid)
		return "has not the layer's owner";
	mode_t mode = status->st_mode & 07777;
	if (!S_ISLNK(status->st_mode) && mode != file->mode && !is_storage_top(path, mode))
		return "has not the layer's mode";
	if (S_ISLNK(status->st_mode) && !link_fits(full, file))
		return "is not the layer's symbolic link";
	return attributes_fit(full, node) ? NULL : "has not the layer's extended attributes";
}

/* A folder that the archive needs but does not have: the engine made it. */
static bool is_implied(const struct layer_tree *tree, const char *path, const char *full, const struct stat *status)
{
	const struct layer_node nothing = {0};
	if (!S_ISDIR(status->st_mode))
		return false;
	/* the layer's own folder is below the container's, whose owner and mode hold */
	if (*path && (status->st_mode & (S_ISUID | S_ISGID | S_ISVTX) || !layer_tree_has_below(tree, path)))
		return false;
	return attributes_fit(full, &nothing);
}

int layer_node_check(struct layer_tree *tree, const char *folder, const char *path, const struct stat *status,
		     struct error **error)
{
	struct layer_node *node = layer_tree_find(tree, path);
	cleanup_free char *full = NULL;
	if (asprintf(&full, "%s/%s", folder, path) < 0) {
		full = NULL;
		return error_out_of_memory(error);
	}
	if (!node)
		return is_implied(tree, path, full, status) ? 0 : differs(folder, path, "is not in the layer", error);
	node->seen = true;
	node->inode = status->st_ino;
	if (node->file.kind == LAYER_HARD_LINK)
		return 0;
	const char *wrong = judge(node, path, full, status);
	return wrong ? differs(folder, path, wrong, error) : 0;
}
