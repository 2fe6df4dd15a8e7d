#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "policy/base/file.h"
#include "policy/trust/store_parts.h"

#define OLD_FOLDER STORE_TEMPORARY "/old"

/* What leads to it. Of an image that cannot be read any more at least its own digest does;
 * other look-ups that are left lead to nothing. */
static int plan_of(int store, const char *digest, struct store_plan *plan, struct error **error)
{
	cleanup_evidence struct evidence evidence = {0};
	if (store_image_read(store, digest, &evidence, NULL, NULL) == 0 &&
	    store_plan(&evidence, digest, NULL, 0, plan, NULL) == 0)
		return 0;
	plan->digests = calloc(1, sizeof(*plan->digests));
	if (!plan->digests)
		return error_out_of_memory(error);
	memcpy(plan->digests[0], digest, DIGEST_LENGTH + 1);
	plan->count = 1;
	return 0;
}

static int take_out(int store, const char *digest, struct error **error)
{
	struct store_path path = store_path_of(STORE_IMAGES, digest);
	cleanup_free char *shard_name = strndup(path.text, path.parent_length);
	cleanup_close int shard = -1;
	if (!shard_name)
		return error_out_of_memory(error);
	int result = store_open_directory(store, shard_name, &shard, error);
	if (result < 0)
		return result;
	if (renameat(store, path.text, store, OLD_FOLDER) < 0 || fsync(shard) < 0)
		return error_set_errno(error, errno, "taking %s out of the store", digest);
	return 0;
}

int store_remove_image(int store, const char *digest, struct error **error)
{
	cleanup_store_plan struct store_plan plan = {0};
	uint64_t size = 0;
	int measured = store_image_measure(store, digest, &size, NULL, NULL, NULL);
	if (measured == -ENOENT)
		return error_set(error, ENOENT, "the store of signatures has no image %s", digest);
	int result = plan_of(store, digest, &plan, error);
	if (result == 0)
		result = store_writer_begin(store, digest, &plan, error);
	if (result == 0)
		result = take_out(store, digest, error);
	for (size_t i = 0; result == 0 && i < plan.count; i++)
		result = store_lookup_write(store, plan.digests[i], digest, false, error);
	/* of a damaged one nobody knows its size: all are counted anew */
	if (result == 0 && measured < 0)
		return store_writer_mend(store, error);
	if (result == 0)
		return store_writer_end(store, -(int64_t)size, error);
	(void)store_writer_mend(store, NULL);
	return result;
}

int trust_store_remove(const char *path, const char *digest, struct error **error)
{
	cleanup_close int store = -1;
	int result = store_check_digest(digest, error);
	if (result == 0)
		result = store_writer_open(path, false, &store, error);
	if (result == 0)
		result = store_remove_image(store, digest, error);
	return store_writer_explain(path, result, error);
}

int trust_store_prune(const char *path, const struct trust_store_pruning *pruning, struct error **error)
{
	cleanup_close int store = -1;
	struct trust_store_image *images = NULL;
	size_t count = 0;
	int result = store_writer_open(path, false, &store, error);
	if (result == 0)
		result = trust_store_list(path, &images, &count, error);
	for (size_t i = 0; result == 0 && i < count; i++) {
		const struct trust_store_image *image = &images[i];
		if (!image->unasked || image->changed >= pruning->before ||
		    pruning->is_used(pruning->context, image->digest))
			continue;
		if (!pruning->dry)
			result = store_remove_image(store, image->digest, error);
		if (result == 0)
			pruning->removed(pruning->context, image);
	}
	trust_store_list_release(images, count);
	return store_writer_explain(path, result, error);
}
