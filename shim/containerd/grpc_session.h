/* A conversation from the inside, and the session of nghttp2 that it has: what that
 * delivers goes to the call's stream, and what the stream objects to comes back. */
#ifndef OCI_HARDEN_SHIM_GRPC_SESSION_H
#define OCI_HARDEN_SHIM_GRPC_SESSION_H

#include <nghttp2/nghttp2.h>

#include "policy/base/text.h"
#include "shim/containerd/grpc.h"
#include "shim/containerd/grpc_call.h"

struct grpc {
	int descriptor;
	nghttp2_session *session;
	const char *const *metadata;
	int64_t deadline;    /* milliseconds of CLOCK_MONOTONIC */
	struct text pending; /* frames that wait to be sent … */
	size_t sent;         /* … and how much of them was */
	size_t received;
	bool broken; /* nothing more can be asked */

	/* why a callback broke it off */
	int result;
	struct error *error;
};

/* Makes grpc->session and submits what it starts with. -ENOMEM. */
int grpc_session_make(struct grpc *grpc);

/* Submits the stream's request; `headers` are copied. -ENOMEM. */
int grpc_session_request(struct grpc *grpc, struct stream *stream, const nghttp2_nv *headers, size_t count);

#endif
