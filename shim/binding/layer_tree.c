#include "shim/binding/layer_tree.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

void layer_tree_release(struct layer_tree *tree)
{
	free(tree->nodes);
	*tree = (struct layer_tree){0};
}

static int compare_nodes(const void *left, const void *right)
{
	const struct layer_node *a = left, *b = right;
	int order = strcmp(a->file.path, b->file.path);
	return order ? order : (a->order < b->order ? -1 : a->order > b->order);
}

static size_t count_files(const char *record, size_t length, bool *ret_broken)
{
	struct layer_reader reader = {.next = record, .end = record + length};
	size_t count = 0;
	enum layer_step step;
	while ((step = layer_record_next(&reader)) != LAYER_END && step != LAYER_BROKEN)
		count += step == LAYER_FILE;
	*ret_broken = step == LAYER_BROKEN;
	return count;
}

/* Several marks of one path become one node: that a folder is opaque belongs to the folder,
 * and a whiteout gives way to what the archive puts there after it. False where a path is
 * there twice. */
static bool merge(struct layer_tree *tree)
{
	size_t kept = 0;
	for (size_t i = 0; i < tree->count; i++) {
		struct layer_node *next = &tree->nodes[i];
		struct layer_node *last = kept > 0 ? &tree->nodes[kept - 1] : NULL;
		if (!last || strcmp(last->file.path, next->file.path) != 0) {
			next->opaque = next->file.kind == LAYER_OPAQUE;
			tree->nodes[kept++] = *next;
		} else if (next->file.kind == LAYER_OPAQUE) {
			last->opaque = true;
		} else if (last->file.kind == LAYER_OPAQUE) {
			last->file = next->file;
		} else if (last->file.kind == LAYER_WHITEOUT) {
			last->file = next->file;
		} else {
			return false;
		}
	}
	tree->count = kept;
	return true;
}

int layer_tree_make(const char *record, size_t length, struct layer_tree *ret_tree, struct error **error)
{
	struct layer_reader reader = {.next = record, .end = record + length};
	bool broken = false;
	size_t count = count_files(record, length, &broken);
	if (broken)
		return error_set(error, EINVAL, "what was read of the layer's archive is malformed");
	cleanup_layer_tree struct layer_tree tree = {.nodes = calloc(count + 1, sizeof(*tree.nodes))};
	if (!tree.nodes)
		return error_out_of_memory(error);
	for (enum layer_step step; (step = layer_record_next(&reader)) != LAYER_END;)
		if (step == LAYER_FILE) {
			tree.nodes[tree.count].order = tree.count;
			tree.nodes[tree.count++].file = reader.file;
		}
	qsort(tree.nodes, tree.count, sizeof(*tree.nodes), compare_nodes);
	if (!merge(&tree))
		return error_set(error, EINVAL, "the layer's archive has a path twice");
	*ret_tree = tree;
	tree = (struct layer_tree){0};
	return 0;
}

/* The first node whose path is not before `path`. */
static size_t first_from(const struct layer_tree *tree, const char *path)
{
	size_t low = 0, high = tree->count;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (strcmp(tree->nodes[middle].file.path, path) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

struct layer_node *layer_tree_find(const struct layer_tree *tree, const char *path)
{
	size_t at = first_from(tree, path);
	return at < tree->count && text_equal(tree->nodes[at].file.path, path) ? &tree->nodes[at] : NULL;
}

bool layer_tree_has_below(const struct layer_tree *tree, const char *path)
{
	cleanup_free char *front = NULL;
	if (asprintf(&front, "%s/", path) < 0) {
		front = NULL;
		return false;
	}
	size_t at = first_from(tree, front);
	return at < tree->count && text_starts_with(tree->nodes[at].file.path, front);
}

char *layer_place(const char *folder, const char *path)
{
	struct text text = {0}, whole = {0};
	text_append_format(&whole, "%s/%s", folder, path);
	if (!whole.failed)
		text_append_quoted(&text, whole.data);
	text_release(&whole);
	return text_finish(&text);
}
