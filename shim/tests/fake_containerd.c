#include "shim/tests/fake_containerd.h"

#include <nghttp2/nghttp2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "generated/containerd_api.pb-c.h"
#include "policy/base/file.h"
#include "policy/tests/support.h"

#define DATA "shim/tests/data/containerd/"
#define READ "/containerd.services.content.v1.Content/Read"
#define HEADER(header_name, header_value)                                             \
	{                                                                             \
		.name = (uint8_t *)(uintptr_t)(header_name), .namelen = strlen(header_name), \
		.value = (uint8_t *)(uintptr_t)(header_value), .valuelen = strlen(header_value) \
	}

struct request {
	struct fake *fake;
	struct text path, body;
	uint8_t *answer; /* framed; owned */
	size_t size, sent;
	char status[4];
};

char *fake_read_file(const char *file, size_t *ret_size)
{
	char path[256], *data = NULL;
	struct error *error = NULL;
	(void)snprintf(path, sizeof(path), DATA "%s", file);
	if (file_read(path, 1 << 20, &data, ret_size, &error) < 0)
		fail_msg("%s", error_message(error));
	return data;
}

static struct fake_answer *put_first(struct fake *fake, const char *path, const char *holds)
{
	assert_true(fake->count < FAKE_ANSWERS);
	memmove(fake->answers + 1, fake->answers, fake->count * sizeof(*fake->answers));
	fake->count++;
	fake->answers[0] = (struct fake_answer){.path = path, .holds = holds};
	return &fake->answers[0];
}

void fake_answer_bytes(struct fake *fake, const char *path, const char *holds, const void *message, size_t size)
{
	struct fake_answer *answer = put_first(fake, path, holds);
	answer->message = malloc(size + 1);
	assert_non_null(answer->message);
	memcpy(answer->message, message, size);
	answer->size = size;
}

void fake_refuse(struct fake *fake, const char *path, const char *holds, unsigned status)
{
	put_first(fake, path, holds)->status = status;
}

void fake_answer_file(struct fake *fake, const char *path, const char *holds, const char *file)
{
	size_t size = 0;
	cleanup_free char *data = fake_read_file(file, &size);
	fake_answer_bytes(fake, path, holds, data, size);
}

void fake_add_blob_bytes(struct fake *fake, const char *digest, const void *data, size_t size)
{
	ContainerdApi__ReadContentResponse response = CONTAINERD_API__READ_CONTENT_RESPONSE__INIT;
	response.data = (ProtobufCBinaryData){.len = size, .data = (uint8_t *)(uintptr_t)data};
	cleanup_free uint8_t *message = malloc(size + 64);
	assert_non_null(message);
	fake_answer_bytes(fake, READ, digest, message, protobuf_c_message_pack(&response.base, message));
}

void fake_add_blob(struct fake *fake, const char *digest, const char *file)
{
	size_t size = 0;
	cleanup_free char *data = fake_read_file(file, &size);
	fake_add_blob_bytes(fake, digest, data, size);
}

void fake_load(struct fake *fake, const char *name)
{
	static const struct {
		const char *path, *file;
	} messages[] = {
		{"/containerd.services.containers.v1.Containers/Get", "container"},
		{"/containerd.services.images.v1.Images/Get", "image"},
		{"/containerd.services.snapshots.v1.Snapshots/Stat", "stat"},
		{"/containerd.services.snapshots.v1.Snapshots/Mounts", "mounts"},
	};
	static const char *const blobs[] = {
		"sha256:72d2cfa205fb882c8221205ebf080a3b2c74b227d85afed33084179b3f642d40",
		"sha256:33cd1e9d1e9d68f3ec267bb356b0d59da1196de1e81e62cb528ba805edb3e15b",
		"sha256:9e12c7dd02335f74ce254669cd134c95509aadc1bebd057645682c1bd4fbdfcf",
		"sha256:27bcf08c33e1fb6326aef35278cefa73ffa16221a2f5a6d207c4c8a23f17f083",
		"sha256:7cf2241bd57a4717b67308ddf88483b7905ed639979c95ccf6f007482779ef94",
		"sha256:9fce99150377e4e83447c927b7e78c610a5f5e4163ddea9d3a32c5eeb1e000a8",
		"sha256:58751c07b62a33557a53d65f6901b2fe4300b03399287631e93a6afa20d7c243",
		"sha256:9a01538f64a810ecb881cde56cc768041becd7710ae59350b99dd52b621ead89",
		"sha256:40e1d5a19670fb78357eb3320a98ab01afcf1c90534de896b09ca1b40bee6231",
	};
	*fake = (struct fake){.descriptor = -1};
	for (size_t i = 0; i < ARRAY_SIZE(messages); i++) {
		char file[128];
		(void)snprintf(file, sizeof(file), "%s/%s", name, messages[i].file);
		fake_answer_file(fake, messages[i].path, NULL, file);
	}
	fake_refuse(fake, "/containerd.services.snapshots.v1.Snapshots/Stat", "-init", 5);
	for (size_t i = 0; i < ARRAY_SIZE(blobs); i++) {
		char file[128];
		(void)snprintf(file, sizeof(file), "blobs/%s", blobs[i] + strlen("sha256:"));
		fake_add_blob(fake, blobs[i], file);
	}
}

void fake_rename(struct fake *fake, const char *container, const char *image, const char *snapshotter)
{
	ContainerdApi__Container record = CONTAINERD_API__CONTAINER__INIT;
	ContainerdApi__GetContainerResponse response = CONTAINERD_API__GET_CONTAINER_RESPONSE__INIT;
	uint8_t message[1024];
	record.id = record.snapshot_key = (ProtobufCBinaryData){strlen(container), (uint8_t *)(uintptr_t)container};
	record.image = (ProtobufCBinaryData){strlen(image), (uint8_t *)(uintptr_t)image};
	record.snapshotter = (ProtobufCBinaryData){strlen(snapshotter), (uint8_t *)(uintptr_t)snapshotter};
	if (record.snapshotter.len == 0)
		record.snapshot_key.len = 0;
	response.container = &record;
	assert_true(protobuf_c_message_get_packed_size(&response.base) <= sizeof(message));
	fake_answer_bytes(fake, "/containerd.services.containers.v1.Containers/Get", NULL, message,
			  protobuf_c_message_pack(&response.base, message));
}

/* ---- the server ---- */

static int on_begin(nghttp2_session *session, const nghttp2_frame *frame, void *context)
{
	struct request *request = calloc(1, sizeof(*request));
	assert_non_null(request);
	request->fake = context;
	return nghttp2_session_set_stream_user_data(session, frame->hd.stream_id, request);
}

static int on_header(nghttp2_session *session, const nghttp2_frame *frame, const uint8_t *name, size_t name_length,
		     const uint8_t *value, size_t value_length, uint8_t flags, void *context)
{
	(void)flags;
	(void)context;
	struct request *request = nghttp2_session_get_stream_user_data(session, frame->hd.stream_id);
	if (request && name_length == 5 && memcmp(name, ":path", 5) == 0)
		text_append_bytes(&request->path, (const char *)value, value_length);
	return 0;
}

static int on_data(nghttp2_session *session, uint8_t flags, int32_t id, const uint8_t *data, size_t length,
		   void *context)
{
	(void)flags;
	(void)context;
	struct request *request = nghttp2_session_get_stream_user_data(session, id);
	if (request)
		text_append_bytes(&request->body, (const char *)data, length);
	return 0;
}

static int on_close(nghttp2_session *session, int32_t id, uint32_t code, void *context)
{
	(void)code;
	(void)context;
	struct request *request = nghttp2_session_get_stream_user_data(session, id);
	if (!request)
		return 0;
	text_release(&request->path);
	text_release(&request->body);
	free(request->answer);
	free(request);
	return 0;
}

static ssize_t on_read(nghttp2_session *session, int32_t id, uint8_t *buffer, size_t room, uint32_t *flags,
		       nghttp2_data_source *source, void *context)
{
	(void)context;
	struct request *request = source->ptr;
	size_t length = request->size - request->sent < room ? request->size - request->sent : room;
	if (length > 0)
		memcpy(buffer, request->answer + request->sent, length);
	request->sent += length;
	if (request->sent == request->size) {
		const nghttp2_nv trailers[] = {HEADER("grpc-status", request->status), HEADER("grpc-message", "as%20told")};
		*flags |= NGHTTP2_DATA_FLAG_EOF | NGHTTP2_DATA_FLAG_NO_END_STREAM;
		assert_int_equal(nghttp2_submit_trailer(session, id, trailers, ARRAY_SIZE(trailers)), 0);
	}
	return (ssize_t)length;
}

static const struct fake_answer *find_answer(const struct request *request)
{
	const struct fake *fake = request->fake;
	for (size_t i = 0; i < fake->count; i++) {
		const struct fake_answer *answer = &fake->answers[i];
		if (text_equal(request->path.data, answer->path) &&
		    (!answer->holds || memmem(request->body.data, request->body.length, answer->holds, strlen(answer->holds))))
			return answer;
	}
	return NULL;
}

static int on_frame(nghttp2_session *session, const nghttp2_frame *frame, void *context)
{
	struct fake *fake = context;
	struct request *request = nghttp2_session_get_stream_user_data(session, frame->hd.stream_id);
	if (!request || !(frame->hd.flags & NGHTTP2_FLAG_END_STREAM))
		return 0;
	const struct fake_answer *answer = find_answer(request);
	unsigned status = answer ? answer->status : 5;
	(void)snprintf(request->status, sizeof(request->status), "%u", status % 100);
	if (status == 0) {
		request->size = answer->size + 5;
		request->answer = calloc(1, request->size);
		assert_non_null(request->answer);
		for (unsigned i = 0; i < 4; i++)
			request->answer[1 + i] = (uint8_t)(answer->size >> (24 - 8 * i));
		memcpy(request->answer + 5, answer->message, answer->size);
	}
	fake->calls++;
	const nghttp2_nv headers[] = {HEADER(":status", "200"), HEADER("content-type", "application/grpc")};
	nghttp2_data_provider body = {.source = {.ptr = request}, .read_callback = on_read};
	return nghttp2_submit_response(session, frame->hd.stream_id, headers, ARRAY_SIZE(headers), &body);
}

static nghttp2_session *make_server(struct fake *fake)
{
	nghttp2_session_callbacks *callbacks = NULL;
	nghttp2_session *session = NULL;
	assert_int_equal(nghttp2_session_callbacks_new(&callbacks), 0);
	nghttp2_session_callbacks_set_on_begin_headers_callback(callbacks, on_begin);
	nghttp2_session_callbacks_set_on_header_callback(callbacks, on_header);
	nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks, on_data);
	nghttp2_session_callbacks_set_on_frame_recv_callback(callbacks, on_frame);
	nghttp2_session_callbacks_set_on_stream_close_callback(callbacks, on_close);
	assert_int_equal(nghttp2_session_server_new(&session, callbacks, fake), 0);
	nghttp2_session_callbacks_del(callbacks);
	assert_int_equal(nghttp2_submit_settings(session, NGHTTP2_FLAG_NONE, NULL, 0), 0);
	return session;
}

static void *serve(void *context)
{
	struct fake *fake = context;
	nghttp2_session *session = make_server(fake);
	uint8_t buffer[8192];
	for (;;) {
		const uint8_t *data = NULL;
		ssize_t length = 0;
		while ((length = nghttp2_session_mem_send(session, &data)) > 0) {
			for (ssize_t sent = 0; sent < length;) {
				ssize_t part = send(fake->descriptor, data + sent, (size_t)(length - sent), MSG_NOSIGNAL);
				if (part <= 0)
					goto end;
				sent += part;
			}
		}
		length = recv(fake->descriptor, buffer, sizeof(buffer), 0);
		size_t before = fake->calls;
		if (length <= 0 || nghttp2_session_mem_recv(session, buffer, (size_t)length) < 0)
			break;
		fake->rounds += fake->calls > before;
	}
end:
	nghttp2_session_del(session);
	return NULL;
}

int fake_start(struct fake *fake)
{
	int ends[2];
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
	fake->descriptor = ends[1];
	assert_int_equal(pthread_create(&fake->thread, NULL, serve, fake), 0);
	return ends[0];
}

static void *accept_and_serve(void *context)
{
	struct fake *fake = context;
	int listener = fake->descriptor;
	fake->descriptor = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
	close(listener);
	return fake->descriptor < 0 ? NULL : serve(fake);
}

void fake_listen(struct fake *fake, int listener)
{
	fake->descriptor = listener;
	assert_int_equal(pthread_create(&fake->thread, NULL, accept_and_serve, fake), 0);
}

void fake_stop(struct fake *fake)
{
	assert_int_equal(pthread_join(fake->thread, NULL), 0);
	if (fake->descriptor >= 0)
		close(fake->descriptor);
	for (size_t i = 0; i < fake->count; i++)
		free(fake->answers[i].message);
	*fake = (struct fake){.descriptor = -1};
}
