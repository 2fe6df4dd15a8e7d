/* Calls by gRPC (PROTOCOL-HTTP2.md) over HTTP/2 without TLS: one connection, one deadline
 * for everything that is asked over it, several calls at once. The other end is bounded in
 * what it may send: bytes of an answer, of headers and of all together. */
#ifndef OCI_HARDEN_SHIM_GRPC_H
#define OCI_HARDEN_SHIM_GRPC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "policy/base/error.h"
#include "policy/trust/evidence.h"

#define GRPC_HEADERS_SIZE ((size_t)16 << 10) /* bytes of one answer's headers and trailers */
#define GRPC_TOTAL_SIZE ((size_t)32 << 20)   /* bytes that are read in one conversation */
#define GRPC_MESSAGE_LENGTH 256u             /* of a refusal's words; the rest is cut off */

/* A call's own failure, as the server says it; by gRPC's numbers. */
enum grpc_status {
	GRPC_OK = 0,
	GRPC_DEADLINE_EXCEEDED = 4,
	GRPC_NOT_FOUND = 5,
	GRPC_PERMISSION_DENIED = 7,
	GRPC_UNIMPLEMENTED = 12,
	GRPC_UNAUTHENTICATED = 16,
	GRPC_STATUSES = 17, /* how many there are */
};

/* One call. Owned, but for the path. */
struct grpc_call {
	const char *path; /* "/PACKAGE.SERVICE/METHOD" */
	uint8_t *request; /* one message */
	size_t request_size;
	size_t limit; /* bytes of the answer, of all its messages together */

	bool answered; /* completely: with a status */
	unsigned status;
	char *message;   /* why it failed, in the server's words; NULL: none */
	uint8_t *answer; /* messages as they came, each behind its length */
	size_t answer_size;
};

void grpc_call_release(struct grpc_call *call);
#define cleanup_grpc_call __attribute__((cleanup(grpc_call_release)))

struct grpc;

/* Takes over `descriptor`, a connected stream socket, also where it fails. `metadata`: a
 * NULL-ended list of pairs that goes with every call; borrowed. */
int grpc_open(int descriptor, const char *const *metadata, unsigned milliseconds, struct grpc **ret_grpc,
	      struct error **error);
void grpc_close(struct grpc *grpc);

static inline void cleanup_grpc_function(struct grpc **grpc)
{
	grpc_close(*grpc);
}
#define cleanup_grpc __attribute__((cleanup(cleanup_grpc_function)))

/* Sends all calls and waits until each is answered. 0 also where the server refused some:
 * grpc_check(). -ETIMEDOUT, -EPROTO, -EFBIG, -ECONNRESET: nothing more can be asked. */
int grpc_ask(struct grpc *grpc, struct grpc_call *calls, size_t count, struct error **error);

/* 0, or the refusal as an error: -ENOENT, -EPERM, -ETIMEDOUT, -ENOSYS, else -EIO. */
int grpc_check(const struct grpc_call *call, struct error **error);

/* The next of the answer's messages, from *offset (0 at first): 1 and *ret, 0 at the end,
 * -EPROTO where what is left is none or is compressed. */
int grpc_next_message(const struct grpc_call *call, size_t *offset, struct bytes *ret, struct error **error);

/* grpc_check(), then the only message. */
int grpc_message(const struct grpc_call *call, struct bytes *ret, struct error **error);

#endif
