#include "shim/containerd/grpc.h"

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "policy/base/deadline.h"
#include "shim/containerd/grpc_session.h"

#define FIXED_HEADERS 7u
#define METADATA 4u /* pairs */

/* Printable ASCII: a line break would start a header of its own. */
static bool is_header_value(const char *text)
{
	for (const char *next = text; *next; next++) {
		if (*next < ' ' || *next > '~')
			return false;
	}
	return *text != '\0';
}

int grpc_open(int descriptor, const char *const *metadata, unsigned milliseconds, struct grpc **ret_grpc,
	      struct error **error)
{
	cleanup_close int own = descriptor;
	size_t count = 0;
	for (; metadata[count]; count++) {
		if (count >= 2 * (size_t)METADATA || !is_header_value(metadata[count]))
			return error_set(error, EINVAL, "what goes with each call is not printable text");
	}
	cleanup_grpc struct grpc *grpc = calloc(1, sizeof(*grpc));
	if (!grpc)
		return error_out_of_memory(error);
	grpc->descriptor = take_descriptor(&own);
	grpc->metadata = metadata;
	grpc->deadline = clock_milliseconds() + milliseconds;
	if (grpc_session_make(grpc) < 0)
		return error_out_of_memory(error);
	*ret_grpc = take_pointer(grpc);
	return 0;
}

void grpc_close(struct grpc *grpc)
{
	if (!grpc)
		return;
	nghttp2_session_del(grpc->session);
	text_release(&grpc->pending);
	if (grpc->descriptor >= 0)
		(void)close(grpc->descriptor);
	error_free(grpc->error);
	free(grpc);
}

/* ---- the conversation ---- */

static nghttp2_nv header(const char *name, const char *value)
{
	/* nghttp2 copies and does not write, though its type is not const */
	return (nghttp2_nv){
		.name = (uint8_t *)(uintptr_t)name,
		.value = (uint8_t *)(uintptr_t)value,
		.namelen = strlen(name),
		.valuelen = strlen(value),
		.flags = NGHTTP2_NV_FLAG_NONE,
	};
}

static int submit(struct grpc *grpc, struct stream *stream)
{
	int64_t left = grpc->deadline - clock_milliseconds();
	char timeout[32];
	(void)snprintf(timeout, sizeof(timeout), "%" PRId64 "m", left > 0 ? left : 0);
	nghttp2_nv headers[FIXED_HEADERS + METADATA] = {
		header(":method", "POST"),
		header(":scheme", "http"),
		header(":path", stream->call->path),
		header(":authority", "localhost"),
		header("content-type", "application/grpc"),
		header("te", "trailers"),
		header("grpc-timeout", timeout),
	};
	size_t count = FIXED_HEADERS;
	for (const char *const *pair = grpc->metadata; pair[0] && pair[1]; pair += 2)
		headers[count++] = header(pair[0], pair[1]);
	return grpc_session_request(grpc, stream, headers, count);
}

/* What nghttp2 made of it; a callback's own objection goes before its general one. */
static int session_error(struct grpc *grpc, ssize_t code, struct error **error)
{
	if (grpc->result < 0) {
		if (error) {
			error_free(*error);
			*error = take_pointer(grpc->error);
		}
		return grpc->result;
	}
	if (code == NGHTTP2_ERR_NOMEM)
		return error_out_of_memory(error);
	return error_set(error, EPROTO, "the answer is not HTTP/2's (%s)", nghttp2_strerror((int)code));
}

/* All frames that there are in one go, as far as the socket takes them. More are not made
 * before these are gone: a peer that does not read cannot have answers heaped up for it. */
static int send_pending(struct grpc *grpc, struct error **error)
{
	struct text *pending = &grpc->pending;
	if (pending->length == 0) {
		int made = nghttp2_session_send(grpc->session);
		if (made != 0)
			return pending->failed ? error_out_of_memory(error) : session_error(grpc, made, error);
	}
	while (grpc->sent < pending->length) {
		ssize_t sent = send(grpc->descriptor, pending->data + grpc->sent, pending->length - grpc->sent,
				    MSG_NOSIGNAL | MSG_DONTWAIT);
		if (sent < 0 && errno == EINTR)
			continue;
		if (sent < 0 && errno == EAGAIN)
			return 0;
		/* who has hung up may have said why before: what is there to read tells */
		if (sent < 0 && (errno == EPIPE || errno == ECONNRESET))
			break;
		if (sent < 0)
			return error_set_errno(error, errno, "sending");
		grpc->sent += (size_t)sent;
	}
	text_release(pending);
	grpc->sent = 0;
	return 0;
}

static int receive(struct grpc *grpc, struct error **error)
{
	uint8_t buffer[4096];
	ssize_t length = recv(grpc->descriptor, buffer, sizeof(buffer), MSG_DONTWAIT);
	if (length < 0 && (errno == EAGAIN || errno == EINTR))
		return 0;
	if (length < 0)
		return error_set_errno(error, errno, "reading the answer");
	if (length == 0)
		return error_set(error, ECONNRESET, "the other end hung up before it had answered");
	grpc->received += (size_t)length;
	if (grpc->received > GRPC_TOTAL_SIZE)
		return error_set(error, EFBIG, "the answers have more than %zu bytes", GRPC_TOTAL_SIZE);
	ssize_t taken = nghttp2_session_mem_recv(grpc->session, buffer, (size_t)length);
	return taken < 0 ? session_error(grpc, taken, error) : 0;
}

static int wait_for_peer(struct grpc *grpc, struct error **error)
{
	int64_t left = grpc->deadline - clock_milliseconds();
	struct pollfd poller = {
		.fd = grpc->descriptor,
		.events = (short)(POLLIN | (grpc->pending.length > 0 ? POLLOUT : 0)),
	};
	int ready = left > 0 ? poll(&poller, 1, (int)left) : 0;
	if (ready < 0 && errno != EINTR)
		return error_set_errno(error, errno, "waiting for the answer");
	if (ready == 0)
		return error_set(error, ETIMEDOUT, "there was no answer in time");
	return 0;
}

static bool all_closed(const struct stream *streams, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (!streams[i].closed)
			return false;
	}
	return true;
}

/* What a callback has objected to meanwhile. */
static int check_objection(struct grpc *grpc, int result, struct error **error)
{
	return result == 0 && grpc->result < 0 ? session_error(grpc, 0, error) : result;
}

/* Until the last answer: what nghttp2 would say to that goes with what is asked next. */
static int converse(struct grpc *grpc, const struct stream *streams, size_t count, struct error **error)
{
	while (!all_closed(streams, count)) {
		int result = check_objection(grpc, send_pending(grpc, error), error);
		if (result < 0)
			return result;
		if (!nghttp2_session_want_read(grpc->session) && !nghttp2_session_want_write(grpc->session))
			return error_set(error, EPROTO, "the answer breaks HTTP/2's rules");
		result = wait_for_peer(grpc, error);
		if (result == 0)
			result = check_objection(grpc, receive(grpc, error), error);
		if (result < 0)
			return result;
	}
	return 0;
}

int grpc_ask(struct grpc *grpc, struct grpc_call *calls, size_t count, struct error **error)
{
	if (grpc->broken)
		return error_set(error, ECONNRESET, "the conversation was broken off before");
	if (count == 0)
		return 0;
	cleanup_free struct stream *streams = calloc(count, sizeof(*streams));
	int result = streams ? 0 : -ENOMEM;
	/* no call may outlive `streams`, so one that fails ends the conversation */
	grpc->broken = true;
	for (size_t i = 0; result == 0 && i < count; i++) {
		stream_start(&streams[i], &calls[i]);
		result = submit(grpc, &streams[i]);
	}
	if (result < 0)
		return error_out_of_memory(error);
	result = converse(grpc, streams, count, error);
	grpc->broken = result < 0;
	return result;
}
