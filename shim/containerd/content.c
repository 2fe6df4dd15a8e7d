#include "shim/containerd/content.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "policy/base/cleanup.h"
#include "policy/base/text.h"
#include "policy/trust/digest.h"
#include "shim/containerd/api.h"

/* beside a blob's bytes: what frames each message of at most a megabyte */
#define FRAMING_SIZE ((size_t)64 << 10)

/* Appends one message's data, which has to follow on what came before. */
static int append(struct bytes message, uint8_t *data, size_t *size, struct error **error)
{
	cleanup_api ProtobufCMessage *unpacked = NULL;
	int result = api_unpack(&containerd_api__read_content_response__descriptor, message, &unpacked, error);
	if (result < 0)
		return result;
	const ContainerdApi__ReadContentResponse *part = (const ContainerdApi__ReadContentResponse *)unpacked;
	if (part->offset < 0 || (size_t)part->offset != *size || part->data.len > EVIDENCE_BLOB_SIZE - *size)
		return error_set(error, EPROTO, "the parts of a blob do not follow on each other or are too many");
	if (part->data.len > 0)
		memcpy(data + *size, part->data.data, part->data.len);
	*size += part->data.len;
	return 0;
}

static int add_blob(const struct grpc_call *call, const char *digest, struct evidence *evidence,
		    struct error **error)
{
	/* no part is longer than what frames it, and a NUL follows the last */
	cleanup_free uint8_t *data = calloc(1, call->answer_size + 1);
	size_t size = 0, offset = 0;
	if (!data)
		return error_out_of_memory(error);
	struct bytes message = {0};
	int result = grpc_next_message(call, &offset, &message, error);
	for (; result > 0; result = grpc_next_message(call, &offset, &message, error)) {
		result = append(message, data, &size, error);
		if (result < 0)
			break;
	}
	if (result < 0)
		return result;
	char seen[DIGEST_LENGTH + 1];
	digest_of(data, size, seen);
	if (!text_equal(seen, digest))
		return error_set(error, EPROTO, "what containerd's content store has for %s is %s", digest, seen);
	result = evidence_add(evidence, digest, data, size);
	if (result < 0)
		return error_set_errno(error, -result, "keeping %s", digest);
	(void)take_pointer(data);
	return 0;
}

static int submit(const char *digest, struct grpc_call *call, struct error **error)
{
	ContainerdApi__ReadContentRequest request = CONTAINERD_API__READ_CONTENT_REQUEST__INIT;
	request.digest = api_bytes(digest);
	return api_call("/containerd.services.content.v1.Content/Read", &request.base,
			EVIDENCE_BLOB_SIZE + FRAMING_SIZE, call, error);
}

static int take_answer(const struct grpc_call *call, const char *digest, struct evidence *evidence,
		       struct error **error)
{
	if (call->answered && call->status == GRPC_NOT_FOUND)
		return 0;
	int result = grpc_check(call, error);
	return result < 0 ? result : add_blob(call, digest, evidence, error);
}

static int note_asked(struct content *content, const char *digest, struct error **error)
{
	content->asked.limit = content->asked.count + 1;
	return digest_set_add(&content->asked, digest) < 0 ? error_out_of_memory(error) : 0;
}

int content_read_beside(struct grpc *grpc, const char *const *digests, size_t count, struct grpc_call *beside,
			size_t beside_count, struct content *content, struct error **error)
{
	struct grpc_call calls[CONTENT_READS + CONTENT_BESIDE] = {0};
	const char *asked[CONTENT_READS];
	size_t number = 0;
	int result = 0;
	for (size_t i = 0; result == 0 && i < count && number < CONTENT_READS; i++) {
		if (!digest_is_valid(digests[i]) || digest_set_has(&content->asked, digests[i]))
			continue;
		asked[number] = digests[i];
		result = submit(digests[i], &calls[number++], error);
		if (result == 0)
			result = note_asked(content, digests[i], error);
	}
	/* theirs again afterwards, whatever became of them */
	for (size_t i = 0; i < beside_count; i++)
		calls[number + i] = beside[i];
	if (result == 0 && number + beside_count > 0)
		result = grpc_ask(grpc, calls, number + beside_count, error);
	for (size_t i = 0; i < beside_count; i++)
		beside[i] = calls[number + i];
	for (size_t i = 0; i < number; i++) {
		if (result == 0)
			result = take_answer(&calls[i], asked[i], &content->evidence, error);
		grpc_call_release(&calls[i]);
	}
	return result;
}

int content_read(struct grpc *grpc, const char *const *digests, size_t count, struct content *content,
		 struct error **error)
{
	return content_read_beside(grpc, digests, count, NULL, 0, content, error);
}

void content_release(struct content *content)
{
	evidence_release(&content->evidence);
	digest_set_release(&content->asked);
}
