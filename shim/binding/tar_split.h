/* Private to the binding: tar-split's record of a layer's archive, which Docker and
 * containers/storage keep: gzip; JSON objects, one a line, in the archive's order: type 2
 * has bytes of the archive in base64, type 1 stands where the bytes of the file `name` are.
 * With the files it gives the archive back, byte by byte. */
#ifndef OCI_HARDEN_SHIM_BINDING_TAR_SPLIT_H
#define OCI_HARDEN_SHIM_BINDING_TAR_SPLIT_H

#include "policy/base/error.h"
#include "policy/base/text.h"

#define TAR_SPLIT_SIZE ((size_t)64 << 20)      /* bytes of the compressed record */
#define LAYER_RECORD_SIZE ((size_t)256 << 20)  /* and of what is made of it */

struct tar_split {
	const char *compressed; /* borrowed */
	size_t size;
};

/* Appends layer_record.h's to `record`. Opens nothing, so that it can run confined;
 * `context` is a struct tar_split. -EINVAL for what is malformed or not known, -E2BIG. */
int tar_split_read(void *context, struct text *record, struct error **error);

#endif
