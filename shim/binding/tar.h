/* Private to the binding: the headers of a tar archive (POSIX.1-2008 pax, "ustar"; GNU tar),
 * from its bytes as they come, without the files' own bytes. Reads what Go's archive/tar
 * reads, with which engines unpack; what it does not know is an error, never a guess. */
#ifndef OCI_HARDEN_SHIM_BINDING_TAR_H
#define OCI_HARDEN_SHIM_BINDING_TAR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "policy/base/error.h"
#include "policy/base/text.h"

#define TAR_BLOCK 512u
#define TAR_EXTENSION ((size_t)1 << 20) /* bytes of a pax header or of a long name */

enum tar_state {
	TAR_HEADER = 0, /* a block, or a part of it, is awaited */
	TAR_EXTENDING,  /* bytes of an extended header */
	TAR_ENTRY,      /* a header is whole: its file's bytes are next, given elsewhere */
	TAR_PADDING,    /* up to the block's end */
	TAR_ENDED,      /* behind the block of zeros */
};

/* Of the last header, whole in TAR_ENTRY. */
struct tar_entry {
	char type; /* '0' to '6', or 'g' for a header that stands for all that follow, which is none */
	uint32_t mode, uid, gid, major, minor;
	uint64_t size;       /* as the header says */
	uint64_t payload;    /* bytes of the file in the archive */
	struct text name;    /* as it stands there */
	struct text link;
	struct text attributes; /* layer_record.h's */
};

struct tar_reader {
	enum tar_state state;
	uint8_t block[TAR_BLOCK];
	size_t filled;
	uint64_t left;  /* of TAR_EXTENDING and TAR_PADDING */
	char extension; /* 'x', 'g', 'L' or 'K' */
	struct text extended;
	struct tar_entry entry;
	/* what extended headers have said of the next entry */
	struct text long_name, long_link, pax_name, pax_link;
	bool has_size, has_uid, has_gid;
	uint64_t pax_size, pax_uid, pax_gid;
};

/* Takes bytes of the archive. In TAR_ENTRY none may come: -EINVAL, as for all that is
 * malformed or not known. */
int tar_feed(struct tar_reader *reader, const void *bytes, size_t length, struct error **error);

/* From TAR_ENTRY on behind the file's bytes. */
void tar_pass(struct tar_reader *reader);

/* Is this a whole archive, as far as it was given? */
bool tar_is_whole(const struct tar_reader *reader);

void tar_release(struct tar_reader *reader);
#define cleanup_tar __attribute__((cleanup(tar_release)))

/* Private: pax records ("%d %s=%s\n") of the next entry. */
int tar_read_pax(struct tar_reader *reader, struct error **error);

#endif
