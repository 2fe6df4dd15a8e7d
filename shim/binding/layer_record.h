/* Private to the binding: what a layer's record of its archive says, as the confined child
 * that read it writes it down and as the caller reads it again. The child read bytes from
 * outside: every length is checked, and every path anew. */
#ifndef OCI_HARDEN_SHIM_BINDING_LAYER_RECORD_H
#define OCI_HARDEN_SHIM_BINDING_LAYER_RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "policy/base/text.h"

/* What stands in the archive for a file. Of the layers' format (OCI image specification,
 * layer.md): ".wh.NAME" and ".wh..wh..opq" are no files. */
enum layer_kind {
	LAYER_NOTHING = 0,
	LAYER_REGULAR,
	LAYER_HARD_LINK,
	LAYER_SYMBOLIC_LINK,
	LAYER_CHARACTER_DEVICE,
	LAYER_BLOCK_DEVICE,
	LAYER_DIRECTORY,
	LAYER_FIFO,
	LAYER_WHITEOUT, /* NAME of a layer below is gone */
	LAYER_OPAQUE,   /* the folder `path` shows nothing of the layers below */
};

/* Borrowed from the record. */
struct layer_file {
	enum layer_kind kind;
	uint32_t mode; /* 07777 alone */
	uint32_t uid, gid;
	uint32_t major, minor;
	uint64_t size;
	uint64_t checksum; /* CRC-64 of the bytes of a file that is not empty */
	const char *path; /* without '/' at either end; "" is the layer's own folder */
	const char *link; /* as `path` for a hard link; a symbolic link's text */
	const char *attributes; /* extended ones, for layer_record_attribute() */
	size_t attributes_size;
};

enum layer_step {
	LAYER_END = 0,
	LAYER_BROKEN,
	LAYER_BYTES,   /* of the archive as they are */
	LAYER_FILE,    /* a file is described */
	LAYER_PAYLOAD, /* its bytes come here in the archive */
};

/* ---- the child ---- */

void layer_record_add_bytes(struct text *record, const void *bytes, size_t length);
void layer_record_add_file(struct text *record, const struct layer_file *file);
void layer_record_add_payload(struct text *record);
void layer_record_add_attribute(struct text *attributes, const char *name, const void *value, size_t length);

/* ---- the caller ---- */

struct layer_reader {
	const char *next, *end;
	struct layer_file file; /* the last one */
	const char *bytes;      /* of LAYER_BYTES */
	size_t length;
};

enum layer_step layer_record_next(struct layer_reader *reader);

/* The next of a file's attributes from *at on, which starts as 0; false behind the last.
 * A name, and a value that is not ended by a NUL. */
bool layer_record_attribute(const struct layer_file *file, size_t *at, const char **ret_name,
			    const char **ret_value, size_t *ret_length);

/* True for "" and for components between single slashes that are not "." or "..". */
bool layer_path_is_plain(const char *path);

#endif
