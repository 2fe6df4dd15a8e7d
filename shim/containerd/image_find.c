#include "shim/containerd/image_find.h"

#include <stdlib.h>
#include <string.h>

#include "policy/base/cleanup.h"
#include "policy/base/text.h"
#include "policy/document/document.h"
#include "shim/containerd/image_name.h"
#include "shim/containerd/image_proof.h"
#include "shim/containerd/namespace.h"

static int add_image(const char *namespace, const struct containerd_container *image, json_t *images,
		     struct error **error)
{
	json_t *found = json_pack("{s:s, s:s, s:s?, s:s?, s:s?, s:s?}", "namespace", namespace, "digest",
				  image->image_digest, "config", image->proven_config, "manifest",
				  image->proven_manifest, "index", image->proven_index, "chain-id", image->chain_id);
	return json_array_append_new(images, found) < 0 ? error_out_of_memory(error) : 0;
}

static bool is_known(const json_t *images, size_t first, const char *digest)
{
	for (size_t i = first; i < json_array_size(images); i++)
		if (text_equal(json_string_value(json_object_get(json_array_get(images, i), "digest")), digest))
			return true;
	return false;
}

static int look_in(const char *namespace, struct grpc *grpc, const char *name, size_t first, json_t *images,
		   struct error **error)
{
	cleanup_containerd_container struct containerd_container image = {.image = strdup(name)};
	cleanup_grpc_call struct grpc_call call = {0};
	int result = image.image ? image_name_call(name, &call, error) : error_out_of_memory(error);
	if (result == 0)
		result = grpc_ask(grpc, &call, 1, error);
	if (result == 0)
		result = image_name_answer(&call, &image, error);
	if (result < 0 || !image.image_digest || is_known(images, first, image.image_digest))
		return result;
	result = image_proof_of_content(grpc, image.image_digest, &image, error);
	return result < 0 ? result : add_image(namespace, &image, images, error);
}

int containerd_find_image(const char *socket, unsigned milliseconds, const char *const *names, size_t count,
			  json_t *images, struct error **error)
{
	cleanup_json json_t *namespaces = json_array();
	if (!namespaces)
		return error_out_of_memory(error);
	int result = containerd_namespaces(socket, milliseconds, namespaces, error);
	for (size_t i = 0; result == 0 && i < json_array_size(namespaces); i++) {
		const char *name = json_string_value(json_array_get(namespaces, i));
		cleanup_containerd_namespace struct containerd_namespace namespace = {0};
		size_t first = json_array_size(images);
		result = containerd_namespace_open(socket, name, milliseconds, &namespace, error);
		for (size_t j = 0; result == 0 && j < count; j++)
			result = look_in(name, namespace.grpc, names[j], first, images, error);
	}
	return result;
}
