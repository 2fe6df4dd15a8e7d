/* containers/storage with the driver overlay (Podman, CRI-O): GRAPH-ROOT/overlay-layers/
 * layers.json has for each layer the digest of its archive and which one is below it. Its
 * files are GRAPH-ROOT/overlay/ID/diff. */
#include "shim/binding/stack.h"

#include <errno.h>
#include <string.h>

#include "policy/base/cleanup.h"
#include "policy/base/text.h"
#include "shim/identity/storage.h"

#define DRIVER "overlay"

/* GRAPH-ROOT and the container's layer of facts->storage, GRAPH-ROOT/overlay/LAYER. */
static int split(const char *storage, char **ret_root, const char **ret_layer, struct error **error)
{
	static const char middle[] = "/" DRIVER "/";
	const char *slash = strrchr(storage, '/');
	size_t front = slash ? (size_t)(slash + 1 - storage) : 0;
	if (front <= strlen(middle) || strncmp(slash + 1 - strlen(middle), middle, strlen(middle)) != 0)
		return error_set(error, EPERM,
				 "the container's layer \"%s\" is not the storage driver overlay's, and of no other can it "
				 "be told which layers are under its root; use that driver, or let the policy's bind be "
				 "digest",
				 storage);
	*ret_root = strndup(storage, front - strlen(middle));
	*ret_layer = slash + 1;
	return *ret_root ? 0 : error_out_of_memory(error);
}

/* The layers from the topmost one, `id`, down: each has to be what the image has there. */
static int find_layers(const struct binding_question *question, const json_t *list, const char *id,
		       const char **names, struct error **error)
{
	for (size_t i = question->count; i-- > 0;) {
		const json_t *layer = storage_find(list, id);
		const char *digest = document_text(json_object_get(layer, "diff-digest"));
		if (!layer)
			return error_set(error, EPERM,
					 "the store does not have the layer that should be layer %zu of the image (%s), or "
					 "an additional image store has it; pull the image into this store",
					 i + 1, question->diff_ids[i]);
		if (!text_equal(digest, question->diff_ids[i]))
			return error_set(error, EPERM,
					 "layer %zu under the container's root is %s, and the trusted image's is %s; create "
					 "the container anew from the trusted image",
					 i + 1, digest ? digest : "of no known digest", question->diff_ids[i]);
		names[i] = id;
		id = document_text(json_object_get(layer, "parent"));
	}
	if (id && *id)
		return error_set(error, EPERM, "below the trusted image's layers the container's root has more of them; "
					       "create the container anew from the trusted image");
	return 0;
}

static int add_layers(const struct binding_question *question, const char *root, const char *const *names,
		      struct layer_stack *stack, struct error **error)
{
	int result = 0;
	for (size_t i = 0; i < question->count && result == 0; i++) {
		result = stack_place(stack, i, names[i], "diff", error);
		if (result < 0 || question->binding != BIND_CONTENT)
			continue;
		struct layer *layer = &stack->layers[i];
		if (asprintf(&layer->tar_split, "%s/" DRIVER "-layers/%s.tar-split.gz", root, names[i]) < 0) {
			layer->tar_split = NULL;
			return error_out_of_memory(error);
		}
	}
	return result;
}

static int set_own(const struct facts *facts, const char *home, const char *own, struct layer_stack *stack,
		   struct error **error)
{
	cleanup_free char *tail = NULL;
	if (asprintf(&tail, "/%s/merged", own) < 0)
		return error_out_of_memory(error);
	size_t length = text_ends_with(facts->rootfs, tail) ? strlen(facts->rootfs) - strlen(tail) : strlen(home);
	stack->spelled = strndup(length == strlen(home) ? home : facts->rootfs, length);
	if (!stack->spelled)
		return error_out_of_memory(error);
	return stack_place_own(stack, own, "diff", error);
}

int stack_read_storage(const struct binding_question *question, struct layer_stack *stack, struct error **error)
{
	stack->engine = question->facts->engine == ENGINE_CRIO ? "CRI-O" : "Podman";
	cleanup_free char *root = NULL, *home = NULL;
	cleanup_free const char **names = calloc(question->count, sizeof(*names));
	cleanup_json json_t *list = NULL;
	cleanup_store struct store links = STORE_CLOSED;
	const char *own = NULL;
	int result = split(question->facts->storage, &root, &own, error);
	if (result < 0)
		return result;
	const struct storage storage = {.graph_root = root, .driver = DRIVER, .what = "the store"};
	if (!names || asprintf(&home, "%s/" DRIVER, root) < 0)
		return error_out_of_memory(error);
	result = stack_fill(stack, question, error);
	if (result == 0)
		result = store_open(home, &stack->home, error);
	if (result == 0)
		result = store_open_below(&stack->home, "l", &links, error);
	if (result == 0)
		result = storage_layers(&storage, &list, error);
	if (result < 0)
		return result;
	const json_t *layer = storage_find(list, own);
	if (!layer)
		return error_set(error, EPERM, "the store's layers.json does not have the container's own layer");
	const char *top = document_text(json_object_get(layer, "parent"));
	result = find_layers(question, list, top, names, error);
	if (result == 0)
		result = add_layers(question, root, names, stack, error);
	return result < 0 ? result : set_own(question->facts, home, own, stack, error);
}
