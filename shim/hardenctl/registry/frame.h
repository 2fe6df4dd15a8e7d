/* What the process that talks to the network hands back over its pipe: frames of one
 * byte's kind, four bytes' length (little-endian) and that many bytes. Whoever reads them
 * takes them for what they are, bytes from a process that read hostile bytes. */
#ifndef OCI_HARDEN_REGISTRY_FRAME_H
#define OCI_HARDEN_REGISTRY_FRAME_H

#include <stddef.h>
#include <stdint.h>

#include "policy/base/error.h"
#include "policy/trust/evidence.h"

#define FRAME_SIZE (EVIDENCE_BLOB_SIZE + DIGEST_LENGTH)

enum frame_kind {
	FRAME_NONE = 0,
	FRAME_BLOB = 'B',     /* a digest, and the bytes */
	FRAME_PROGRESS = 'P', /* a text */
	FRAME_REPORT = 'R',   /* JSON: it is all there; the last one */
	FRAME_ERROR = 'E',    /* errno (four bytes) and a text; the last one */
};

struct frame {
	enum frame_kind kind;
	char *data; /* owned; a NUL follows */
	size_t size;
};

/* `head` and `data` become one frame. 0 or a negative errno. */
int frame_write(int descriptor, enum frame_kind kind, const void *head, size_t head_size, const void *data,
		size_t size);

/* Waits until `deadline` (clock_milliseconds()). -ETIMEDOUT, -EPIPE at the end of the
 * pipe, -EPROTO for what is no frame. */
int frame_read(int descriptor, int64_t deadline, struct frame *ret_frame);
void frame_release(struct frame *frame);
#define cleanup_frame __attribute__((cleanup(frame_release)))

#endif
