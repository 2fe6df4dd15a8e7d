/* What the documents from containerd's content store say, as far as it is needed to tell
 * which image a container stands on. They come from registries: a confined child reads them. */
#ifndef OCI_HARDEN_SHIM_CONTAINERD_IMAGE_DOCUMENTS_H
#define OCI_HARDEN_SHIM_CONTAINERD_IMAGE_DOCUMENTS_H

#include <stdbool.h>
#include <stddef.h>

#include "policy/base/error.h"
#include "policy/base/text.h"
#include "policy/trust/digest_set.h"
#include "policy/trust/evidence.h"

/* Owned. */
struct image_documents {
	struct text lines; /* "KIND DIGEST VALUE…", one or two for each blob */
	char *known;       /* such lines of earlier conversations, or NULL */
	bool anew;         /* some lines are of no earlier one */
};

enum image_document {
	IMAGE_DOCUMENT_INDEX,    /* its values: all that it lists. What of it is meant for a system
	                          * like this an engine reads less strictly ("LINUX", "") */
	IMAGE_DOCUMENT_RUNNABLE, /* the same without those that no engine takes for this machine */
	IMAGE_DOCUMENT_MANIFEST, /* its configuration's digest */
	IMAGE_DOCUMENT_CONFIG,   /* the chain id of its layers */
};

/* Adds the lines of each blob that has none, by what is known or else by the child. */
int image_documents_read(const struct evidence *evidence, struct image_documents *documents, struct error **error);
void image_documents_release(struct image_documents *documents);

/* The `place`-th value of the document with this digest, which is a digest itself: true and
 * *ret; false where there is none. */
bool image_documents_value(const struct image_documents *documents, enum image_document kind, const char *digest,
			   size_t place, char ret[DIGEST_LENGTH + 1]);

/* ---- what the documents of an image said, so that they need not be read by a child again.
 * Bytes of a digest never say anything else, so this cannot become wrong; which of them there
 * are is another matter, and never taken from here. A record has what its image's digest
 * leads to alone: a child that such bytes took over has lied of that image at most. ---- */

/* Sets `known`, where the cache has this image. */
void image_documents_recall(const char *cache, const char *image, struct image_documents *documents);
/* Keeps `lines`, where one is anew. */
void image_documents_remember(const char *cache, const char *image, const struct image_documents *documents);

/* Adds what `known` has and what its indexes list, as far as the set's limit goes. 0, or -ENOMEM. */
int image_documents_mentioned(const struct image_documents *documents, struct digest_set *set);

#endif
