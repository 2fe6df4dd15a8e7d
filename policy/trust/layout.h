/* OCI image layouts that come from outside (image specification, image-layout.md), as
 * `cosign save`, `skopeo copy`, `oras` and `docker save` write them: which images are in
 * one, and what was signed about these. Files are opened as hostile: no symbolic link, no
 * FIFO, nothing above the layout, sizes and counts bounded, every digest proven; their
 * bytes are read by a confined child. */
#ifndef OCI_HARDEN_TRUST_LAYOUT_H
#define OCI_HARDEN_TRUST_LAYOUT_H

#include <stddef.h>

#include "policy/base/error.h"
#include "policy/base/text.h"
#include "policy/trust/digest_set.h"
#include "policy/trust/evidence.h"

#define LAYOUT_FILES 16384u                    /* blobs of a layout */
#define LAYOUT_DOCUMENTS ((size_t)64 << 20)    /* bytes of all its JSON */
#define LAYOUT_IMAGES 1024u

enum layout_statement {
	LAYOUT_SIGNATURE = 0, /* cosign's classic ones */
	LAYOUT_ATTESTATION,
	LAYOUT_BUNDLE,
	LAYOUT_NOTATION,
	LAYOUT_STATEMENTS,
};

struct layout_image {
	char digest[DIGEST_LENGTH + 1];
	char *name;              /* that index.json gives it; NULL: none */
	struct digest_set blobs; /* its index, manifests, configurations, and all that was signed */
	size_t statements[LAYOUT_STATEMENTS]; /* how many of each */
};

/* Owned. */
struct layout {
	int blobs; /* the open folder of blobs */
	struct layout_image *images;
	size_t count;
	char **notes; /* sentences about what was left out */
	size_t note_count;
};

/* -EINVAL, -E2BIG, -ELOOP … with what is wrong with it. */
int layout_open(const char *path, struct layout *ret_layout, struct error **error);
/* The image's blobs. */
int layout_read_image(const struct layout *layout, const struct layout_image *image, struct evidence *ret_evidence,
		      struct error **error);
void layout_release(struct layout *layout);
#define cleanup_layout __attribute__((cleanup(layout_release)))

/* ---- the two halves of the confined reading, apart for tests and the fuzzer ---- */

struct layout_files {
	struct bytes version, index; /* oci-layout, index.json */
	struct evidence documents;   /* blobs that may be JSON, by digest in ascending order */
	char (*names)[DIGEST_LENGTH + 1]; /* owned: of all blobs, in ascending order */
	size_t name_count;
};

/* In the child: appends lines for layout_answer_read(). */
int layout_plan(const struct layout_files *files, struct text *output, struct error **error);
/* In the caller: fills all but `blobs`. Believes nothing: the answer's digests are names of
 * blobs, and its texts can be shown. */
int layout_answer_read(const struct layout_files *files, char *answer, struct layout *layout, struct error **error);
void layout_files_release(struct layout_files *files);

#endif
