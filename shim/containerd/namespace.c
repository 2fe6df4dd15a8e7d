#include "shim/containerd/namespace.h"

#include <errno.h>

#include "policy/base/cleanup.h"
#include "shim/containerd/api.h"
#include "shim/containerd/local_socket.h"

#define NAMESPACES_SIZE ((size_t)1 << 20)

int containerd_namespace_open(const char *socket, const char *name, unsigned milliseconds,
			      struct containerd_namespace *namespace, struct error **error)
{
	int descriptor = -1;
	int result = local_socket_connect(socket, &descriptor, error);
	if (result < 0)
		return result;
	*namespace = (struct containerd_namespace){.metadata = {"containerd-namespace", name, NULL}};
	return grpc_open(descriptor, namespace->metadata, milliseconds, &namespace->grpc, error);
}

void containerd_namespace_close(struct containerd_namespace *namespace)
{
	grpc_close(namespace->grpc);
	namespace->grpc = NULL;
}

static int add_name(const ProtobufCBinaryData *bytes, json_t *names, struct error **error)
{
	cleanup_free char *name = NULL;
	int result = api_text(bytes, "namespace", &name, error);
	if (result < 0 || !name)
		return result;
	return json_array_append_new(names, json_string(name)) < 0 ? error_out_of_memory(error) : 0;
}

int containerd_namespaces(const char *socket, unsigned milliseconds, json_t *names, struct error **error)
{
	ContainerdApi__ListNamespacesRequest nothing = CONTAINERD_API__LIST_NAMESPACES_REQUEST__INIT;
	cleanup_containerd_namespace struct containerd_namespace namespace = {0};
	cleanup_api ProtobufCMessage *message = NULL;
	int result = containerd_namespace_open(socket, "default", milliseconds, &namespace, error);
	if (result == 0)
		result = api_ask(namespace.grpc, "/containerd.services.namespaces.v1.Namespaces/List", &nothing.base,
				 NAMESPACES_SIZE, &containerd_api__list_namespaces_response__descriptor, &message, error);
	if (result < 0)
		return result;
	const ContainerdApi__ListNamespacesResponse *list = (const void *)message;
	if (list->n_namespaces > CONTAINERD_NAMESPACES)
		return error_set(error, E2BIG, "containerd has more than %u namespaces", CONTAINERD_NAMESPACES);
	for (size_t i = 0; i < list->n_namespaces && result == 0; i++)
		result = add_name(&list->namespaces[i]->name, names, error);
	return result;
}
