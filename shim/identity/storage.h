/* containers/storage, where Podman and CRI-O keep their containers and images: below
 * a graph root and a run root stand DRIVER-containers/containers.json (or
 * volatile-containers.json for those that need not survive a crash), which name each
 * container's image, layer and the engine's own notes on it, DRIVER-images/images.json
 * with the digests, and a folder DRIVER-containers/ID/userdata for each container. */
#ifndef OCI_HARDEN_SHIM_IDENTITY_STORAGE_H
#define OCI_HARDEN_SHIM_IDENTITY_STORAGE_H

#include "shim/identity/store.h"

/* A container's place: ROOT/DRIVER-containers/ID/userdata. Owned. */
struct storage_place {
	char *root;   /* the graph root or the run root */
	char *driver; /* "overlay", "vfs" … */
	char *folder; /* DRIVER-containers */
};

/* Takes `path` apart: 1, or 0 where it is not the place of container `id`; -ENOMEM. */
int storage_split(const char *path, const char *id, struct storage_place *ret_place);
void storage_place_release(struct storage_place *place);
#define cleanup_storage_place __attribute__((cleanup(storage_place_release)))

/* Where to look, and how messages call it. Borrowed; run_root may be NULL. */
struct storage {
	const char *graph_root, *run_root;
	const char *driver, *folder;
	const char *what; /* "Podman's store" */
};

/* A new reference to what the store knows of container `id`, or NULL where it does
 * not know it. A file that is there and cannot be believed is an error. */
int storage_container(const struct storage *storage, const char *id, json_t **ret_container,
		      struct error **error);

/* The engine's own notes on it: a new object, left NULL where there are none. -ENOMEM. */
int storage_metadata(const json_t *container, json_t **ret_words);

/* All layers of the store, each an object with "id", "parent" and "diff-digest": a new
 * array. `folder` is not asked. */
int storage_layers(const struct storage *storage, json_t **ret_layers, struct error **error);

/* The element of such a list whose "id" is `id`: borrowed, or NULL. */
json_t *storage_find(const json_t *list, const char *id);

/* Fills facts->storage with the container's own layer, which alone is the engine's
 * place for its root, and the digests of its image: that of its configuration is what the
 * store calls it by, not proven. */
int storage_fill_image(const struct storage *storage, const json_t *container, struct facts *facts,
		       struct error **error);

/* The digests of an image as images.json has it; -ENOMEM. Its id is its configuration's digest
 * wherever the store says so itself, and its pusher's word until storage_prove_configuration();
 * "digest" is what was pulled, an index where it is not the manifest. */
int storage_fill_digests(const json_t *image, struct facts *facts);

/* Proves the configuration's digest where the layers below the container are those that the
 * configuration names; where they are not it stays unproven, which is no error. */
int storage_prove_configuration(struct facts *facts, struct error **error);

/* The same of an image of which there is no container, by its topmost layer. */
int storage_prove_image(const char *root, const char *driver, const char *top, struct fact *digest,
			struct error **error);

/* facts_add_path() of files in ROOT/FOLDER/ID/userdata; none where that is missing or
 * not root's alone. */
int storage_add_files(const char *root, const char *folder, const char *id, const struct own_path *files,
		      size_t count, struct facts *facts);

#endif
