/* One call's side of a conversation: what HTTP/2 delivers for its stream becomes an answer
 * or a reason why it is none. */
#ifndef OCI_HARDEN_SHIM_GRPC_CALL_H
#define OCI_HARDEN_SHIM_GRPC_CALL_H

#include "shim/containerd/grpc.h"

/* A call on its way. */
struct stream {
	struct grpc_call *call;
	uint8_t prefix[5]; /* of the request: not compressed, its length */
	size_t sent;       /* bytes of prefix and request */
	size_t header_bytes;
	bool is_http_ok, is_grpc; /* by the headers */
	bool has_status;
	bool in_body; /* headers are complete */
	bool closed;
};

void stream_start(struct stream *stream, struct grpc_call *call);

/* The next bytes to send, at most `room`; *ret_last where they are the last. */
size_t stream_send(struct stream *stream, uint8_t *buffer, size_t room, bool *ret_last);

/* -EPROTO, -EFBIG, -ENOMEM with *error where the answer is none. */
int stream_header(struct stream *stream, const uint8_t *name, size_t name_length, const uint8_t *value,
		  size_t value_length, struct error **error);
int stream_headers_end(struct stream *stream, bool is_last, struct error **error);
int stream_data(struct stream *stream, const uint8_t *data, size_t length, struct error **error);

/* `code`: HTTP/2's, 0 where it ended well. */
int stream_close(struct stream *stream, uint32_t code, struct error **error);

#endif
