#include "shim/containerd/image_proof.h"

#include <errno.h>
#include <string.h>

#include "policy/base/cleanup.h"
#include "policy/base/text.h"
#include "policy/trust/chain_id.h"
#include "policy/trust/manifest.h"
#include "shim/containerd/content.h"

/* A manifest of the index, and the configuration that it names. */
struct candidate {
	char manifest[DIGEST_LENGTH + 1];
	char config[DIGEST_LENGTH + 1];
};

struct search {
	struct grpc *grpc;
	struct evidence evidence; /* owned */
	const char *chain_id;
	struct candidate candidates[CONTENT_READS];
	size_t count;
};

/* The blob as a manifest; false where there is none or it is none. */
static bool read_manifest(const struct search *search, const char *digest, struct manifest *ret_manifest)
{
	const struct blob *blob = evidence_find(&search->evidence, digest);
	return blob && manifest_read(blob->data, blob->size, ret_manifest, NULL) == 0;
}

static bool has_layers(const struct search *search, const char *config)
{
	const struct blob *blob = evidence_find(&search->evidence, config);
	cleanup_configuration struct configuration configuration = {0};
	char chain_id[DIGEST_LENGTH + 1];
	return blob && configuration_read(blob->data, blob->size, &configuration, NULL) == 0 &&
	       chain_id_of(configuration.diff_ids, configuration.count, chain_id) &&
	       text_equal(chain_id, search->chain_id);
}

static void add_candidate(struct search *search, const char *manifest)
{
	if (search->count < CONTENT_READS)
		memcpy(search->candidates[search->count++].manifest, manifest, DIGEST_LENGTH + 1);
}

/* An index names manifests for other systems too, and attestations ("unknown"). */
static bool may_run_here(const struct descriptor *descriptor)
{
	return !descriptor->os || text_equal(descriptor->os, "linux");
}

/* The target itself, or what an index has for systems like this one. */
static int find_candidates(struct search *search, const char *target, struct error **error)
{
	cleanup_manifest struct manifest top = {0};
	if (!read_manifest(search, target, &top))
		return 0;
	if (top.kind == MANIFEST_IMAGE) {
		add_candidate(search, target);
		return 0;
	}
	for (size_t i = 0; i < top.count; i++) {
		if (may_run_here(&top.list[i]))
			add_candidate(search, top.list[i].digest);
	}
	const char *digests[CONTENT_READS];
	for (size_t i = 0; i < search->count; i++)
		digests[i] = search->candidates[i].manifest;
	return content_read(search->grpc, digests, search->count, &search->evidence, error);
}

static int read_configurations(struct search *search, struct error **error)
{
	const char *digests[CONTENT_READS];
	for (size_t i = 0; i < search->count; i++) {
		struct candidate *candidate = &search->candidates[i];
		cleanup_manifest struct manifest manifest = {0};
		if (read_manifest(search, candidate->manifest, &manifest) && manifest.kind == MANIFEST_IMAGE)
			memcpy(candidate->config, manifest.config.digest, sizeof(candidate->config));
		digests[i] = candidate->config;
	}
	return content_read(search->grpc, digests, search->count, &search->evidence, error);
}

static int set(char **place, const char *digest, struct error **error)
{
	if (*place)
		return 0;
	*place = strdup(digest);
	return *place ? 0 : error_out_of_memory(error);
}

/* Those with the container's layers and, where CRI says which, its configuration. */
static int judge(const struct search *search, const char *target, struct containerd_container *container,
		 struct error **error)
{
	const struct candidate *found = NULL;
	size_t matches = 0;
	for (size_t i = 0; i < search->count; i++) {
		const struct candidate *candidate = &search->candidates[i];
		if ((container->proven_config && !text_equal(candidate->config, container->proven_config)) ||
		    !has_layers(search, candidate->config))
			continue;
		if (!found || !text_equal(found->manifest, candidate->manifest))
			matches++;
		found = candidate;
	}
	int result = 0;
	if (matches == 1)
		result = set(&container->proven_config, found->config, error);
	if (matches == 1 && result == 0)
		result = set(&container->proven_manifest, found->manifest, error);
	if (matches > 0 && result == 0 && !text_equal(found->manifest, target))
		result = set(&container->proven_index, target, error);
	return result;
}

int image_proof(struct grpc *grpc, const char *target, struct containerd_container *container,
		struct error **error)
{
	struct search search = {.grpc = grpc, .chain_id = container->chain_id};
	const char *first[] = {container->config_digest, target};
	if (!container->chain_id)
		return 0;
	int result = content_read(grpc, first, ARRAY_SIZE(first), &search.evidence, error);
	if (result == 0 && has_layers(&search, container->config_digest))
		result = set(&container->proven_config, container->config_digest, error);
	if (result == 0)
		result = find_candidates(&search, target, error);
	if (result == 0)
		result = read_configurations(&search, error);
	if (result == 0)
		result = judge(&search, target, container, error);
	evidence_release(&search.evidence);
	return result;
}
