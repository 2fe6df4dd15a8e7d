#include "shim/binding/binding.h"

#include <errno.h>
#include <string.h>

#include "policy/base/text.h"
#include "shim/binding/added.h"
#include "shim/binding/content.h"
#include "shim/binding/overlay.h"
#include "shim/binding/stack.h"

/* Which way the layers are kept is told by the engine and by where its storage driver has
 * its folder. */
static const struct source {
	enum engine engine;
	const char *tail; /* of facts->storage; NULL: whatever it is */
	int (*read)(const struct binding_question *question, struct layer_stack *stack, struct error **error);
} sources[] = {
	{ENGINE_DOCKER, "/overlay2", stack_read_docker},
	{ENGINE_DOCKER, "/rootfs/overlayfs", stack_read_snapshots},
	{ENGINE_CONTAINERD, NULL, stack_read_snapshots},
	{ENGINE_CRI, NULL, stack_read_snapshots},
	{ENGINE_PODMAN, "", stack_read_storage},
	{ENGINE_CRIO, "", stack_read_storage},
};

static const struct source *find_source(const struct facts *facts)
{
	for (size_t i = 0; i < ARRAY_SIZE(sources); i++) {
		const char *tail = sources[i].tail;
		if (sources[i].engine == facts->engine &&
		    (!tail || (facts->storage && text_ends_with(facts->storage, tail))))
			return &sources[i];
	}
	return NULL;
}

static int read_stack(const struct binding_question *question, struct layer_stack *stack, struct error **error)
{
	const struct facts *facts = question->facts;
	const struct source *source = find_source(facts);
	if (!source || !facts->rootfs)
		return error_set(error, EPERM,
				 "which layers are under the container's root cannot be told of the engine \"%s\" with "
				 "its storage in \"%s\"; use the storage driver overlay (Docker's overlay2, containerd's "
				 "overlayfs), or let the policy's bind be digest",
				 engine_name(facts->engine), facts->storage ? facts->storage : "no place that is known");
	if (question->count == 0 || question->count > LAYERS)
		return error_set(error, EPERM, "the trusted image has %zu layers, and 1 to %u can be bound",
				 question->count, LAYERS);
	return source->read(question, stack, error);
}

static int note(json_t *proof, char *sentence, struct error **error)
{
	cleanup_free char *owned = sentence;
	return owned && json_array_append_new(proof, json_string(owned)) == 0 ? 0 : error_out_of_memory(error);
}

/* An image that was removed and pulled anew has other folders than the cache knows. */
static int find_mounted(const struct binding_question *question, struct layer_stack *stack, struct error **error)
{
	cleanup_error struct error *outdated = NULL;
	int result = read_stack(question, stack, error);
	if (result < 0)
		return result;
	if (!stack->recalled)
		return overlay_check(question->facts->rootfs, stack, error);
	if (overlay_check(question->facts->rootfs, stack, &outdated) == 0)
		return 0;
	stack_release(stack);
	stack->anew = true;
	result = read_stack(question, stack, error);
	return result < 0 ? result : overlay_check(question->facts->rootfs, stack, error);
}

static int note_layers(const struct layer_stack *stack, json_t *proof, struct error **error)
{
	char *sentence = NULL;
	if (asprintf(&sentence,
		     "the %zu layers of the configuration are the ones under the container's root, in their order and "
		     "no others, by %s's store and the mount itself",
		     stack->count, stack->engine) < 0)
		sentence = NULL;
	return note(proof, sentence, error);
}

static int check_upper(const struct layer_stack *stack, json_t *proof, struct error **error)
{
	if (stack->started)
		return note(proof,
			    strdup("the container was started before, so that its upper directory was not looked at"),
			    error);
	int result = added_check_upper(stack, error);
	return result < 0 ? result
			  : note(proof, strdup("nothing was put into the container before its first start"), error);
}

int binding_check(const struct binding_question *question, json_t *proof, struct error **error)
{
	cleanup_stack struct layer_stack stack = STACK_NONE;
	if (question->binding == BIND_DIGEST && !question->empty_upper)
		return note(proof, strdup("by its digest alone: which layers are under the container's root was not "
					  "looked at"),
			    error);
	int result = find_mounted(question, &stack, error);
	if (result == 0)
		result = note_layers(&stack, proof, error);
	if (result == 0 && question->empty_upper)
		result = check_upper(&stack, proof, error);
	if (result == 0 && question->binding == BIND_CONTENT && stack.init)
		result = added_check_init(&stack, error);
	if (result == 0 && question->binding == BIND_CONTENT)
		result = content_check(question, &stack, proof, error);
	if (result < 0 && result != -EPERM)
		(void)error_prefix(error, "which layers are under the container's root cannot be told");
	return result;
}
