#include "shim/containerd/image_list.h"

#include "policy/base/cleanup.h"
#include "policy/base/text.h"
#include "policy/document/document.h"
#include "policy/trust/digest.h"
#include "shim/containerd/api.h"
#include "shim/containerd/namespace.h"

#define IMAGES_SIZE ((size_t)16 << 20)

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

static int list_namespace(const char *socket, const char *name, unsigned milliseconds, json_t *images,
			  struct error **error)
{
	ContainerdApi__ListImagesRequest nothing = CONTAINERD_API__LIST_IMAGES_REQUEST__INIT;
	cleanup_containerd_namespace struct containerd_namespace namespace = {0};
	cleanup_api ProtobufCMessage *message = NULL;
	int result = containerd_namespace_open(socket, name, milliseconds, &namespace, error);
	if (result == 0)
		result = api_ask(namespace.grpc, "/containerd.services.images.v1.Images/List", &nothing.base, IMAGES_SIZE,
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
	cleanup_json json_t *namespaces = json_array();
	size_t i;
	json_t *name;
	int result = namespaces ? containerd_namespaces(socket, milliseconds, namespaces, error)
				: error_out_of_memory(error);
	json_array_foreach(namespaces, i, name)
		if (result == 0)
			result = list_namespace(socket, json_string_value(name), milliseconds, images, error);
	return result;
}
