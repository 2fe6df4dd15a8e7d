#include "shim/containerd/image_proof.h"

#include <errno.h>
#include <string.h>

#include "policy/base/cleanup.h"
#include "policy/base/text.h"
#include "shim/containerd/content.h"
#include "shim/containerd/image_documents.h"

/* A manifest of the index, and the configuration that it names. */
struct candidate {
	char manifest[DIGEST_LENGTH + 1];
	char config[DIGEST_LENGTH + 1];
};

struct search {
	struct grpc *grpc;
	struct evidence evidence; /* owned */
	struct image_documents documents; /* owned; of the evidence */
	const char *chain_id;
	enum image_document listing; /* which of those that an index lists are looked at */
	struct candidate candidates[CONTENT_READS];
	size_t count;
	bool more; /* the index lists more of them */
};

static int read_documents(struct search *search, const char *const *digests, size_t count, struct error **error)
{
	int result = content_read(search->grpc, digests, count, &search->evidence, error);
	if (result < 0)
		return result;
	image_documents_release(&search->documents);
	return image_documents_read(&search->evidence, &search->documents, error);
}

static bool has_layers(const struct search *search, const char *config)
{
	char chain_id[DIGEST_LENGTH + 1];
	return image_documents_value(&search->documents, IMAGE_DOCUMENT_CONFIG, config, 0, chain_id) &&
	       text_equal(chain_id, search->chain_id);
}

static void add_candidate(struct search *search, const char *manifest)
{
	if (search->count < CONTENT_READS)
		memcpy(search->candidates[search->count++].manifest, manifest, DIGEST_LENGTH + 1);
	else
		search->more = true;
}

/* The target itself, or what an index lists. */
static int find_candidates(struct search *search, const char *target, struct error **error)
{
	char digest[DIGEST_LENGTH + 1];
	const char *digests[CONTENT_READS];
	if (image_documents_value(&search->documents, IMAGE_DOCUMENT_MANIFEST, target, 0, digest)) {
		add_candidate(search, target);
		return 0;
	}
	for (size_t i = 0; image_documents_value(&search->documents, search->listing, target, i, digest); i++)
		add_candidate(search, digest);
	for (size_t i = 0; i < search->count; i++)
		digests[i] = search->candidates[i].manifest;
	return search->count ? read_documents(search, digests, search->count, error) : 0;
}

static int read_configurations(struct search *search, struct error **error)
{
	const char *digests[CONTENT_READS];
	for (size_t i = 0; i < search->count; i++) {
		struct candidate *candidate = &search->candidates[i];
		(void)image_documents_value(&search->documents, IMAGE_DOCUMENT_MANIFEST, candidate->manifest, 0,
					    candidate->config);
		digests[i] = candidate->config;
	}
	return search->count ? read_documents(search, digests, search->count, error) : 0;
}

static int set(char **place, const char *digest, struct error **error)
{
	if (*place)
		return 0;
	*place = strdup(digest);
	return *place ? 0 : error_out_of_memory(error);
}

/* True where containerd has it and may run it, though it cannot be read here: a nested
 * index, or bytes that containerd reads less strictly. */
static bool is_obscure(const struct search *search, const struct candidate *candidate)
{
	char chain_id[DIGEST_LENGTH + 1];
	if (!candidate->config[0])
		return evidence_find(&search->evidence, candidate->manifest) != NULL;
	return evidence_find(&search->evidence, candidate->config) &&
	       !image_documents_value(&search->documents, IMAGE_DOCUMENT_CONFIG, candidate->config, 0, chain_id);
}

/* Those with the layers that are asked for and, where CRI says which, its configuration. One alone
 * is proven only where no other one may be what runs. */
static int judge(const struct search *search, const char *target, struct containerd_container *container,
		 struct error **error)
{
	const struct candidate *found = NULL;
	const char *wanted = container->config_digest;
	size_t matches = search->more && !wanted ? 1 : 0;
	for (size_t i = 0; i < search->count; i++) {
		const struct candidate *candidate = &search->candidates[i];
		if (!wanted && is_obscure(search, candidate))
			matches++;
		if ((wanted && !text_equal(candidate->config, wanted)) || !has_layers(search, candidate->config))
			continue;
		if (!found || !text_equal(found->manifest, candidate->manifest))
			matches++;
		found = candidate;
	}
	int result = 0;
	if (found && matches == 1)
		result = set(&container->proven_config, found->config, error);
	if (found && matches == 1 && result == 0)
		result = set(&container->proven_manifest, found->manifest, error);
	if (found && result == 0 && !text_equal(found->manifest, target))
		result = set(&container->proven_index, target, error);
	return result;
}

static int read_all(struct search *search, const char *target, const char *config, struct error **error)
{
	const char *first[] = {config, target};
	int result = read_documents(search, first, ARRAY_SIZE(first), error);
	if (result == 0)
		result = find_candidates(search, target, error);
	return result < 0 ? result : read_configurations(search, error);
}

static void search_release(struct search *search)
{
	evidence_release(&search->evidence);
	image_documents_release(&search->documents);
}

int image_proof(struct grpc *grpc, const char *target, struct containerd_container *container, struct error **error)
{
	struct search search __attribute__((cleanup(search_release))) = {
		.grpc = grpc,
		.chain_id = container->chain_id,
		.listing = IMAGE_DOCUMENT_INDEX,
	};
	if (!container->chain_id)
		return 0;
	int result = read_all(&search, target, container->config_digest, error);
	if (result == 0 && has_layers(&search, container->config_digest))
		result = set(&container->proven_config, container->config_digest, error);
	return result < 0 ? result : judge(&search, target, container, error);
}

/* The chain id that every image has which could be made a container of; false where it is
 * none alone, or not all can be read. */
static bool only_layers(const struct search *search, char chain_id[DIGEST_LENGTH + 1])
{
	size_t count = 0;
	for (size_t i = 0; i < search->count; i++) {
		const struct candidate *candidate = &search->candidates[i];
		char own[DIGEST_LENGTH + 1];
		if (is_obscure(search, candidate))
			return false;
		if (!image_documents_value(&search->documents, IMAGE_DOCUMENT_CONFIG, candidate->config, 0, own))
			continue; /* it is not there */
		if (count++ && !text_equal(own, chain_id))
			return false;
		memcpy(chain_id, own, DIGEST_LENGTH + 1);
	}
	return count > 0 && !search->more;
}

int image_proof_of_content(struct grpc *grpc, const char *target, struct containerd_container *container,
			   struct error **error)
{
	struct search search __attribute__((cleanup(search_release))) = {
		.grpc = grpc,
		.listing = IMAGE_DOCUMENT_RUNNABLE,
	};
	char chain_id[DIGEST_LENGTH + 1];
	int result = read_all(&search, target, NULL, error);
	if (result < 0 || !only_layers(&search, chain_id))
		return result;
	result = set(&container->chain_id, chain_id, error);
	search.chain_id = container->chain_id;
	return result < 0 ? result : judge(&search, target, container, error);
}
