#include "shim/binding/overlay.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "policy/base/cleanup.h"
#include "policy/base/file.h"
#include "policy/base/text.h"
#include "shim/binding/overlay_options.h"

static int check_place(const struct mount_status *mount, const char *point, struct error **error)
{
	if (!text_equal(mount->point, point) || !text_equal(mount->root, "/"))
		return error_set(error, EPERM,
				 "nothing of its own is mounted at the container's root \"%s\", so which layers are under "
				 "it cannot be told; use the storage driver overlay, or let the policy's bind be digest",
				 point);
	if (!text_equal(mount->type, "overlay"))
		return error_set(error, EPERM,
				 "the container's root is of the type %s, of which it cannot be told which layers are "
				 "under it; use the storage driver overlay, or let the policy's bind be digest",
				 mount->type);
	if (mount->has_below)
		return error_set(error, EPERM,
				 "something is mounted below the container's root \"%s\" before the container is made, "
				 "which is no layer of the image; unmount it",
				 point);
	return 0;
}

static int check_lower(const struct overlay_options *options, const struct layer_stack *stack,
		       struct error **error)
{
	size_t above = stack->init ? 1 : 0;
	if (options->lower_count != stack->count + above)
		return error_set(error, EPERM,
				 "%zu layers are mounted under the container's root, and the trusted image and %s have %zu "
				 "of them; stop the container and start it anew",
				 options->lower_count, stack->engine, stack->count + above);
	if (stack->init && !stack_names(stack, options->lower[0], stack->init))
		return error_set(error, EPERM,
				 "the topmost layer under the container's root is \"%s\" and not the container's own "
				 "\"%s\"; stop the container and start it anew",
				 options->lower[0], stack->init);
	for (size_t i = 0; i < stack->count; i++) {
		const struct layer *layer = &stack->layers[stack->count - 1 - i];
		if (!stack_names(stack, options->lower[i + above], layer->folder))
			return error_set(error, EPERM,
					 "layer %zu under the container's root is \"%s\" and not \"%s\", where %s keeps the "
					 "trusted image's (%s); stop the container and start it anew",
					 stack->count - i, options->lower[i + above], layer->folder, stack->engine,
					 layer->diff_id);
	}
	return 0;
}

/* A mount without an upper directory is one that nobody can write. */
static int check_upper(const struct overlay_options *options, const struct layer_stack *stack,
		       struct error **error)
{
	if (options->upper && !stack_names(stack, options->upper, stack->upper))
		return error_set(error, EPERM,
				 "what the container writes goes to \"%s\" and not to its own \"%s\"; stop the container "
				 "and start it anew",
				 options->upper, stack->upper);
	if (options->work && !stack_names(stack, options->work, stack->work))
		return error_set(error, EPERM, "the overlay works in \"%s\" and not in the container's own \"%s\"; stop the "
					       "container and start it anew",
				 options->work, stack->work);
	return 0;
}

int overlay_compare(const struct mount_status *mount, const char *point, const struct layer_stack *stack,
		    struct error **error)
{
	cleanup_overlay_options struct overlay_options options = {0};
	int result = check_place(mount, point, error);
	if (result == 0)
		result = overlay_options_parse(mount->options, &options, error);
	if (result == 0)
		result = check_lower(&options, stack, error);
	return result < 0 ? result : check_upper(&options, stack, error);
}

/* The path of an open folder, whose mount is known: where it is the mount's own, its point
 * says it without asking the kernel once more. */
static char *path_of(int descriptor, const char *path, const struct mount_status *mount)
{
	return text_equal(mount->point, path) ? strdup(path) : file_path_of_descriptor(descriptor);
}

int overlay_check(const char *rootfs, const struct layer_stack *stack, struct error **error)
{
	cleanup_mount_status struct mount_status mount = {0};
	cleanup_close int root = open(rootfs, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (root < 0)
		return error_set(error, errno, "the container's root \"%s\" cannot be opened (error %d)", rootfs, errno);
	int result = mount_status_read(root, &mount, error);
	if (result < 0)
		return result;
	cleanup_free char *point = path_of(root, rootfs, &mount);
	if (!point)
		return error_set(error, errno, "where the container's root \"%s\" really is cannot be told (error %d)", rootfs,
				 errno);
	return overlay_compare(&mount, point, stack, error);
}
