/* What a finished call's answer says. */
#include "shim/containerd/grpc.h"

#include <errno.h>

#include "policy/base/cleanup.h"
#include "policy/base/text.h"

/* By status; what has no row is EIO. */
static const int codes[GRPC_STATUSES] = {
	[GRPC_DEADLINE_EXCEEDED] = ETIMEDOUT, [GRPC_NOT_FOUND] = ENOENT,	  [GRPC_PERMISSION_DENIED] = EPERM,
	[GRPC_UNIMPLEMENTED] = ENOSYS,	      [GRPC_UNAUTHENTICATED] = EPERM,
};

int grpc_check(const struct grpc_call *call, struct error **error)
{
	if (!call->answered || call->status >= GRPC_STATUSES)
		return error_set(error, EPROTO, "%s was not answered", call->path);
	if (call->status == GRPC_OK)
		return 0;
	int code = codes[call->status] ? codes[call->status] : EIO;
	cleanup_text struct text words = {0};
	text_append_quoted(&words, call->message ? call->message : "");
	return error_set(error, code, "%s was refused with status %u: %s", call->path, call->status,
			 words.failed ? "" : words.data);
}

int grpc_next_message(const struct grpc_call *call, size_t *offset, struct bytes *ret, struct error **error)
{
	enum { PREFIX = 5 };
	size_t left = call->answer_size - *offset;
	if (left == 0)
		return 0;
	const uint8_t *prefix = call->answer + *offset;
	if (left < PREFIX || prefix[0] != 0)
		return error_set(error, EPROTO, "the answer to %s is cut off or compressed", call->path);
	size_t length = (size_t)prefix[1] << 24 | (size_t)prefix[2] << 16 | (size_t)prefix[3] << 8 | prefix[4];
	if (length > left - PREFIX)
		return error_set(error, EPROTO, "the answer to %s is cut off", call->path);
	*ret = (struct bytes){prefix + PREFIX, length};
	*offset += PREFIX + length;
	return 1;
}

int grpc_message(const struct grpc_call *call, struct bytes *ret, struct error **error)
{
	size_t offset = 0;
	struct bytes message = {0};
	int result = grpc_check(call, error);
	if (result == 0)
		result = grpc_next_message(call, &offset, &message, error);
	if (result < 0)
		return result;
	if (result == 0 || offset != call->answer_size)
		return error_set(error, EPROTO, "the answer to %s is not one message", call->path);
	*ret = message;
	return 0;
}
