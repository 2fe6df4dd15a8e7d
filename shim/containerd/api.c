#include "shim/containerd/api.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "policy/base/text.h"

ProtobufCBinaryData api_bytes(const char *text)
{
	return (ProtobufCBinaryData){.len = strlen(text), .data = (uint8_t *)(uintptr_t)text};
}

int api_call(const char *path, const ProtobufCMessage *message, size_t limit, struct grpc_call *ret_call,
	     struct error **error)
{
	size_t size = protobuf_c_message_get_packed_size(message);
	*ret_call = (struct grpc_call){.path = path, .limit = limit, .request = malloc(size + 1)};
	if (!ret_call->request)
		return error_out_of_memory(error);
	ret_call->request_size = protobuf_c_message_pack(message, ret_call->request);
	return 0;
}

/* A message of many tiny fields takes a multiple of its bytes. What was given back is not
 * counted back: the sum is bounded, so the memory is. */
static void *allocate(void *left, size_t size)
{
	size_t *bytes = left;
	if (size > *bytes)
		return NULL;
	*bytes -= size;
	return malloc(size);
}

static void give_back(void *left, void *data)
{
	(void)left;
	free(data);
}

int api_unpack(const ProtobufCMessageDescriptor *type, struct bytes bytes, ProtobufCMessage **ret,
	       struct error **error)
{
	size_t left = API_MEMORY_SIZE;
	ProtobufCAllocator allocator = {.alloc = allocate, .free = give_back, .allocator_data = &left};
	ProtobufCMessage *message = protobuf_c_message_unpack(type, &allocator, bytes.size, bytes.data);
	if (!message)
		return error_set(error, EPROTO, "the answer is no %s that can be read", type->short_name);
	*ret = message;
	return 0;
}

int api_answer(const struct grpc_call *call, const ProtobufCMessageDescriptor *type, ProtobufCMessage **ret,
	       struct error **error)
{
	struct bytes bytes = {0};
	int result = grpc_message(call, &bytes, error);
	return result < 0 ? result : api_unpack(type, bytes, ret, error);
}

int api_ask(struct grpc *grpc, const char *path, const ProtobufCMessage *request, size_t limit,
	    const ProtobufCMessageDescriptor *type, ProtobufCMessage **ret, struct error **error)
{
	cleanup_grpc_call struct grpc_call call = {0};
	int result = api_call(path, request, limit, &call, error);
	if (result == 0)
		result = grpc_ask(grpc, &call, 1, error);
	return result < 0 ? result : api_answer(&call, type, ret, error);
}

int api_text(const ProtobufCBinaryData *bytes, const char *what, char **ret, struct error **error)
{
	if (bytes->len == 0)
		return 0;
	const char *text = (const char *)bytes->data;
	if (bytes->len > API_TEXT_LENGTH || memchr(text, '\0', bytes->len) || !text_is_utf8(text, bytes->len))
		return error_set(error, EPROTO, "the answer's %s is no text", what);
	char *copy = strndup(text, bytes->len);
	if (!copy)
		return error_out_of_memory(error);
	free(*ret);
	*ret = copy;
	return 0;
}

bool api_equal(const ProtobufCBinaryData *bytes, const char *text)
{
	return bytes->len == strlen(text) && memcmp(bytes->data, text, bytes->len) == 0;
}
