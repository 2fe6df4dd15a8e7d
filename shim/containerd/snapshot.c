#include "shim/containerd/snapshot.h"

#include <errno.h>
#include <string.h>

#include "policy/base/cleanup.h"
#include "policy/base/text.h"
#include "policy/trust/digest.h"
#include "shim/containerd/api.h"

#define SERVICE "/containerd.services.snapshots.v1.Snapshots/"
#define ANSWER_SIZE ((size_t)1 << 20)

enum { OWN = 0, INIT, MOUNTS };

/* dockerd's layer between the image and the container: /etc/hosts and the like, empty. */
static char *init_key(const struct containerd_container *container)
{
	char *key = NULL;
	return asprintf(&key, "%s-init", container->snapshot_key) < 0 ? NULL : key;
}

static int call(const char *path, const char *snapshotter, const char *key, struct grpc_call *ret_call,
		struct error **error)
{
	ContainerdApi__SnapshotRequest request = CONTAINERD_API__SNAPSHOT_REQUEST__INIT;
	request.snapshotter = api_bytes(snapshotter);
	request.key = api_bytes(key);
	return api_call(path, &request.base, ANSWER_SIZE, ret_call, error);
}

int snapshot_calls(const struct containerd_container *container, struct grpc_call calls[SNAPSHOT_CALLS],
		   struct error **error)
{
	cleanup_free char *init = init_key(container);
	if (!init)
		return error_out_of_memory(error);
	const char *snapshotter = container->snapshotter, *key = container->snapshot_key;
	int result = call(SERVICE "Stat", snapshotter, key, &calls[OWN], error);
	if (result == 0)
		result = call(SERVICE "Stat", snapshotter, init, &calls[INIT], error);
	if (result == 0)
		result = call(SERVICE "Mounts", snapshotter, key, &calls[MOUNTS], error);
	return result;
}

static bool is_absent(const struct grpc_call *answered)
{
	return answered->answered && answered->status == GRPC_NOT_FOUND;
}

static int read_parent(const struct grpc_call *answered, char **ret, struct error **error)
{
	cleanup_api ProtobufCMessage *message = NULL;
	if (is_absent(answered))
		return 0;
	int result = api_answer(answered, &containerd_api__stat_snapshot_response__descriptor, &message, error);
	if (result < 0)
		return result;
	const ContainerdApi__SnapshotInfo *info = ((ContainerdApi__StatSnapshotResponse *)message)->info;
	return info ? api_text(&info->parent, "snapshot's parent", ret, error) : 0;
}

static int set_chain_id(const struct grpc_call calls[SNAPSHOT_CALLS], struct containerd_container *container,
			struct error **error)
{
	cleanup_free char *parent = NULL, *below = NULL, *init = init_key(container);
	if (!init)
		return error_out_of_memory(error);
	int result = read_parent(&calls[OWN], &parent, error);
	if (result == 0 && text_equal(parent, init))
		result = read_parent(&calls[INIT], &below, error);
	if (result < 0)
		return result;
	char **found = text_equal(parent, init) ? &below : &parent;
	if (digest_is_valid(*found))
		container->chain_id = take_pointer(*found);
	return 0;
}

static int read_option(const ProtobufCBinaryData *option, struct containerd_container *container,
		       struct error **error)
{
	const struct {
		const char *prefix;
		char **place;
	} options[] = {{"lowerdir=", &container->lower}, {"upperdir=", &container->upper}};
	for (size_t i = 0; i < ARRAY_SIZE(options); i++) {
		size_t length = strlen(options[i].prefix);
		if (option->len < length || memcmp(option->data, options[i].prefix, length) != 0)
			continue;
		const ProtobufCBinaryData value = {.len = option->len - length, .data = option->data + length};
		if (*options[i].place)
			return error_set(error, EPROTO, "the container's overlay has two %s", options[i].prefix);
		return api_text(&value, "overlay option", options[i].place, error);
	}
	return 0;
}

/* Of one overlay alone: another snapshotter's mounts say nothing of layers. */
static int set_mounts(const struct grpc_call *answered, struct containerd_container *container,
		      struct error **error)
{
	cleanup_api ProtobufCMessage *message = NULL;
	if (is_absent(answered))
		return 0;
	int result = api_answer(answered, &containerd_api__mounts_response__descriptor, &message, error);
	if (result < 0)
		return result;
	const ContainerdApi__MountsResponse *mounts = (const ContainerdApi__MountsResponse *)message;
	if (mounts->n_mounts != 1 || !api_equal(&mounts->mounts[0]->type, "overlay"))
		return 0;
	const ContainerdApi__Mount *mount = mounts->mounts[0];
	for (size_t i = 0; result == 0 && i < mount->n_options; i++)
		result = read_option(&mount->options[i], container, error);
	return result;
}

int snapshot_answers(const struct grpc_call calls[SNAPSHOT_CALLS], struct containerd_container *container,
		     struct error **error)
{
	int result = set_chain_id(calls, container, error);
	return result < 0 ? result : set_mounts(&calls[MOUNTS], container, error);
}
