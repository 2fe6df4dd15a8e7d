/* containerd's overlayfs snapshots: containerd itself was asked what is below the container
 * (shim/containerd). A committed snapshot of an image's layer is named by its chain id, and
 * each layer's files are SNAPSHOTS/NUMBER/fs. dockerd with containerd's image store has one
 * snapshot more, which it fills with mount points, between the image and the container. */
#include "shim/binding/stack.h"

#include <errno.h>
#include <string.h>

#include "policy/base/cleanup.h"
#include "policy/base/text.h"
#include "policy/trust/chain_id.h"

#define FILES "fs"

/* SNAPSHOTS and NUMBER of SNAPSHOTS/NUMBER/fs. */
static int split(const char *folder, char **ret_home, char **ret_name, struct error **error)
{
	cleanup_free char *front = text_ends_with(folder, "/" FILES) && folder[0] == '/'
					   ? strndup(folder, strlen(folder) - strlen("/" FILES))
					   : NULL;
	char *slash = front ? strrchr(front, '/') : NULL;
	if (!slash || slash == front)
		return error_set(error, EPERM,
				 "\"%s\" is not a folder of containerd's snapshotter overlayfs, and of no other can it be "
				 "told which layers are under the container's root; use that snapshotter, or let the "
				 "policy's bind be digest",
				 folder);
	*slash = '\0';
	char *name = strdup(slash + 1);
	if (!name)
		return error_out_of_memory(error);
	*ret_name = name;
	*ret_home = take_pointer(front);
	return 0;
}

/* Splits the folders, the topmost first, as the overlay's option has them. */
static size_t split_lower(char *lower, const char **folders, size_t most)
{
	size_t count = 0;
	for (char *folder; (folder = strsep(&lower, ":"));) {
		if (count < most)
			folders[count] = folder;
		count++;
	}
	return count;
}

static int name_below(const struct layer_stack *stack, const char *folder, char **ret_name, struct error **error)
{
	cleanup_free char *home = NULL;
	int result = split(folder, &home, ret_name, error);
	if (result == 0 && !text_equal(home, stack->spelled))
		result = error_set(error, EPERM, "\"%s\" is not among containerd's other snapshots", folder);
	return result;
}

static int add_all(const struct binding_question *question, const char *const *folders, bool has_init,
		   struct layer_stack *stack, struct error **error)
{
	int result = 0;
	for (size_t i = 0; i < question->count && result == 0; i++) {
		cleanup_free char *name = NULL;
		result = name_below(stack, folders[question->count - 1 - i + has_init], &name, error);
		if (result == 0)
			result = stack_place(stack, i, name, FILES, error);
	}
	cleanup_free char *init = NULL, *own = NULL;
	if (result == 0 && has_init)
		result = name_below(stack, folders[0], &init, error);
	if (result == 0 && has_init)
		result = stack_folder(stack, init, FILES, &stack->init, error);
	if (result == 0)
		result = name_below(stack, question->facts->snapshot_upper, &own, error);
	return result < 0 ? result : stack_place_own(stack, own, FILES, error);
}

static int check_chain(const struct binding_question *question, struct error **error)
{
	const struct facts *facts = question->facts;
	char chain_id[DIGEST_LENGTH + 1];
	if (!facts->chain_id || !facts->snapshot_lower || !facts->snapshot_upper)
		return error_set(error, EPERM,
				 "containerd does not say which layers are under the container's root; let its snapshotter "
				 "be overlayfs, or the policy's bind digest");
	if (!chain_id_of(question->diff_ids, question->count, chain_id))
		return error_set(error, EPERM, "the trusted image has a layer whose diff id is no digest");
	if (!text_equal(facts->chain_id, chain_id))
		return error_set(error, EPERM,
				 "containerd has the layers %s under the container's root, and the trusted image's are %s; "
				 "create the container anew from the trusted image",
				 facts->chain_id, chain_id);
	return 0;
}

int stack_read_snapshots(const struct binding_question *question, struct layer_stack *stack,
			 struct error **error)
{
	const struct facts *facts = question->facts;
	bool has_init = facts->engine == ENGINE_DOCKER;
	stack->engine = "containerd";
	int result = check_chain(question, error);
	if (result < 0)
		return result;
	cleanup_free char *lower = strdup(facts->snapshot_lower), *name = NULL;
	cleanup_free const char **folders = calloc(LAYERS + 1, sizeof(*folders));
	if (!lower || !folders)
		return error_out_of_memory(error);
	size_t count = split_lower(lower, folders, LAYERS + 1);
	if (count != question->count + has_init)
		return error_set(error, EPERM, "containerd has %zu layers below the container, and the trusted image %zu%s",
				 count, question->count, has_init ? " and Docker's own one" : "");
	result = split(folders[0], &stack->spelled, &name, error);
	if (result == 0)
		result = stack_fill(stack, question, error);
	if (result == 0)
		result = store_open(stack->spelled, &stack->home, error);
	return result < 0 ? result : add_all(question, folders, has_init, stack, error);
}
