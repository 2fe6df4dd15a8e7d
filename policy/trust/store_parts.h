/* The store's insides, for policy/trust/store_*.c alone. Below its folder:
 *   images/ab/abcd…/   an image, an OCI layout: oci-layout, index.json, blobs/sha256/…
 *   digests/ab/abcd…   a look-up: which images have this digest
 *   size               bytes of all blobs, decimal
 *   pending            what a writer is about; there only while one is, or was killed
 *   tmp/               folders on their way in or out; only while `pending` is there
 *
 * An image's folder is never changed. A writer makes the new one beside and swaps the two
 * (renameat2(2), RENAME_EXCHANGE), which is the one moment at which all readers see the
 * new one; the look-ups were renewed before. So
 *   - a reader that finds the same folder before and after it has read saw a whole image;
 *   - each look-up has a new random number with every write, and each write makes a new
 *     folder while the old one is still there: the two together never come again;
 *   - killed before the swap, look-ups lead to an image that is as it was, or not there. */
#ifndef OCI_HARDEN_TRUST_STORE_PARTS_H
#define OCI_HARDEN_TRUST_STORE_PARTS_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>

#include "policy/base/error.h"
#include "policy/base/text.h"
#include "policy/trust/digest_set.h"
#include "policy/trust/evidence.h"
#include "policy/trust/store.h"

#define STORE_SIZE ((uint64_t)1 << 30) /* bytes of all blobs */
#define STORE_SHARERS 64u              /* images that have a digest in common */
#define STORE_DIGESTS 1024u            /* that lead to one image */
#define STORE_STATEMENTS 2048u         /* signatures and attestations of one image */
#define STORE_IMAGES "images"
#define STORE_LOOKUPS "digests"
#define STORE_TEMPORARY "tmp"
#define STORE_PENDING "pending"
#define STORE_TOTAL "size"
#define STORE_BLOBS "blobs/sha256"
#define STORE_NAME "org.opencontainers.image.ref.name" /* annotations in index.json */
#define STORE_UNASKED "oci-harden.unasked"

/* "images/ab/abcd…" below `folder`; and the part up to the last slash */
struct store_path {
	char text[96];
	size_t parent_length;
};
struct store_path store_path_of(const char *folder, const char *digest);
int store_check_digest(const char *digest, struct error **error); /* -EINVAL where it is none */

/* ---- store_folder.c: descriptors below the store, each checked ---- */

/* -ENOENT (with a message) where there is no store. Never through a symbolic link. */
int store_folder_open(const char *path, int *ret_descriptor, struct error **error);
int store_open_directory(int at, const char *path, int *ret_descriptor, struct error **error);
int store_open_file(int at, const char *path, int *ret_descriptor, struct error **error);
/* Calls `each` for the names in the directory until it returns something else than 0; takes
 * the descriptor over. */
int store_for_each_name(int taken, int (*each)(int at, const char *name, void *context, struct error **error),
			void *context, struct error **error);
/* Removes the folder `name`, of the depth of a layout, with all in it. */
int store_remove_folder(int at, const char *name, struct error **error);
bool store_same(const struct stat *left, const struct stat *right); /* the same folder */

/* ---- store_lookup.c ---- */

struct store_lookup {
	char number[17]; /* 16 hexadecimal digits, random; "" where there is no such look-up */
	char images[STORE_SHARERS][DIGEST_LENGTH + 1];
	size_t count;
};

/* Not there: none of the images, and 0. */
int store_lookup_read(int store, const char *digest, struct store_lookup *ret_lookup, struct error **error);
/* Renews the look-up: `image` is one of its images (or no longer is). */
int store_lookup_write(int store, const char *digest, const char *image, bool has, struct error **error);

/* ---- store_image.c ---- */

/* What the store has noted of an image, in its index.json. */
struct store_label {
	char *name;   /* owned; NULL: none */
	bool unasked; /* store.h */
};
void store_label_release(struct store_label *label);
#define cleanup_store_label __attribute__((cleanup(store_label_release)))

/* One image, whole. -ENOENT where it is not there (without a message where `error` is NULL).
 * `ret_label` may be NULL. */
int store_image_read(int store, const char *digest, struct evidence *ret_evidence, struct store_label *ret_label,
		     struct error **error);
int store_image_label(int store, const char *digest, struct store_label *ret_label, struct error **error);

/* ---- store_plan.c: what an image's bytes say, read by a confined child ---- */

struct store_plan {
	char (*digests)[DIGEST_LENGTH + 1]; /* owned: what leads to it; its own is the first */
	size_t count;
	char *index; /* owned: the layout's index.json */
};

/* -EINVAL where the image's own bytes are not among the evidence, or are neither an index
 * nor a manifest; -E2BIG where more is signed than a verdict tries for so many `signers` (0:
 * not known). `label` may be NULL. */
int store_plan(const struct evidence *evidence, const char *digest, const struct store_label *label, size_t signers,
	       struct store_plan *ret_plan, struct error **error);
void store_plan_release(struct store_plan *plan);
#define cleanup_store_plan __attribute__((cleanup(store_plan_release)))

/* For a confined child: the digests of the image's own documents, `digest` first. */
int store_walk(const struct evidence *evidence, const char *digest, struct digest_set *walk, struct error **error);

/* ---- store_sift.c ---- */

enum store_worth {
	STORE_UNSIGNED = 0,
	STORE_SIGNED_WITHIN, /* a signer of the policy has said something of a document in it */
	STORE_SIGNED,        /* of the image itself, which nobody else can bring about */
};

/* *ret_kept (may be NULL): of the evidence, the image's own documents and of each thing that
 * a signer has said the smallest that says it. `signers`: of settings.h. */
int store_sift(const struct evidence *evidence, const char *digest, const json_t *signers, enum store_worth *ret_worth,
	       struct digest_set *ret_kept, struct error **error);

/* ---- store_remove.c ---- */

/* -ENOENT where it has no such image. */
int store_remove_image(int store, const char *digest, struct error **error);

/* ---- store_share.c ---- */

/* -E2BIG where a digest that this image and another one have would be found with more than
 * a reader takes, or a verdict tries for so many signers. */
int store_share_check(int store, const char *image, const struct evidence *blobs, size_t signers,
		      const struct store_plan *plan, struct error **error);
/* For an image that a signer has signed: takes out all others with which it has a digest in
 * common that were fetched unasked and are not themselves signed. */
int store_share_clear(int store, const char *image, const json_t *signers, const struct store_plan *plan,
		      struct error **error);

/* ---- store_room.c ---- */

/* What is to come in. Borrowed. */
struct store_wish {
	const struct trust_store_addition *asked;
	const struct evidence *evidence; /* all that the image is going to have */
	int64_t grows;                   /* bytes by which the store does */
};

/* Makes room for it where there is none and something is worth less; -EFBIG. */
int store_room_make(int store, const struct store_wish *wish, struct error **error);
/* Of an image that somebody asked for it is STORE_SIGNED, whoever has signed it. */
int store_worth_of(int store, const char *digest, const json_t *signers, enum store_worth *ret_worth, bool *ret_unasked,
		   struct error **error);

/* ---- store_writer.c: the one writer ---- */

/* Makes the store where it is not there (`make`), waits until no other writer is left and
 * mends what one that was killed had begun. The lock is held until the descriptor is
 * closed. */
int store_writer_open(const char *path, bool make, int *ret_store, struct error **error);
/* Undoes what was begun and did not come to its end; 0 where nothing was. */
int store_writer_mend(int store, struct error **error);
/* What is about to happen, on disk before it does; and that it has happened. `change` is
 * added to the sum of all bytes. */
int store_writer_begin(int store, const char *image, const struct store_plan *plan, struct error **error);
int store_writer_end(int store, int64_t change, struct error **error);
/* Gives `result` back; what the file system says is told with the place. */
int store_writer_explain(const char *path, int result, struct error **error);
/* Bytes of all blobs. */
int store_writer_total(int store, uint64_t *ret_total, struct error **error);
uint64_t store_evidence_size(const struct evidence *evidence);

/* ---- store_list.c ---- */

/* Calls `each` for every image until it returns something else than 0. Their digests come in
 * no order. */
int store_for_each(int store, int (*each)(int store, const char *digest, void *context, struct error **error),
		   void *context, struct error **error);
/* Bytes and number of an image's blobs, by their files. -ENOENT. */
int store_image_measure(int store, const char *digest, uint64_t *ret_size, size_t *ret_count, int64_t *ret_changed,
			struct error **error);

/* ---- store_layout.c ---- */

/* Writes an OCI layout to the new folder `name`, on disk when it returns. What `old` (a
 * folder of blobs, or -1) has already is linked and not written again. */
int store_layout_write(int at, const char *name, int old, const struct evidence *evidence, const char *index,
		       struct error **error);

#endif
