#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "policy/base/file.h"
#include "policy/document/document.h"
#include "policy/trust/digest.h"
#include "policy/trust/store_parts.h"

#define ATTEMPTS 100 /* each of them fails only where a writer has just finished */

static int read_blob(int blobs, const char *name, void *context, struct error **error)
{
	struct evidence *evidence = context;
	char digest[DIGEST_LENGTH + 1];
	cleanup_close int descriptor = -1;
	cleanup_free char *data = NULL;
	size_t size = 0;
	if (!digest_from_digits(name, digest))
		return error_set(error, EINVAL, "the store of signatures has a file in a folder of blobs that is not named by "
				 "a digest; remove what was put there by hand");
	int result = store_open_file(blobs, name, &descriptor, error);
	if (result == 0)
		result = file_read_all(descriptor, name, EVIDENCE_BLOB_SIZE, &data, &size, error);
	if (result < 0)
		return result;
	result = evidence_add(evidence, digest, (uint8_t *)data, size);
	if (result < 0)
		return error_set_errno(error, -result, "what the store of signatures has for one image is too much (more "
				       "than %u blobs or %zu bytes)", EVIDENCE_BLOBS, EVIDENCE_SIZE);
	data = NULL;
	return 0;
}

static int read_blobs(int folder, struct evidence *evidence, struct error **error)
{
	cleanup_close int blobs = -1;
	int result = store_open_directory(folder, STORE_BLOBS, &blobs, error);
	if (result < 0)
		return result;
	return store_for_each_name(take_descriptor(&blobs), read_blob, evidence, error);
}

/* What stands in its index.json, which the store itself has written. */
static int read_label(int folder, const char *digest, struct store_label *ret_label, struct error **error)
{
	cleanup_close int descriptor = -1;
	cleanup_free char *text = NULL;
	cleanup_json json_t *index = NULL;
	size_t length = 0;
	int result = store_open_file(folder, "index.json", &descriptor, error);
	if (result == 0)
		result = file_read_all(descriptor, "index.json", EVIDENCE_BLOB_SIZE, &text, &length, error);
	if (result < 0)
		return result;
	if (document_parse(text, length, DOCUMENT_PLAIN, &index, error) < 0)
		return error_prefix(error, "the index.json of %s in the store of signatures is damaged (hardenctl trust remove "
				    "takes it out, to be imported or fetched again)", digest);
	const json_t *annotations = document_get(index, "/manifests/0/annotations");
	const char *name = document_text(json_object_get(annotations, STORE_NAME));
	*ret_label = (struct store_label){
		.name = name ? strdup(name) : NULL,
		.unasked = json_object_get(annotations, STORE_UNASKED) != NULL,
	};
	return name && !ret_label->name ? error_out_of_memory(error) : 0;
}

int store_image_label(int store, const char *digest, struct store_label *ret_label, struct error **error)
{
	struct store_path path = store_path_of(STORE_IMAGES, digest);
	cleanup_close int folder = -1;
	int result = store_open_directory(store, path.text, &folder, error);
	return result < 0 ? result : read_label(folder, digest, ret_label, error);
}

void store_label_release(struct store_label *label)
{
	free(label->name);
	*label = (struct store_label){0};
}

/* *ret_current: what was read is one whole version, and so is an error about it. */
static int attempt(int store, const char *digest, struct evidence *evidence, struct store_label *ret_label,
		   bool *ret_current, struct error **error)
{
	struct store_path path = store_path_of(STORE_IMAGES, digest);
	cleanup_close int folder = -1;
	struct stat before, after;
	*ret_current = true;
	int result = store_open_directory(store, path.text, &folder, error);
	if (result < 0)
		return result;
	result = read_blobs(folder, evidence, error);
	if (result == 0 && ret_label)
		result = read_label(folder, digest, ret_label, error);
	/* -ENOENT is left to say that there is no such image */
	if (result == -ENOENT)
		result = -EINVAL;
	*ret_current = fstat(folder, &before) == 0 && fstatat(store, path.text, &after, AT_SYMLINK_NOFOLLOW) == 0 &&
		       store_same(&before, &after);
	return result;
}

int store_image_read(int store, const char *digest, struct evidence *ret_evidence, struct store_label *ret_label,
		     struct error **error)
{
	for (int i = 0; i < ATTEMPTS; i++) {
		cleanup_evidence struct evidence evidence = {0};
		cleanup_error struct error *why = NULL;
		cleanup_store_label struct store_label label = {0};
		bool current = false;
		int result = attempt(store, digest, &evidence, ret_label ? &label : NULL, &current, &why);
		if (!current)
			continue;
		if (result < 0)
			return error_set(error, -result, "%s", error_message(why));
		*ret_evidence = evidence;
		evidence = (struct evidence){0};
		if (ret_label) {
			*ret_label = label;
			label = (struct store_label){0};
		}
		return 0;
	}
	return error_set(error, EAGAIN, "%s in the store of signatures is being written all the time", digest);
}
