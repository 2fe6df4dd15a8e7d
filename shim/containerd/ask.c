/* The conversation: the container's record first; then what it names, its image and its
 * snapshot; then the image's documents. What does not depend on each other is asked for
 * at once. */
#include "shim/containerd/containerd.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "policy/base/cleanup.h"
#include "policy/base/text.h"
#include "policy/trust/digest.h"
#include "shim/containerd/api.h"
#include "shim/containerd/cri_record.h"
#include "shim/containerd/image_guess.h"
#include "shim/containerd/image_name.h"
#include "shim/containerd/image_proof.h"
#include "shim/containerd/local_socket.h"
#include "shim/containerd/snapshot.h"

#define RECORD_SIZE ((size_t)8 << 20) /* a container's configuration is in it */

static int read_record(const struct containerd_question *question, const ContainerdApi__Container *record,
		       struct containerd_container *container, struct error **error)
{
	if (!record || !api_equal(&record->id, question->container))
		return error_set(error, EPROTO, "the answer is about another container");
	int result = api_text(&record->image, "image", &container->image, error);
	if (result == 0)
		result = api_text(&record->snapshotter, "snapshotter", &container->snapshotter, error);
	if (result == 0)
		result = api_text(&record->snapshot_key, "snapshot's key", &container->snapshot_key, error);
	if (result == 0)
		result = cri_record_config_digest(record, &container->config_digest, error);
	if (result < 0 || container->snapshot_key || !question->snapshotter)
		return result;
	free(container->snapshotter);
	container->snapshotter = strdup(question->snapshotter);
	container->snapshot_key = strdup(question->container);
	return container->snapshotter && container->snapshot_key ? 0 : error_out_of_memory(error);
}

static int ask_record(struct grpc *grpc, const struct containerd_question *question,
		      struct containerd_container *container, struct error **error)
{
	ContainerdApi__GetContainerRequest request = CONTAINERD_API__GET_CONTAINER_REQUEST__INIT;
	request.id = api_bytes(question->container);
	cleanup_api ProtobufCMessage *message = NULL;
	int result = api_ask(grpc, "/containerd.services.containers.v1.Containers/Get", &request.base, RECORD_SIZE,
			     &containerd_api__get_container_response__descriptor, &message, error);
	if (result < 0)
		return result;
	return read_record(question, ((const ContainerdApi__GetContainerResponse *)message)->container, container,
			   error);
}

/* The image's name and the snapshot at once, as far as the record has them, and what is likely
 * to be needed of the image. */
static int ask_what_is_named(struct grpc *grpc, const struct containerd_question *question, struct image_proof *proof,
			     struct containerd_container *container, struct error **error)
{
	char last[DIGEST_LENGTH + 1];
	const char *expected = question->image_digest;
	if (!expected && image_guess_recall(question, container->image, last))
		expected = last;
	struct grpc_call calls[1 + SNAPSHOT_CALLS] = {0};
	_Static_assert(ARRAY_SIZE(calls) <= CONTENT_BESIDE, "all of them at once");
	bool has_image = container->image != NULL;
	bool has_snapshot = container->snapshotter && container->snapshot_key;
	struct grpc_call *const snapshot = calls + 1;
	int result = has_image ? image_name_call(container->image, calls, error) : 0;
	if (result == 0 && has_snapshot)
		result = snapshot_calls(container, snapshot, error);
	if (result == 0)
		result = image_proof_expect(proof, grpc, expected, has_image ? calls : snapshot,
					    (has_image ? 1 : 0) + (has_snapshot ? SNAPSHOT_CALLS : 0), error);
	/* it may have been about what the name does not mean any more */
	if (result < 0 && expected == last)
		image_guess_remember(question, container->image, "");
	if (result == 0 && has_image)
		result = image_name_answer(calls, container, error);
	if (result == 0 && has_snapshot)
		result = snapshot_answers(snapshot, container, error);
	for (size_t i = 0; i < ARRAY_SIZE(calls); i++)
		grpc_call_release(&calls[i]);
	if (result == 0 && !question->image_digest && !text_equal(container->image_digest, expected))
		image_guess_remember(question, container->image, container->image_digest);
	return result;
}

static int ask(struct grpc *grpc, const struct containerd_question *question, struct containerd_container *container,
	       struct error **error)
{
	cleanup_image_proof struct image_proof proof = {.cache = question->cache};
	int result = ask_record(grpc, question, container, error);
	if (result == 0)
		result = ask_what_is_named(grpc, question, &proof, container, error);
	const char *target = question->image_digest ? question->image_digest : container->image_digest;
	return result < 0 ? result : image_proof_find(&proof, grpc, target, container, error);
}

int containerd_ask_over(int descriptor, const struct containerd_question *question, unsigned milliseconds,
			struct containerd_container *ret_container, struct error **error)
{
	const char *const metadata[] = {"containerd-namespace", question->namespace, NULL};
	cleanup_grpc struct grpc *grpc = NULL;
	cleanup_containerd_container struct containerd_container container = {0};
	int result = grpc_open(descriptor, metadata, milliseconds, &grpc, error);
	if (result == 0)
		result = ask(grpc, question, &container, error);
	if (result < 0)
		return result;
	*ret_container = container;
	container = (struct containerd_container){0};
	return 0;
}

int containerd_ask(const struct containerd_question *question, struct containerd_container *ret_container,
		   struct error **error)
{
	int descriptor = -1;
	int result = local_socket_connect(question->socket, &descriptor, error);
	if (result == 0)
		result = containerd_ask_over(descriptor, question, CONTAINERD_MILLISECONDS, ret_container, error);
	if (result < 0) {
		cleanup_text struct text socket = {0};
		text_append_quoted(&socket, question->socket);
		(void)error_prefix(error, "containerd's socket %s does not tell which image this is (is containerd "
				   "running and its socket root's alone?)", socket.failed ? "" : socket.data);
	}
	return result;
}

void containerd_container_release(struct containerd_container *container)
{
	char **const members[] = {
		&container->image,	 &container->image_digest,  &container->config_digest,
		&container->snapshotter, &container->snapshot_key,  &container->chain_id,
		&container->lower,	 &container->upper,	    &container->proven_config,
		&container->proven_manifest, &container->proven_index, &container->possible,
	};
	for (size_t i = 0; i < ARRAY_SIZE(members); i++)
		free(*members[i]);
	*container = (struct containerd_container){0};
}
