/* Messages of containerd's API (api.proto): read with a bound on the memory they may
 * take, and their texts. */
#ifndef OCI_HARDEN_SHIM_CONTAINERD_API_H
#define OCI_HARDEN_SHIM_CONTAINERD_API_H

#include "generated/containerd_api.pb-c.h"
#include "policy/base/error.h"
#include "policy/trust/evidence.h"
#include "shim/containerd/grpc.h"

#define API_MEMORY_SIZE ((size_t)32 << 20) /* bytes that one message may take when read */
#define API_TEXT_LENGTH ((size_t)64 << 10) /* bytes of one text: an overlay's lower directories */

/* A request's bytes, borrowed: the text's own. */
ProtobufCBinaryData api_bytes(const char *text);

/* A call that asks with `message`; what it holds is owned already where it fails. */
int api_call(const char *path, const ProtobufCMessage *message, size_t limit, struct grpc_call *ret_call,
	     struct error **error);

/* -EPROTO where `bytes` are no such message. The caller frees it with api_free(). */
int api_unpack(const ProtobufCMessageDescriptor *type, struct bytes bytes, ProtobufCMessage **ret,
	       struct error **error);

/* The only message of a call's answer; where there is none, why. */
int api_answer(const struct grpc_call *call, const ProtobufCMessageDescriptor *type, ProtobufCMessage **ret,
	       struct error **error);

/* The three at once, of one call alone. */
int api_ask(struct grpc *grpc, const char *path, const ProtobufCMessage *request, size_t limit,
	    const ProtobufCMessageDescriptor *type, ProtobufCMessage **ret, struct error **error);

static inline void cleanup_api_function(void *message)
{
	if (*(ProtobufCMessage **)message)
		protobuf_c_message_free_unpacked(*(ProtobufCMessage **)message, NULL);
}
#define cleanup_api __attribute__((cleanup(cleanup_api_function)))

/* A text as the caller's own, *ret stays NULL where it is empty. -EPROTO where it has a
 * NUL, is not UTF-8 or is too long; `what` names it for the message. */
int api_text(const ProtobufCBinaryData *bytes, const char *what, char **ret, struct error **error);

bool api_equal(const ProtobufCBinaryData *bytes, const char *text);

#endif
