/* Private to the binding: are the bytes of a stack's layers those that were signed? Each
 * layer's archive is rebuilt from the engine's record of it (tar_split.h) and the files in
 * the layer's folder; its SHA-256 has to be the diff id. What an archive's hash does not
 * show is compared one by one with its headers: files that were added or are missing, type,
 * mode, owner, links, devices, extended attributes. Times of files are not.
 *
 * The record is unpacked and parsed by a confined child, which writes down what it read in
 * a form of fixed fields (layer_record.h); files are opened and hashed here, none of them
 * by a path with a symbolic link in it. */
#ifndef OCI_HARDEN_SHIM_BINDING_CONTENT_H
#define OCI_HARDEN_SHIM_BINDING_CONTENT_H

#include "policy/base/sha256.h"
#include "shim/binding/stack.h"

/* -EPERM with the file and the layer, and the way out. */
int content_check(const struct binding_question *question, const struct layer_stack *stack, json_t *proof,
		  struct error **error);

/* The archive's hash is the diff id. `record` is layer_record.h's. */
int content_rebuild(const struct layer *layer, const char *record, size_t length, struct error **error);

/* ---- the cache: for each layer, by chain id, the fingerprint (layer_tree.h) that its
 * folder had when it was verified. A record that is not exactly what would be written now
 * is none. At most CONTENT_CACHE_RECORDS; then it starts anew. ---- */
#define CONTENT_CACHE_RECORDS 4096u

bool content_cache_has(const char *cache, const struct layer *layer, const uint8_t fingerprint[SHA256_SIZE]);
/* A cache that cannot be written is no error: the next one verifies again. */
void content_cache_add(const char *cache, const struct layer *layer, const uint8_t fingerprint[SHA256_SIZE]);

#endif
