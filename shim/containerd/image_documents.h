/* What the documents from containerd's content store say, as far as it is needed to tell
 * which image a container stands on. They come from registries: a confined child reads them. */
#ifndef OCI_HARDEN_SHIM_CONTAINERD_IMAGE_DOCUMENTS_H
#define OCI_HARDEN_SHIM_CONTAINERD_IMAGE_DOCUMENTS_H

#include <stdbool.h>
#include <stddef.h>

#include "policy/base/error.h"
#include "policy/trust/evidence.h"

/* Text, owned: a line "KIND DIGEST VALUE…" for each blob that is such a document. */
struct image_documents {
	char *lines;
};

enum image_document {
	IMAGE_DOCUMENT_INDEX,    /* its values: all that it lists. What of it is meant for a system
	                          * like this an engine reads less strictly ("LINUX", "") */
	IMAGE_DOCUMENT_RUNNABLE, /* the same without those that no engine takes for this machine */
	IMAGE_DOCUMENT_MANIFEST, /* its configuration's digest */
	IMAGE_DOCUMENT_CONFIG,   /* the chain id of its layers */
};

int image_documents_read(const struct evidence *evidence, struct image_documents *ret_documents, struct error **error);
void image_documents_release(struct image_documents *documents);

/* The `place`-th value of the document with this digest, which is a digest itself: true and
 * *ret; false where there is none. */
bool image_documents_value(const struct image_documents *documents, enum image_document kind, const char *digest,
			   size_t place, char ret[DIGEST_LENGTH + 1]);

#endif
