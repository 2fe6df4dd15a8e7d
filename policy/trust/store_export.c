#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "policy/base/file.h"
#include "policy/trust/store_parts.h"

/* The folder that the new one is made in, and its name there. */
static int open_parent(const char *directory, int *ret_parent, const char **ret_name, struct error **error)
{
	const char *slash = strrchr(directory, '/');
	cleanup_free char *parent = slash ? strndup(directory, (size_t)(slash - directory) + 1) : strdup(".");
	*ret_name = slash ? slash + 1 : directory;
	if (!parent)
		return error_out_of_memory(error);
	if (!**ret_name)
		return error_set(error, EINVAL, "\"%s\" ends with a slash; name the folder that is to be made", directory);
	return file_open_directory(parent, ret_parent, error);
}

int trust_store_export(const char *path, const char *digest, const char *directory, struct error **error)
{
	cleanup_close int store = -1, parent = -1;
	cleanup_evidence struct evidence evidence = {0};
	cleanup_store_plan struct store_plan plan = {0};
	cleanup_store_label struct store_label label = {0};
	cleanup_error struct error *why = NULL;
	const char *name = NULL;
	int result = store_check_digest(digest, error);
	if (result == 0)
		result = store_folder_open(path, &store, error);
	if (result < 0)
		return result;
	result = store_image_read(store, digest, &evidence, &label, &why);
	if (result == -ENOENT)
		return error_set(error, ENOENT, "the store of signatures has no image %s", digest);
	if (result < 0)
		return error_set(error, -result, "%s", error_message(why));
	if (evidence_verify(&evidence) > 0)
		return error_set(error, EINVAL, "%s in the store of signatures is damaged; remove it, and import or fetch it "
				   "again", digest);
	evidence_sort(&evidence);
	/* whose idea it was is this store's own matter */
	label.unasked = false;
	result = store_plan(&evidence, digest, &label, 0, &plan, error);
	if (result == 0)
		result = open_parent(directory, &parent, &name, error);
	if (result == 0)
		result = store_layout_write(parent, name, -1, &evidence, plan.index, error);
	return result;
}
