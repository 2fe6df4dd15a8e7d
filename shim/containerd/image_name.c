#include "shim/containerd/image_name.h"

#include <errno.h>

#include "policy/base/cleanup.h"
#include "policy/trust/digest.h"
#include "shim/containerd/api.h"

#define IMAGE_SIZE ((size_t)1 << 20)

int image_name_call(const char *name, struct grpc_call *call, struct error **error)
{
	ContainerdApi__GetImageRequest request = CONTAINERD_API__GET_IMAGE_REQUEST__INIT;
	request.name = api_bytes(name);
	return api_call("/containerd.services.images.v1.Images/Get", &request.base, IMAGE_SIZE, call, error);
}

int image_name_answer(const struct grpc_call *call, struct containerd_container *container, struct error **error)
{
	cleanup_api ProtobufCMessage *message = NULL;
	if (call->answered && call->status == GRPC_NOT_FOUND)
		return 0;
	int result = api_answer(call, &containerd_api__get_image_response__descriptor, &message, error);
	if (result < 0)
		return result;
	const ContainerdApi__Image *image = ((const ContainerdApi__GetImageResponse *)message)->image;
	if (!image || !image->target || !api_equal(&image->name, container->image))
		return error_set(error, EPROTO, "the answer is about another image");
	cleanup_free char *digest = NULL;
	result = api_text(&image->target->digest, "image's digest", &digest, error);
	if (result == 0 && digest_is_valid(digest))
		container->image_digest = take_pointer(digest);
	return result;
}
