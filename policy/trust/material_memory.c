#include "policy/trust/material_memory.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "policy/document/document.h"
#include "policy/trust/base64.h"

int material_memory_keep(struct material_memory *memory, void *block)
{
	void **larger = reallocarray(memory->blocks, memory->block_count + 1, sizeof(*larger));
	if (!larger) {
		free(block);
		return -ENOMEM;
	}
	memory->blocks = larger;
	larger[memory->block_count++] = block;
	return 0;
}

void *material_memory_allocate(struct material_memory *memory, size_t count, size_t size)
{
	void *block = calloc(count ? count : 1, size);
	return block && material_memory_keep(memory, block) == 0 ? block : NULL;
}

/* Takes over `tree`, also where it fails. */
static int keep_tree(struct material_memory *memory, json_t *tree)
{
	if (!memory->trees)
		memory->trees = json_array();
	/* both take a tree over whether they succeed or not */
	if (!memory->trees) {
		json_decref(tree);
		return -ENOMEM;
	}
	return json_array_append_new(memory->trees, tree) < 0 ? -ENOMEM : 0;
}

int material_memory_decode(struct material_memory *memory, const char *base64, const char *what,
			   struct bytes *ret_bytes, struct error **error)
{
	uint8_t *data = NULL;
	size_t size = 0;
	int result = base64_decode(base64, strlen(base64), BASE64_STANDARD, what, &data, &size, error);
	if (result < 0)
		return result;
	if (material_memory_keep(memory, data) < 0)
		return error_out_of_memory(error);
	*ret_bytes = (struct bytes){data, size};
	return 0;
}

int material_memory_decode_member(struct material_memory *memory, const json_t *object, const char *key,
				  struct bytes *ret_bytes, struct error **error)
{
	const json_t *member = json_object_get(object, key);
	if (!member)
		return 0;
	const char *text = document_text(member);
	if (!text)
		return error_set(error, EINVAL, "\"%s\" is not a string", key);
	return material_memory_decode(memory, text, key, ret_bytes, error);
}

int material_memory_parse(struct material_memory *memory, const void *data, size_t size, const json_t **ret_root,
			  struct error **error)
{
	json_t *root = NULL;
	int result = document_parse(data, size, DOCUMENT_PLAIN, &root, error);
	if (result < 0)
		return result;
	if (keep_tree(memory, root) < 0)
		return error_out_of_memory(error);
	*ret_root = root;
	return 0;
}

void material_memory_release(struct material_memory *memory)
{
	for (size_t i = 0; i < memory->block_count; i++)
		free(memory->blocks[i]);
	free(memory->blocks);
	json_decref(memory->trees);
	*memory = (struct material_memory){0};
}
