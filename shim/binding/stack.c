#include "shim/binding/stack.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "policy/base/cleanup.h"
#include "policy/base/file.h"
#include "policy/base/text.h"
#include "policy/host/path.h"
#include "policy/trust/chain_id.h"

void stack_release(struct layer_stack *stack)
{
	for (size_t i = 0; i < stack->count; i++) {
		free(stack->layers[i].folder);
		free(stack->layers[i].tar_split);
	}
	free(stack->layers);
	free(stack->init);
	free(stack->upper);
	free(stack->work);
	free(stack->spelled);
	store_close(&stack->home);
	*stack = (struct layer_stack)STACK_NONE;
}

int stack_fill(struct layer_stack *stack, const struct binding_question *question, struct error **error)
{
	stack->layers = calloc(question->count, sizeof(*stack->layers));
	if (!stack->layers)
		return error_out_of_memory(error);
	char chain_id[DIGEST_LENGTH + 1] = "";
	for (; stack->count < question->count; stack->count++) {
		struct layer *layer = &stack->layers[stack->count];
		if (!chain_id_next(chain_id, question->diff_ids[stack->count]))
			return error_set(error, EPERM, "layer %zu of the trusted image has no diff id that is a digest",
					 stack->count + 1);
		memcpy(layer->diff_id, question->diff_ids[stack->count], sizeof(layer->diff_id));
		memcpy(layer->chain_id, chain_id, sizeof(layer->chain_id));
	}
	return 0;
}

int stack_folder(const struct layer_stack *stack, const char *name, const char *tail, char **ret_folder,
		 struct error **error)
{
	struct stat status;
	if (!store_is_name(name))
		return error_set(error, EPERM, "a layer's name in %s's store is not one path component",
				 stack->engine);
	if (fstatat(stack->home.descriptor, name, &status, AT_SYMLINK_NOFOLLOW) < 0)
		return error_set(error, errno, "\"%s/%s\" cannot be looked at (error %d)", stack->home.path, name, errno);
	if (!S_ISDIR(status.st_mode) || !file_is_trusted(status.st_uid, status.st_mode))
		return error_set(error, EPERM, "\"%s/%s\" is not a folder that root alone can write",
				 stack->home.path, name);
	if (asprintf(ret_folder, "%s/%s/%s", stack->home.path, name, tail) < 0) {
		*ret_folder = NULL;
		return error_out_of_memory(error);
	}
	return 0;
}

int stack_place(struct layer_stack *stack, size_t i, const char *name, const char *tail, struct error **error)
{
	return stack_folder(stack, name, tail, &stack->layers[i].folder, error);
}

int stack_place_own(struct layer_stack *stack, const char *name, const char *files, struct error **error)
{
	int result = stack_folder(stack, name, files, &stack->upper, error);
	if (result < 0)
		return result;
	if (asprintf(&stack->work, "%s/%s/work", stack->home.path, name) < 0) {
		stack->work = NULL;
		return error_out_of_memory(error);
	}
	return 0;
}

/* What of `option` stands behind home; NULL where it is elsewhere. */
static const char *inside_home(const struct layer_stack *stack, const char *option)
{
	if (option[0] != '/')
		return option;
	const char *homes[] = {stack->home.path, stack->spelled};
	for (size_t i = 0; i < ARRAY_SIZE(homes); i++) {
		size_t length = homes[i] ? strlen(homes[i]) : 0;
		if (length > 0 && strncmp(option, homes[i], length) == 0 && option[length] == '/')
			return option + length + 1;
	}
	return NULL;
}

bool stack_names(const struct layer_stack *stack, const char *option, const char *folder)
{
	const char *inside = inside_home(stack, option);
	const char *wanted = path_rest(folder, stack->home.path);
	if (!inside || !wanted || wanted[0] != '/')
		return false;
	if (text_equal(inside, wanted + 1))
		return true;
	if (!text_starts_with(inside, "l/") || !store_is_name(inside + 2))
		return false;
	char target[128];
	ssize_t length = readlinkat(stack->home.descriptor, inside, target, sizeof(target) - 1);
	if (length <= 0)
		return false;
	target[length] = '\0';
	return text_starts_with(target, "..") && text_equal(target + 2, wanted);
}
