#include "shim/containerd/grpc_session.h"

#include <errno.h>

#include "policy/base/cleanup.h"

/* What is announced: an answer needs no window's update up to this. */
#define WINDOW_SIZE (1 << 20)

/* What a stream objects to ends the conversation. */
static int objection(struct grpc *grpc, int result)
{
	if (result >= 0)
		return 0;
	grpc->result = result;
	return NGHTTP2_ERR_CALLBACK_FAILURE;
}

static int on_header(nghttp2_session *session, const nghttp2_frame *frame, const uint8_t *name, size_t name_length,
		     const uint8_t *value, size_t value_length, uint8_t flags, void *context)
{
	(void)flags;
	struct grpc *grpc = context;
	struct stream *stream = nghttp2_session_get_stream_user_data(session, frame->hd.stream_id);
	if (!stream)
		return 0;
	return objection(grpc, stream_header(stream, name, name_length, value, value_length, &grpc->error));
}

static int on_frame(nghttp2_session *session, const nghttp2_frame *frame, void *context)
{
	struct grpc *grpc = context;
	struct stream *stream = nghttp2_session_get_stream_user_data(session, frame->hd.stream_id);
	if (!stream || frame->hd.type != NGHTTP2_HEADERS)
		return 0;
	bool is_last = (frame->hd.flags & NGHTTP2_FLAG_END_STREAM) != 0;
	return objection(grpc, stream_headers_end(stream, is_last, &grpc->error));
}

static int on_data(nghttp2_session *session, uint8_t flags, int32_t id, const uint8_t *data, size_t length,
		   void *context)
{
	(void)flags;
	struct grpc *grpc = context;
	struct stream *stream = nghttp2_session_get_stream_user_data(session, id);
	return stream ? objection(grpc, stream_data(stream, data, length, &grpc->error)) : 0;
}

/* nghttp2 forgets to free what it has in hand where this one objects: converse() sees to it. */
static int on_close(nghttp2_session *session, int32_t id, uint32_t code, void *context)
{
	struct grpc *grpc = context;
	struct stream *stream = nghttp2_session_get_stream_user_data(session, id);
	if (stream && grpc->result == 0)
		(void)objection(grpc, stream_close(stream, code, &grpc->error));
	return 0;
}

static ssize_t on_read(nghttp2_session *session, int32_t id, uint8_t *buffer, size_t room, uint32_t *flags,
		       nghttp2_data_source *source, void *context)
{
	(void)session;
	(void)id;
	(void)context;
	bool last = false;
	size_t length = stream_send(source->ptr, buffer, room, &last);
	if (last)
		*flags |= NGHTTP2_DATA_FLAG_EOF;
	return (ssize_t)length;
}

static ssize_t on_send(nghttp2_session *session, const uint8_t *data, size_t length, int flags, void *context)
{
	(void)session;
	(void)flags;
	struct grpc *grpc = context;
	text_append_bytes(&grpc->pending, (const char *)data, length);
	return grpc->pending.failed ? NGHTTP2_ERR_CALLBACK_FAILURE : (ssize_t)length;
}

int grpc_session_make(struct grpc *grpc)
{
	nghttp2_session_callbacks *callbacks = NULL;
	if (nghttp2_session_callbacks_new(&callbacks) != 0)
		return -ENOMEM;
	nghttp2_session_callbacks_set_send_callback(callbacks, on_send);
	nghttp2_session_callbacks_set_on_header_callback(callbacks, on_header);
	nghttp2_session_callbacks_set_on_frame_recv_callback(callbacks, on_frame);
	nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks, on_data);
	nghttp2_session_callbacks_set_on_stream_close_callback(callbacks, on_close);
	int failed = nghttp2_session_client_new(&grpc->session, callbacks, grpc);
	nghttp2_session_callbacks_del(callbacks);
	static const nghttp2_settings_entry settings[] = {
		{NGHTTP2_SETTINGS_ENABLE_PUSH, 0},
		{NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, WINDOW_SIZE},
		{NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE, GRPC_HEADERS_SIZE},
	};
	if (failed || nghttp2_submit_settings(grpc->session, NGHTTP2_FLAG_NONE, settings, ARRAY_SIZE(settings)) != 0 ||
	    nghttp2_session_set_local_window_size(grpc->session, NGHTTP2_FLAG_NONE, 0, 4 * WINDOW_SIZE) != 0)
		return -ENOMEM;
	return 0;
}

int grpc_session_request(struct grpc *grpc, struct stream *stream, const nghttp2_nv *headers, size_t count)
{
	nghttp2_data_provider body = {.source = {.ptr = stream}, .read_callback = on_read};
	return nghttp2_submit_request(grpc->session, NULL, headers, count, &body, stream) < 0 ? -ENOMEM : 0;
}
