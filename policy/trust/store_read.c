#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "policy/base/file.h"
#include "policy/trust/digest.h"
#include "policy/trust/store_parts.h"

#define ATTEMPTS 100

/* A store that is not there has nothing: *ret_store is -1. */
static int open_if_there(const char *path, int *ret_store, struct error **error)
{
	cleanup_error struct error *why = NULL;
	int result = store_folder_open(path, ret_store, &why);
	if (result == -ENOENT)
		return 0;
	return result < 0 ? error_set(error, -result, "%s", error_message(why)) : 0;
}

static int look_up(int store, const char *digest, struct store_lookup *ret_lookup, struct error **error)
{
	if (!digest_is_valid(digest))
		return error_set(error, EINVAL, "what is looked for in the store of signatures is not a digest");
	return store_lookup_read(store, digest, ret_lookup, error);
}

/* Of the folder of its blobs, which each write makes anew, and whose change time tells
 * where somebody else put something into it or took it out. */
static int append_image_state(int store, const char *digest, struct text *state, struct error **error)
{
	struct store_path path = store_path_of(STORE_IMAGES, digest);
	for (int i = 0; i < ATTEMPTS; i++) {
		cleanup_close int folder = -1;
		struct stat status;
		int result = file_open_plain_in_root(store, path.text, O_PATH | O_DIRECTORY, &folder);
		if (result == -ENOENT) {
			text_append(state, " -");
			return 0;
		}
		if (result == 0 && fstatat(folder, STORE_BLOBS, &status, AT_SYMLINK_NOFOLLOW) < 0)
			result = -errno;
		/* a writer has swapped the folder that was just opened */
		if (result == -ENOENT)
			continue;
		if (result < 0)
			return error_set_errno(error, -result, "\"%s\" in the store of signatures", path.text);
		if (!file_is_trusted(status.st_uid, status.st_mode))
			return error_set(error, EPERM, "\"%s\" in the store of signatures can be written by others than "
					 "root; chown root:root and chmod go-w it", path.text);
		text_append_format(state, " %ju:%ju:%jd.%09ld", (uintmax_t)status.st_dev, (uintmax_t)status.st_ino,
				   (intmax_t)status.st_ctim.tv_sec, status.st_ctim.tv_nsec);
		return 0;
	}
	return error_set(error, EAGAIN, "\"%s\" in the store of signatures has no folder \"" STORE_BLOBS "\"", path.text);
}

int trust_store_state(const char *path, const char *const *digests, size_t count, struct text *state,
		      struct error **error)
{
	cleanup_close int store = -1;
	cleanup_text struct text made = {0};
	int result = open_if_there(path, &store, error);
	for (size_t i = 0; result == 0 && i < count; i++) {
		struct store_lookup lookup = {0};
		if (store >= 0)
			result = look_up(store, digests[i], &lookup, error);
		text_append_format(&made, "%s %s", digests[i], lookup.count ? lookup.number : "-");
		for (size_t k = 0; result == 0 && k < lookup.count; k++)
			result = append_image_state(store, lookup.images[k], &made, error);
		text_append(&made, "\n");
	}
	if (result == 0 && made.failed)
		result = error_out_of_memory(error);
	if (result == 0)
		text_append_bytes(state, made.data ? made.data : "", made.length);
	return result;
}

/* Moves all of `from` over. */
static int merge(struct evidence *evidence, struct evidence *from, struct error **error)
{
	for (size_t i = 0; i < from->count; i++) {
		struct blob *blob = &from->blobs[i];
		int result = evidence_add(evidence, blob->digest, blob->data, blob->size);
		if (result < 0)
			return error_set_errno(error, -result, "what the store of signatures has for this image is too much (more "
					       "than %u blobs or %zu bytes); remove what is not needed by hardenctl trust remove",
					       EVIDENCE_BLOBS, EVIDENCE_SIZE);
		blob->data = NULL;
	}
	return 0;
}

static int read_images(int store, const char *digest, struct text *seen, struct evidence *evidence,
		       struct error **error)
{
	struct store_lookup lookup;
	int result = look_up(store, digest, &lookup, error);
	for (size_t i = 0; result == 0 && i < lookup.count; i++) {
		cleanup_evidence struct evidence one = {0};
		cleanup_error struct error *why = NULL;
		if (seen->data && strstr(seen->data, lookup.images[i]))
			continue;
		text_append(seen, lookup.images[i]);
		result = store_image_read(store, lookup.images[i], &one, NULL, &why);
		/* a writer is about to add it, or was killed when it was: there is nothing yet */
		if (result == -ENOENT)
			result = 0;
		else if (result < 0)
			result = error_set(error, -result, "%s", error_message(why));
		else
			result = merge(evidence, &one, error);
	}
	return result < 0 || !seen->failed ? result : error_out_of_memory(error);
}

int trust_store_read(const char *path, const char *const *digests, size_t count, struct evidence *ret_evidence,
		     struct error **error)
{
	cleanup_close int store = -1;
	cleanup_evidence struct evidence evidence = {0};
	cleanup_text struct text seen = {0};
	int result = open_if_there(path, &store, error);
	for (size_t i = 0; store >= 0 && result == 0 && i < count; i++)
		result = read_images(store, digests[i], &seen, &evidence, error);
	if (result < 0)
		return result;
	*ret_evidence = evidence;
	evidence = (struct evidence){0};
	return 0;
}
