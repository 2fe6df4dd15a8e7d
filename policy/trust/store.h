/* The local store of what is known of images: for each image (an index' or a manifest's
 * digest) an OCI layout of its own with index, manifest, configuration and everything that
 * was signed about it, but no layers. Found by any of its digests (index, manifest,
 * configuration) at a cost that does not grow with the store. Many readers, one writer;
 * what a reader sees is whole, whenever the writer is killed. */
#ifndef OCI_HARDEN_TRUST_STORE_H
#define OCI_HARDEN_TRUST_STORE_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "policy/base/error.h"
#include "policy/base/text.h"
#include "policy/trust/evidence.h"

#define TRUST_STORE STATEDIR "/trust"

/* ---- reading, for the shim too: no lock, nothing is parsed ---- */

/* Appends a line for each digest that tells whether anything of what the store has for it
 * has changed: two calls that append the same saw the same evidence. Whoever keeps a
 * verdict by it asks for it before trust_store_read(): what is read then is at least as
 * new. A store or a digest that is not there has a state as well. -EPERM where the store is not root's alone. */
int trust_store_state(const char *path, const char *const *digests, size_t count, struct text *state,
		      struct error **error);

/* All blobs of all images that have one of the digests. Empty where there are none.
 * Symbolic links, FIFOs, foreign owners and files that are too large are errors. */
int trust_store_read(const char *path, const char *const *digests, size_t count, struct evidence *ret_evidence,
		     struct error **error);

/* ---- writing: takes the store's lock and waits for it ---- */

/* Called before it waits for another writer, so that a person is told; NULL: nobody is. */
extern void (*trust_store_waits)(const char *path);

struct trust_store_image {
	char digest[DIGEST_LENGTH + 1];
	char *name;       /* the reference that it was imported or fetched by; a help for people; may be NULL */
	uint64_t size;    /* bytes */
	size_t blobs;
	int64_t changed;  /* seconds */
	/* Fetched because an engine had pulled it, and by nobody's hand since: whoever may push
	 * into a registry brings such images about. */
	bool unasked;
};

struct trust_store_addition {
	const char *digest; /* of the image, whose own bytes are among the blobs or in the store */
	const char *name;   /* may be NULL */
	const struct evidence *blobs;
	bool unasked;
	/* The policy's ("signers" of settings.h), or NULL. With them nothing that nobody of them
	 * has signed keeps out what is worth more:
	 *   - of an image about which more is there than is kept, what they have said is kept;
	 *   - unasked images that they have not signed go where there is no room beside them. */
	const json_t *signers;
	size_t *left_out; /* gets how many blobs that nobody of them has signed were left out; may be NULL */
};

/* Adds the blobs to what is known of the image. Each blob's digest is checked before.
 * Durable when it returns. -EFBIG where the store would grow beyond its cap, -E2BIG where
 * the image would have, or be found with, more than a reader takes. */
int trust_store_put(const char *path, const struct trust_store_addition *addition, struct error **error);
/* By hand, and without signers. */
int trust_store_add(const char *path, const char *digest, const char *name, const struct evidence *blobs,
		    struct error **error);
/* -ENOENT where it has no such image. */
int trust_store_remove(const char *path, const char *digest, struct error **error);
/* Takes out what was fetched unasked, has not changed since `before` (seconds) and is not
 * used; `removed` is told of each. Both are given `context`. */
struct trust_store_pruning {
	int64_t before;
	bool (*is_used)(void *context, const char *digest);
	void (*removed)(void *context, const struct trust_store_image *image);
	void *context;
	bool dry; /* they are told of, and stay */
};
int trust_store_prune(const char *path, const struct trust_store_pruning *pruning, struct error **error);

/* The caller releases with trust_store_list_release(). */
int trust_store_list(const char *path, struct trust_store_image **ret_images, size_t *ret_count,
		     struct error **error);
/* Writes the image's layout to the new folder `directory`. -EEXIST where there is one. */
int trust_store_export(const char *path, const char *digest, const char *directory, struct error **error);
void trust_store_list_release(struct trust_store_image *images, size_t count);

#endif
