#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "policy/base/file.h"
#include "policy/trust/digest.h"
#include "policy/trust/store_parts.h"

#define NEW_FOLDER STORE_TEMPORARY "/new"

/* What is there already and what comes, each blob proven. *ret_added: how many are new. */
static int merge(const struct evidence *blobs, struct evidence *all, size_t *ret_added, struct error **error)
{
	size_t before = all->count;
	for (size_t i = 0; i < blobs->count; i++) {
		const struct blob *blob = &blobs->blobs[i];
		char digest[DIGEST_LENGTH + 1];
		digest_of(blob->data, blob->size, digest);
		if (strcmp(digest, blob->digest) != 0)
			return error_set(error, EINVAL, "a blob is not what its digest %s says: its bytes have %s",
					 blob->digest, digest);
		if (evidence_find(all, digest))
			continue;
		cleanup_free uint8_t *copy = malloc(blob->size + 1);
		if (!copy)
			return error_out_of_memory(error);
		memcpy(copy, blob->data, blob->size);
		copy[blob->size] = '\0';
		int result = evidence_add(all, digest, copy, blob->size);
		if (result < 0)
			return error_set_errno(error, -result, "the store keeps at most %u blobs and %zu bytes of an "
					       "image, and %zu bytes of a blob", EVIDENCE_BLOBS, EVIDENCE_SIZE, EVIDENCE_BLOB_SIZE);
		copy = NULL;
	}
	*ret_added = all->count - before;
	/* so that the same is written whatever order it came in */
	evidence_sort(all);
	return 0;
}

static int check_total(int store, uint64_t added, struct error **error)
{
	uint64_t total = 0;
	int result = store_writer_total(store, &total, error);
	if (result == 0 && total + added > STORE_SIZE)
		return error_set(error, EFBIG, "the store of signatures would grow beyond %ju bytes; hardenctl trust "
				 "list shows what is in it, and hardenctl trust remove takes something out",
				 (uintmax_t)STORE_SIZE);
	return result;
}

/* The one step that readers see: there is no moment at which there is none, or a part. */
static int swap(int store, const char *digest, bool is_new, struct error **error)
{
	struct store_path path = store_path_of(STORE_IMAGES, digest);
	cleanup_free char *shard_name = strndup(path.text, path.parent_length);
	cleanup_close int shard = -1;
	if (!shard_name)
		return error_out_of_memory(error);
	if (mkdirat(store, shard_name, 0755) < 0 && errno != EEXIST)
		return error_set_errno(error, errno, "making \"%s\"", shard_name);
	int result = store_open_directory(store, shard_name, &shard, error);
	if (result < 0)
		return result;
	cleanup_close int images = openat(store, STORE_IMAGES, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fchmod(shard, 0755) < 0 || images < 0 || fsync(images) < 0)
		return error_set_errno(error, errno, "making \"%s\"", shard_name);
	if (renameat2(store, NEW_FOLDER, store, path.text, is_new ? RENAME_NOREPLACE : RENAME_EXCHANGE) < 0)
		return error_set_errno(error, errno, "putting the new state of %s in the place of the old one (the "
				       "store needs a file system that can exchange two folders)", digest);
	return fsync(shard) < 0 ? error_set_errno(error, errno, "writing \"%s\" to disk", shard_name) : 0;
}

static int open_old_blobs(int store, const char *digest, bool is_new, int *ret_blobs, struct error **error)
{
	struct store_path path = store_path_of(STORE_IMAGES, digest);
	cleanup_close int folder = -1;
	if (is_new)
		return 0;
	int result = store_open_directory(store, path.text, &folder, error);
	return result < 0 ? result : store_open_directory(folder, STORE_BLOBS, ret_blobs, error);
}

struct addition {
	const char *digest;
	struct evidence all;
	struct store_plan plan;
	uint64_t old_size;
	bool is_new;
};

static int write_addition(int store, const struct addition *addition, struct error **error)
{
	cleanup_close int old = -1;
	const char *digest = addition->digest;
	uint64_t added = store_evidence_size(&addition->all) - addition->old_size;
	int result = check_total(store, added, error);
	if (result == 0)
		result = store_share_check(store, digest, &addition->all, &addition->plan, error);
	if (result == 0)
		result = open_old_blobs(store, digest, addition->is_new, &old, error);
	if (result == 0)
		result = store_writer_begin(store, digest, &addition->plan, error);
	if (result == 0)
		result = store_layout_write(store, NEW_FOLDER, old, &addition->all, addition->plan.index, error);
	for (size_t i = 0; result == 0 && i < addition->plan.count; i++)
		result = store_lookup_write(store, addition->plan.digests[i], digest, true, error);
	if (result == 0)
		result = swap(store, digest, addition->is_new, error);
	return result < 0 ? result : store_writer_end(store, (int64_t)added, error);
}

static int add(int store, const char *digest, const char *name, const struct evidence *blobs,
	       struct addition *addition, struct error **error)
{
	cleanup_error struct error *why = NULL;
	cleanup_free char *old_name = NULL;
	size_t added = 0;
	int result = store_image_read(store, digest, &addition->all, &old_name, &why);
	addition->is_new = result == -ENOENT;
	if (result < 0 && !addition->is_new)
		return error_set(error, -result, "%s", error_message(why));
	addition->old_size = store_evidence_size(&addition->all);
	result = merge(blobs, &addition->all, &added, error);
	if (result < 0)
		return result;
	/* nothing new: whoever has cached a verdict keeps it */
	if (!addition->is_new && added == 0 && (!name || text_equal(name, old_name)))
		return 0;
	result = store_plan(&addition->all, digest, name ? name : old_name, &addition->plan, error);
	return result < 0 ? result : write_addition(store, addition, error);
}

int trust_store_add(const char *path, const char *digest, const char *name, const struct evidence *blobs,
		    struct error **error)
{
	cleanup_close int store = -1;
	struct addition addition = {.digest = digest};
	int result = store_check_digest(digest, error);
	if (result == 0)
		result = store_writer_open(path, true, &store, error);
	if (result == 0)
		result = add(store, digest, name, blobs, &addition, error);
	if (result < 0 && store >= 0)
		(void)store_writer_mend(store, NULL);
	evidence_release(&addition.all);
	store_plan_release(&addition.plan);
	return result;
}
