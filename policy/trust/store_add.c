#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "policy/base/file.h"
#include "policy/trust/digest.h"
#include "policy/trust/store_parts.h"

#define NEW_FOLDER STORE_TEMPORARY "/new"

/* One image as it is and as it is going to be. */
struct change {
	const struct trust_store_addition *asked;
	struct evidence old; /* owned */
	struct evidence all; /* its list is owned, its blobs are borrowed of `old` and of what is added */
	struct store_label label;
	struct store_plan plan;
	enum store_worth worth;
	bool is_new;
};

static void change_release(struct change *change)
{
	evidence_release(&change->old);
	free(change->all.blobs);
	store_label_release(&change->label);
	store_plan_release(&change->plan);
}

/* What is there already and what comes, each blob proven. */
static int merge(struct change *change, struct error **error)
{
	const struct evidence *blobs = change->asked->blobs;
	change->all.blobs = calloc(change->old.count + blobs->count + 1, sizeof(*change->all.blobs));
	if (!change->all.blobs)
		return error_out_of_memory(error);
	for (size_t i = 0; i < change->old.count; i++)
		change->all.blobs[change->all.count++] = change->old.blobs[i];
	for (size_t i = 0; i < blobs->count; i++) {
		const struct blob *blob = &blobs->blobs[i];
		char digest[DIGEST_LENGTH + 1];
		digest_of(blob->data, blob->size, digest);
		if (strcmp(digest, blob->digest) != 0)
			return error_set(error, EINVAL, "a blob is not what its digest %s says: its bytes have %s",
					 blob->digest, digest);
		if (!evidence_find(&change->all, digest))
			change->all.blobs[change->all.count++] = *blob;
	}
	/* so that the same is written whatever order it came in */
	evidence_sort(&change->all);
	return 0;
}

static int check_limits(const struct evidence *evidence, struct error **error)
{
	bool fits = evidence->count <= EVIDENCE_BLOBS && store_evidence_size(evidence) <= EVIDENCE_SIZE;
	for (size_t i = 0; i < evidence->count; i++)
		fits = fits && evidence->blobs[i].size <= EVIDENCE_BLOB_SIZE;
	if (fits)
		return 0;
	return error_set(error, E2BIG, "the store keeps at most %u blobs and %zu bytes of an image, and %zu bytes of a "
			 "blob", EVIDENCE_BLOBS, EVIDENCE_SIZE, EVIDENCE_BLOB_SIZE);
}

/* -E2BIG where it is too much for whoever reads it. */
static int plan(int store, struct change *change, struct error **error)
{
	const char *digest = change->asked->digest;
	const struct store_reader reader = {.signers = json_object_size(change->asked->signers), .times = 1};
	store_plan_release(&change->plan);
	int result = check_limits(&change->all, error);
	if (result == 0)
		result = store_plan(&change->all, digest, &change->label, reader, &change->plan, error);
	return result < 0 ? result
			  : store_share_check(store, digest, &change->all, reader.signers, &change->plan, error);
}

/* Leaves what is worth keeping. */
static int sift(struct change *change, struct error **error)
{
	cleanup_digest_set struct digest_set kept = {0};
	struct evidence *all = &change->all;
	int result = store_sift(all, change->asked->digest, change->asked->signers, &change->worth, &kept, error);
	size_t count = 0;
	for (size_t i = 0; result == 0 && i < all->count; i++)
		if (digest_set_has(&kept, all->blobs[i].digest))
			all->blobs[count++] = all->blobs[i];
	if (result < 0)
		return result;
	if (change->asked->left_out)
		*change->asked->left_out = all->count - count;
	all->count = count;
	return 0;
}

/* All of it; where that is too much, what the signers said; where even that is too much for
 * what other images have in common with it, in the place of those that are worth less. */
static int fit(int store, struct change *change, struct error **error)
{
	cleanup_error struct error *why = NULL, *again = NULL;
	int result = plan(store, change, &why);
	/* where the policy has no signers nothing is worth more than the rest */
	if (result == -E2BIG && json_object_size(change->asked->signers) > 0) {
		result = sift(change, &again);
		if (result == 0)
			result = plan(store, change, &again);
		if (result == -E2BIG && change->worth == STORE_SIGNED) {
			error_free(again);
			again = NULL;
			result = store_share_clear(store, change->asked->digest, change->asked->signers, &change->plan, &again);
			if (result == 0)
				result = plan(store, change, &again);
		}
	}
	return result < 0 ? error_set(error, -result, "%s", error_message(again ? again : why)) : 0;
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

static int write_change(int store, const struct change *change, int64_t grows, struct error **error)
{
	cleanup_close int old = -1;
	const char *digest = change->asked->digest;
	int result = open_old_blobs(store, digest, change->is_new, &old, error);
	if (result == 0)
		result = store_writer_begin(store, digest, &change->plan, error);
	if (result == 0)
		result = store_layout_write(store, NEW_FOLDER, old, &change->all, change->plan.index, error);
	for (size_t i = 0; result == 0 && i < change->plan.count; i++)
		result = store_lookup_write(store, change->plan.digests[i], digest, true, error);
	if (result == 0)
		result = swap(store, digest, change->is_new, error);
	return result < 0 ? result : store_writer_end(store, grows, error);
}

static int read_old(int store, struct change *change, struct error **error)
{
	cleanup_error struct error *why = NULL;
	int result = store_image_read(store, change->asked->digest, &change->old, &change->label, &why);
	change->is_new = result == -ENOENT;
	return result < 0 && !change->is_new ? error_set(error, -result, "%s", error_message(why)) : 0;
}

/* Of the name and of whose idea it was; *ret_changed: it is another now. */
static int take_label(struct change *change, bool *ret_changed, struct error **error)
{
	struct store_label *label = &change->label;
	bool unasked = change->asked->unasked && (change->is_new || label->unasked);
	*ret_changed = unasked != label->unasked;
	label->unasked = unasked;
	if (!change->asked->name || text_equal(change->asked->name, label->name))
		return 0;
	free(label->name);
	label->name = strdup(change->asked->name);
	*ret_changed = true;
	return label->name ? 0 : error_out_of_memory(error);
}

static bool is_as_before(const struct change *change)
{
	bool same = !change->is_new && change->all.count == change->old.count;
	for (size_t i = 0; same && i < change->all.count; i++)
		same = evidence_find(&change->old, change->all.blobs[i].digest) != NULL;
	return same;
}

static int put(int store, struct change *change, struct error **error)
{
	bool changed = false;
	int result = read_old(store, change, error);
	if (result == 0)
		result = take_label(change, &changed, error);
	if (result == 0)
		result = merge(change, error);
	/* nothing new: whoever has cached a verdict keeps it */
	if (result < 0 || (is_as_before(change) && !changed))
		return result;
	result = fit(store, change, error);
	if (result < 0 || (is_as_before(change) && !changed))
		return result;
	int64_t grows = (int64_t)store_evidence_size(&change->all) - (int64_t)store_evidence_size(&change->old);
	const struct store_wish wish = {change->asked, &change->all, grows};
	result = store_room_make(store, &wish, error);
	return result < 0 ? result : write_change(store, change, grows, error);
}

int trust_store_put(const char *path, const struct trust_store_addition *addition, struct error **error)
{
	cleanup_close int store = -1;
	struct change change __attribute__((cleanup(change_release))) = {.asked = addition};
	if (addition->left_out)
		*addition->left_out = 0;
	int result = store_check_digest(addition->digest, error);
	if (result == 0)
		result = store_writer_open(path, true, &store, error);
	if (result == 0)
		result = put(store, &change, error);
	if (result < 0 && store >= 0)
		(void)store_writer_mend(store, NULL);
	return store_writer_explain(path, result, error);
}

int trust_store_add(const char *path, const char *digest, const char *name, const struct evidence *blobs,
		    struct error **error)
{
	const struct trust_store_addition addition = {.digest = digest, .name = name, .blobs = blobs};
	return trust_store_put(path, &addition, error);
}
