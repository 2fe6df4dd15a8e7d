/* containerd's image service: ctr's and nerdctl's images, CRI's, and Docker's where it
 * keeps them there. */
#include <errno.h>
#include <string.h>

#include "policy/base/cleanup.h"
#include "policy/base/text.h"
#include "policy/document/document.h"
#include "shim/containerd/containerd.h"
#include "shim/containerd/image_find.h"
#include "shim/hardenctl/local_image_places.h"

static const char *const sockets[] = {
	"/run/containerd/containerd.sock",
	"/run/docker/containerd/containerd.sock", /* of a containerd that dockerd has started */
};

/* Whose containers stand in a namespace; in all others it is containerd's own clients'. */
static const struct {
	const char *namespace;
	enum engine engine;
} owners[] = {
	{"moby", ENGINE_DOCKER},
	{"k8s.io", ENGINE_CRI},
};

static enum engine owner_of(const char *namespace)
{
	for (size_t i = 0; i < ARRAY_SIZE(owners); i++)
		if (text_equal(owners[i].namespace, namespace))
			return owners[i].engine;
	return ENGINE_CONTAINERD;
}

static bool is_asked(const struct local_image_search *search, const char *namespace)
{
	const struct local_image_question *question = search->question;
	enum engine engine = owner_of(namespace);
	/* of the others' containers it says something else */
	bool chooses = question->namespace && (!question->engine || engine == ENGINE_CONTAINERD);
	return local_image_wants(search, engine) && (!chooses || text_equal(question->namespace, namespace));
}

static int prove(struct fact *fact, const json_t *image, const char *key)
{
	const char *digest = json_string_value(json_object_get(image, key));
	return digest ? fact_set(fact, digest, PROVENANCE_ENGINE) : 0;
}

static int fill(const json_t *image, const char *namespace, struct facts *facts)
{
	const char *chain_id = json_string_value(json_object_get(image, "chain-id"));
	facts->engine = owner_of(namespace);
	int result = prove(&facts->config_digest, image, "config");
	if (result == 0)
		result = prove(&facts->manifest_digest, image, "manifest");
	if (result == 0)
		result = prove(&facts->index_digest, image, "index");
	if (result == 0 && facts->engine == ENGINE_CONTAINERD)
		result = fact_set(&facts->namespace, namespace, PROVENANCE_ENGINE);
	if (result == 0 && chain_id)
		facts->chain_id = strdup(chain_id);
	return result < 0 || (chain_id && !facts->chain_id) ? -ENOMEM : 0;
}

static int take(struct local_image_search *search, const json_t *image, const char *socket, struct error **error)
{
	const char *namespace = json_string_value(json_object_get(image, "namespace"));
	struct facts facts = {0};
	if (!is_asked(search, namespace))
		return 0;
	if (!json_is_string(json_object_get(image, "chain-id")))
		return error_set(error, ENODATA, "%s in containerd's namespace %s does not lead to one image that would "
				 "run: several are there for this machine, or its content is not complete; give the digest of "
				 "its manifest", json_string_value(json_object_get(image, "digest")), namespace);
	if (fill(image, namespace, &facts) == 0)
		return local_images_add(&search->images, &facts, error, "containerd's namespace %s (%s)", namespace, socket);
	facts_release(&facts);
	return error_out_of_memory(error);
}

/* Clients keep a short name as it was typed or with all that it leaves out. */
static int ask(struct local_image_search *search, const char *socket, json_t *images, struct error **error)
{
	cleanup_text struct text full = {0};
	const struct reference *wanted = &search->wanted;
	text_append_format(&full, "%s/%s:%s", wanted->registry, wanted->repository, wanted->tag);
	if (full.failed)
		return error_out_of_memory(error);
	const char *const names[] = {search->question->name, full.data};
	size_t count = text_equal(names[0], names[1]) ? 1 : 2;
	return containerd_find_image(socket, CONTAINERD_MILLISECONDS, names, count, images, error);
}

static int look_into(struct local_image_search *search, const char *socket, struct error **error)
{
	cleanup_json json_t *images = json_array();
	cleanup_error struct error *why = NULL;
	size_t i;
	json_t *image;
	if (!images)
		return error_out_of_memory(error);
	int result = ask(search, socket, images, &why);
	/* no containerd runs there */
	if ((result == -ENOENT || result == -ECONNREFUSED) && !search->question->containerd)
		return 0;
	if (result < 0)
		return error_set(error, -result, "containerd's socket %s does not tell whether it has this image: %s; %s",
				 socket, error_message(why),
				 result == -EACCES ? "ask as root" : "--engine leaves out what is not asked about");
	json_array_foreach(images, i, image)
		if (result == 0)
			result = take(search, image, socket, error);
	return result;
}

int local_image_containerd(struct local_image_search *search, struct error **error)
{
	const char *own = search->question->containerd;
	bool wanted = local_image_wants(search, ENGINE_CONTAINERD);
	for (size_t i = 0; i < ARRAY_SIZE(owners); i++)
		wanted = wanted || local_image_wants(search, owners[i].engine);
	if (!wanted)
		return 0;
	if (own)
		return look_into(search, own, error);
	int result = 0;
	for (size_t i = 0; result == 0 && i < ARRAY_SIZE(sockets); i++)
		result = look_into(search, sockets[i], error);
	return result;
}
