/* Is the image that containers/storage has for a container its configuration's? An image's
 * id is its configuration's digest, and its layers are those that the manifest lists with
 * which it came: c/image before 5.34 does not compare the two, so that anybody can have a
 * known image's id on layers of his own. */
#include "shim/identity/storage.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>

#include "policy/base/cleanup.h"
#include "policy/base/file.h"
#include "policy/base/text.h"
#include "policy/trust/chain_id.h"
#include "shim/containerd/image_documents.h"

#define LAYERS 500u /* as many as overlayfs takes */

/* ROOT/DRIVER/LAYER, the container's own layer. Owned. */
struct layer_place {
	char *root, *driver, *layer;
};

static void cleanup_place(struct layer_place *place)
{
	free(place->root);
	free(place->driver);
	free(place->layer);
}

/* Cuts the last component off, into *ret_name: 1, or 0 where there is none; -ENOMEM. */
static int cut_last(char *path, char **ret_name)
{
	char *slash = strrchr(path, '/');
	if (!slash || slash == path)
		return 0;
	*slash = '\0';
	*ret_name = strdup(slash + 1);
	return *ret_name ? 1 : -ENOMEM;
}

/* 1, or 0 where it is no such place; -ENOMEM. */
static int split(const char *storage, struct layer_place *place)
{
	if (!storage)
		return 0;
	place->root = strdup(storage);
	int result = place->root ? cut_last(place->root, &place->layer) : -ENOMEM;
	if (result <= 0)
		return result;
	/* vfs keeps its layers one folder deeper */
	if (text_ends_with(place->root, "/vfs/dir"))
		place->root[strlen(place->root) - strlen("/dir")] = '\0';
	return cut_last(place->root, &place->driver);
}

/* The chain id of the layers from `top` down. */
static int find_chain_id(const json_t *layers, const char *top, char ret_chain_id[DIGEST_LENGTH + 1],
			 struct error **error)
{
	const char *diff_ids[LAYERS];
	size_t first = LAYERS;
	const char *id = top;
	for (; id && *id; first--) {
		const json_t *layer = storage_find(layers, id);
		const char *diff_id = document_text(json_object_get(layer, "diff-digest"));
		if (first == 0 || !digest_is_valid(diff_id))
			return error_set(error, EPERM, "the store does not have all layers of the container's image, or not "
					 "what they are; pull the image into this store anew");
		diff_ids[first - 1] = diff_id;
		id = document_text(json_object_get(layer, "parent"));
	}
	(void)chain_id_of(diff_ids + first, LAYERS - first, ret_chain_id);
	return 0;
}

/* The store's file for `key` is named "=" and the key in base64; a digest's has no slash. */
static void name_file(const char *key, char name[2 * DIGEST_LENGTH])
{
	static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	size_t length = strlen(key);
	*name++ = '=';
	for (size_t i = 0; i < length; i += 3) {
		unsigned bits = 0;
		for (size_t k = 0; k < 3; k++)
			bits = bits << 8 | (i + k < length ? (unsigned char)key[i + k] : 0);
		for (size_t k = 0; k < 4; k++)
			*name++ = i + k <= length ? letters[bits >> (18 - 6 * k) & 63] : '=';
	}
	*name = '\0';
}

/* The configuration's bytes, which have this digest. */
static int read_configuration(const struct layer_place *place, const char *digest, struct evidence *evidence,
			      struct error **error)
{
	char name[2 * DIGEST_LENGTH], seen[DIGEST_LENGTH + 1];
	cleanup_free char *path = NULL, *data = NULL;
	cleanup_store struct store folder = STORE_CLOSED;
	size_t size = 0;
	if (asprintf(&path, "%s/%s-images/%s", place->root, place->driver, digest + strlen("sha256:")) < 0) {
		path = NULL;
		return error_out_of_memory(error);
	}
	name_file(digest, name);
	int result = store_open(path, &folder, error);
	if (result == 0)
		result = file_read_trusted_at(folder.descriptor, name, EVIDENCE_BLOB_SIZE, &data, &size, error);
	if (result < 0)
		return result;
	digest_of(data, size, seen);
	if (!text_equal(seen, digest))
		return error_set(error, EPERM, "\"%s/%s\" does not have the digest %s; pull the image anew", path, name,
				 digest);
	result = evidence_add(evidence, digest, (uint8_t *)data, size);
	if (result < 0)
		return error_set_errno(error, -result, "keeping %s", digest);
	data = NULL;
	return 0;
}

/* The layer is a container's own, above its image's, or the topmost of an image. */
static int compare(const struct layer_place *place, bool is_container, const char *digest, bool *ret_same,
		   struct error **error)
{
	const struct storage storage = {.graph_root = place->root, .driver = place->driver, .what = "the store"};
	cleanup_json json_t *layers = NULL;
	cleanup_evidence struct evidence evidence = {0};
	char chain_id[DIGEST_LENGTH + 1] = "", own[DIGEST_LENGTH + 1];
	int result = storage_layers(&storage, &layers, error);
	const char *below = document_text(json_object_get(storage_find(layers, place->layer), "parent"));
	if (result == 0)
		result = find_chain_id(layers, is_container ? below : place->layer, chain_id, error);
	if (result == 0)
		result = read_configuration(place, digest, &evidence, error);
	if (result < 0)
		return result;
	struct image_documents documents = {0};
	result = image_documents_read(&evidence, &documents, error);
	*ret_same = result == 0 && image_documents_value(&documents, IMAGE_DOCUMENT_CONFIG, digest, 0, own) &&
		    text_equal(own, chain_id);
	image_documents_release(&documents);
	return result;
}

int storage_prove_configuration(struct facts *facts, struct error **error)
{
	struct layer_place place __attribute__((cleanup(cleanup_place))) = {0};
	bool same = false;
	int result = split(facts->storage, &place);
	if (result < 0)
		return error_out_of_memory(error);
	if (result == 0)
		return error_set(error, EPERM, "the store does not show the container's own layer");
	result = compare(&place, true, facts->config_digest.value, &same, error);
	if (result < 0)
		return error_prefix(error, "whether the image is the one that it is called by (%s)",
				    facts->config_digest.value);
	if (!same)
		return 0;
	facts->config_digest.provenance = PROVENANCE_ENGINE;
	if (facts->sandbox == SANDBOX_UNPROVEN)
		facts->sandbox = SANDBOX_PROVEN;
	return 0;
}

int storage_prove_image(const char *root, const char *driver, const char *top, struct fact *digest,
			struct error **error)
{
	const struct layer_place place = {(char *)(uintptr_t)root, (char *)(uintptr_t)driver, (char *)(uintptr_t)top};
	bool same = false;
	int result = compare(&place, false, digest->value, &same, error);
	if (result < 0)
		return error_prefix(error, "whether the image is the one that it is called by (%s)", digest->value);
	digest->provenance = same ? PROVENANCE_ENGINE : digest->provenance;
	return 0;
}
