#include "shim/containerd/image_list.h"

#include <errno.h>
#include <string.h>

#include "policy/base/cleanup.h"
#include "policy/base/text.h"
#include "policy/document/document.h"
#include "policy/trust/digest.h"
#include "shim/containerd/api.h"
#include "shim/containerd/local_socket.h"

#define NAMESPACES_SIZE ((size_t)1 << 20)
#define IMAGES_SIZE ((size_t)16 << 20)

/* A call without arguments in one namespace; a connection for each, since the namespace
 * goes with all that is asked over one. */
static int ask(const char *socket, const char *namespace, const char *path, size_t limit, unsigned milliseconds,
	       const ProtobufCMessageDescriptor *type, ProtobufCMessage **ret, struct error **error)
{
	const char *const metadata[] = {"containerd-namespace", namespace, NULL};
	ContainerdApi__ListImagesRequest nothing = CONTAINERD_API__LIST_IMAGES_REQUEST__INIT;
	cleanup_grpc_call struct grpc_call call = {0};
	cleanup_grpc struct grpc *grpc = NULL;
	int descriptor = -1;
	int result = local_socket_connect(socket, &descriptor, error);
	if (result == 0)
		result = grpc_open(descriptor, metadata, milliseconds, &grpc, error);
	if (result == 0)
		result = api_call(path, &nothing.base, limit, &call, error);
	if (result == 0)
		result = grpc_ask(grpc, &call, 1, error);
	return result < 0 ? result : api_answer(&call, type, ret, error);
}

/* In nanoseconds, as far as that can be told; it is only compared. */
static json_int_t changed_at(const ContainerdApi__Image *image)
{
	const ContainerdApi__Timestamp *moment = image->updated_at;
	return moment ? (json_int_t)((uint64_t)moment->seconds * 1000000000u + (uint64_t)(int64_t)moment->nanos) : 0;
}

static int put_image(json_t *images, const char *name, const char *digest, json_int_t changed, struct error **error)
{
	cleanup_free char *both = NULL;
	const json_t *known = json_object_get(images, name);
	const char *known_digest = json_string_value(json_object_get(known, "digest"));
	bool other = known && !text_equal(known_digest, digest);
	if (other && asprintf(&both, "%s@%s", name, digest) < 0)
		return error_out_of_memory(error);
	if (known && !other && json_integer_value(json_object_get(known, "changed")) > changed)
		return 0;
	json_t *image = json_pack("{s:s, s:I}", "digest", digest, "changed", changed);
	return json_object_set_new(images, other ? both : name, image) < 0 ? error_out_of_memory(error) : 0;
}

static int add_image(const ContainerdApi__Image *image, json_t *images, struct error **error)
{
	cleanup_free char *name = NULL, *digest = NULL;
	int result = api_text(&image->name, "image's name", &name, error);
	if (result == 0 && image->target)
		result = api_text(&image->target->digest, "image's digest", &digest, error);
	if (result < 0 || !name || !digest_is_valid(digest))
		return result;
	return put_image(images, name, digest, changed_at(image), error);
}

static int list_namespace(const char *socket, const ProtobufCBinaryData *bytes, unsigned milliseconds, json_t *images,
			  struct error **error)
{
	cleanup_free char *namespace = NULL;
	cleanup_api ProtobufCMessage *message = NULL;
	int result = api_text(bytes, "namespace", &namespace, error);
	if (result < 0 || !namespace)
		return result;
	result = ask(socket, namespace, "/containerd.services.images.v1.Images/List", IMAGES_SIZE, milliseconds,
		     &containerd_api__list_images_response__descriptor, &message, error);
	if (result < 0)
		return result;
	const ContainerdApi__ListImagesResponse *list = (const void *)message;
	for (size_t i = 0; i < list->n_images && result == 0; i++)
		result = add_image(list->images[i], images, error);
	return result;
}

int containerd_list_images(const char *socket, unsigned milliseconds, json_t *images, struct error **error)
{
	cleanup_api ProtobufCMessage *message = NULL;
	int result = ask(socket, "default", "/containerd.services.namespaces.v1.Namespaces/List", NAMESPACES_SIZE,
			 milliseconds, &containerd_api__list_namespaces_response__descriptor, &message, error);
	if (result < 0)
		return result;
	const ContainerdApi__ListNamespacesResponse *list = (const void *)message;
	if (list->n_namespaces > IMAGE_LIST_NAMESPACES)
		return error_set(error, E2BIG, "containerd has more than %u namespaces", IMAGE_LIST_NAMESPACES);
	for (size_t i = 0; i < list->n_namespaces && result == 0; i++)
		result = list_namespace(socket, &list->namespaces[i]->name, milliseconds, images, error);
	return result;
}
