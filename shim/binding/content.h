/* Private to the binding: are the bytes of a stack's layers those that were signed? Each
 * layer's archive is rebuilt from the engine's record of it (tar_split.h) and the files in
 * the layer's folder; its SHA-256 has to be the diff id. What an archive's hash does not
 * show is compared one by one with its headers: files that were added or are missing, type,
 * mode, owner, links, devices, extended attributes. Times of files are not.
 *
 * The record is unpacked and parsed by a confined child, which writes down what it read in
 * a form of fixed fields (layer_record.h); files are opened and hashed here, none of them
 * by a path with a symbolic link in it.
 *
 * Of a verified layer the fingerprint of its folder (layer_tree.h) is kept in the cache. As
 * long as it has the same one, its bytes are not read again. */
#ifndef OCI_HARDEN_SHIM_BINDING_CONTENT_H
#define OCI_HARDEN_SHIM_BINDING_CONTENT_H

#include "policy/base/sha256.h"
#include "shim/binding/stack.h"

/* -EPERM with the file and the layer, and the way out. */
int content_check(const struct binding_question *question, const struct layer_stack *stack, json_t *proof,
		  struct error **error);

/* The archive's hash is the diff id. `record` is layer_record.h's. */
int content_rebuild(const struct layer *layer, const char *record, size_t length, struct error **error);

#endif
