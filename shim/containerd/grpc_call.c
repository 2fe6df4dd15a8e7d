#include "shim/containerd/grpc_call.h"

#include <errno.h>
#include <nghttp2/nghttp2.h>
#include <stdlib.h>
#include <string.h>

#include "policy/base/cleanup.h"

void stream_start(struct stream *stream, struct grpc_call *call)
{
	uint32_t size = (uint32_t)call->request_size;
	*stream = (struct stream){
		.call = call,
		.prefix = {0, (uint8_t)(size >> 24), (uint8_t)(size >> 16), (uint8_t)(size >> 8), (uint8_t)size},
	};
}

size_t stream_send(struct stream *stream, uint8_t *buffer, size_t room, bool *ret_last)
{
	const struct bytes parts[] = {
		{stream->prefix, sizeof(stream->prefix)},
		{stream->call->request, stream->call->request_size},
	};
	size_t done = 0, before = 0;
	for (size_t i = 0; i < ARRAY_SIZE(parts); i++) {
		size_t start = stream->sent - before;
		if (start < parts[i].size && done < room) {
			size_t length = parts[i].size - start;
			if (length > room - done)
				length = room - done;
			memcpy(buffer + done, parts[i].data + start, length);
			done += length;
			stream->sent += length;
		}
		before += parts[i].size;
	}
	*ret_last = stream->sent == before;
	return done;
}

static bool equals(const uint8_t *bytes, size_t length, const char *text)
{
	return length == strlen(text) && memcmp(bytes, text, length) == 0;
}

/* "application/grpc", perhaps with "+proto" or ";…" behind it. */
static bool is_grpc_type(const uint8_t *value, size_t length)
{
	static const char type[] = "application/grpc";
	size_t prefix = sizeof(type) - 1;
	return length >= prefix && memcmp(value, type, prefix) == 0 &&
	       (length == prefix || value[prefix] == '+' || value[prefix] == ';');
}

static int set_status(struct stream *stream, const uint8_t *value, size_t length, struct error **error)
{
	unsigned status = 0;
	for (size_t i = 0; i < length && i < 3; i++) {
		if (value[i] < '0' || value[i] > '9')
			status = GRPC_STATUSES;
		else
			status = status * 10 + (unsigned)(value[i] - '0');
	}
	if (length == 0 || length > 2 || status >= GRPC_STATUSES || stream->has_status)
		return error_set(error, EPROTO, "the answer's grpc-status is not one number from 0 to 16");
	stream->has_status = true;
	stream->call->status = status;
	return 0;
}

static int hexadecimal(uint8_t digit)
{
	static const char digits[] = "0123456789abcdef0123456789ABCDEF";
	const char *found = digit ? strchr(digits, digit) : NULL;
	return found ? (int)(found - digits) % 16 : -1;
}

/* Percent-encoded; what is not stays as it is. A NUL ends it. */
static int set_message(struct grpc_call *call, const uint8_t *value, size_t length, struct error **error)
{
	if (call->message)
		return error_set(error, EPROTO, "the answer has two grpc-messages");
	char *message = malloc(length + 1);
	if (!message)
		return error_out_of_memory(error);
	size_t written = 0;
	for (size_t i = 0; i < length && written < GRPC_MESSAGE_LENGTH; i++) {
		int high = value[i] == '%' && i + 2 < length ? hexadecimal(value[i + 1]) : -1;
		int low = high >= 0 ? hexadecimal(value[i + 2]) : -1;
		message[written++] = low >= 0 ? (char)(high << 4 | low) : (char)value[i];
		i += low >= 0 ? 2 : 0;
	}
	message[written] = '\0';
	call->message = message;
	return 0;
}

int stream_header(struct stream *stream, const uint8_t *name, size_t name_length, const uint8_t *value,
		  size_t value_length, struct error **error)
{
	stream->header_bytes += name_length + value_length;
	if (stream->header_bytes > GRPC_HEADERS_SIZE)
		return error_set(error, EFBIG, "the answer has more than %zu bytes of headers", GRPC_HEADERS_SIZE);
	if (equals(name, name_length, ":status"))
		stream->is_http_ok = equals(value, value_length, "200");
	else if (equals(name, name_length, "content-type"))
		stream->is_grpc = is_grpc_type(value, value_length);
	else if (equals(name, name_length, "grpc-status"))
		return set_status(stream, value, value_length, error);
	else if (equals(name, name_length, "grpc-message"))
		return set_message(stream->call, value, value_length, error);
	return 0;
}

int stream_headers_end(struct stream *stream, bool is_last, struct error **error)
{
	if (!stream->is_http_ok || !stream->is_grpc)
		return error_set(error, EPROTO, "the answer is not gRPC's");
	if (is_last != stream->has_status)
		return error_set(error, EPROTO, "the answer's grpc-status does not stand where it ends");
	stream->in_body = true;
	stream->call->answered = is_last;
	return 0;
}

int stream_data(struct stream *stream, const uint8_t *data, size_t length, struct error **error)
{
	struct grpc_call *call = stream->call;
	if (!stream->in_body || call->answered)
		return error_set(error, EPROTO, "the answer's data does not stand between headers and trailers");
	if (length > call->limit - call->answer_size)
		return error_set(error, EFBIG, "the answer has more than %zu bytes", call->limit);
	if (length == 0)
		return 0;
	uint8_t *larger = realloc(call->answer, call->answer_size + length);
	if (!larger)
		return error_out_of_memory(error);
	memcpy(larger + call->answer_size, data, length);
	call->answer = larger;
	call->answer_size += length;
	return 0;
}

int stream_close(struct stream *stream, uint32_t code, struct error **error)
{
	stream->closed = true;
	if (stream->call->answered)
		return 0;
	if (code != NGHTTP2_NO_ERROR)
		return error_set(error, ECONNRESET, "the call was broken off (%s)", nghttp2_http2_strerror(code));
	return error_set(error, EPROTO, "the answer ended without a grpc-status");
}

void grpc_call_release(struct grpc_call *call)
{
	free(call->request);
	free(call->message);
	free(call->answer);
	*call = (struct grpc_call){0};
}
