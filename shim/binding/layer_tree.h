/* Private to the binding: the files of a layer as its archive describes them, and as they
 * stand in the engine's folder. */
#ifndef OCI_HARDEN_SHIM_BINDING_LAYER_TREE_H
#define OCI_HARDEN_SHIM_BINDING_LAYER_TREE_H

#include <sys/stat.h>

#include "policy/base/error.h"
#include "policy/base/sha256.h"
#include "shim/binding/layer_record.h"

struct layer_node {
	struct layer_file file;
	size_t order;  /* in the archive */
	bool opaque;   /* a folder that shows nothing of the layers below */
	bool seen;
	uint64_t inode; /* once it is seen */
};

/* By path. Owned, but for what the nodes borrow from the record. */
struct layer_tree {
	struct layer_node *nodes;
	size_t count;
};

/* From a record; -EINVAL where it is broken or has a path twice. */
int layer_tree_make(const char *record, size_t length, struct layer_tree *ret_tree, struct error **error);
void layer_tree_release(struct layer_tree *tree);
#define cleanup_layer_tree __attribute__((cleanup(layer_tree_release)))

/* Borrowed, or NULL. */
struct layer_node *layer_tree_find(const struct layer_tree *tree, const char *path);
/* Is there anything below the folder `path`? */
bool layer_tree_has_below(const struct layer_tree *tree, const char *path);

/* Goes through the folder (an absolute path without links, which root alone can reach) in
 * the order of names. The fingerprint is of every file's name, inode, time of change, size,
 * owner and mode. With `tree`: everything that stands there has to be in it and as it says,
 * the bytes of files aside; -EPERM with the file that is not. */
int layer_walk(const char *folder, struct layer_tree *tree, uint8_t ret_fingerprint[SHA256_SIZE],
	       int64_t *ret_newest, struct error **error);

/* Is what stands at `path`, by its status, what `tree` says? */
int layer_node_check(struct layer_tree *tree, const char *folder, const char *path, const struct stat *status,
		     struct error **error);

/* The folder and a file in it, in quotes, as a message's text; NULL without memory. */
char *layer_place(const char *folder, const char *path);

#endif
