#include "shim/containerd/image_proof.h"

#include <errno.h>
#include <string.h>

#include "policy/base/cleanup.h"
#include "policy/base/text.h"
#include "policy/trust/digest.h"

/* A manifest of the index, and the configuration that it names. */
struct candidate {
	char manifest[DIGEST_LENGTH + 1];
	char config[DIGEST_LENGTH + 1];
};

struct search {
	struct grpc *grpc;
	struct content *content;
	struct image_documents *documents;
	const char *chain_id;
	enum image_document listing; /* which of those that an index lists are looked at */
	struct candidate candidates[CONTENT_READS];
	size_t count;
	bool more; /* the index lists more of them */
};

static int read_documents(struct search *search, const char *const *digests, size_t count, struct error **error)
{
	int result = content_read(search->grpc, digests, count, search->content, error);
	return result < 0 ? result : image_documents_read(&search->content->evidence, search->documents, error);
}

static bool has_layers(const struct search *search, const char *config)
{
	char chain_id[DIGEST_LENGTH + 1];
	return image_documents_value(search->documents, IMAGE_DOCUMENT_CONFIG, config, 0, chain_id) &&
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
	if (image_documents_value(search->documents, IMAGE_DOCUMENT_MANIFEST, target, 0, digest)) {
		add_candidate(search, target);
		return 0;
	}
	for (size_t i = 0; image_documents_value(search->documents, search->listing, target, i, digest); i++)
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
		(void)image_documents_value(search->documents, IMAGE_DOCUMENT_MANIFEST, candidate->manifest, 0,
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
		return evidence_find(&search->content->evidence, candidate->manifest) != NULL;
	return evidence_find(&search->content->evidence, candidate->config) &&
	       !image_documents_value(search->documents, IMAGE_DOCUMENT_CONFIG, candidate->config, 0, chain_id);
}

static int note_possible(const struct search *search, struct containerd_container *container, struct error **error)
{
	cleanup_text struct text digests = {0};
	for (size_t i = 0; i < search->count; i++)
		if (has_layers(search, search->candidates[i].config))
			text_append_format(&digests, "%s %s ", search->candidates[i].manifest, search->candidates[i].config);
	free(container->possible);
	container->possible = text_finish(&digests);
	return container->possible ? 0 : error_out_of_memory(error);
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
	return found && matches > 1 && result == 0 ? note_possible(search, container, error) : result;
}

void image_proof_release(struct image_proof *proof)
{
	content_release(&proof->content);
	image_documents_release(&proof->documents);
	proof->target[0] = '\0';
}

int image_proof_expect(struct image_proof *proof, struct grpc *grpc, const char *target, struct grpc_call *beside,
		       size_t beside_count, struct error **error)
{
	cleanup_digest_set struct digest_set set = {.limit = CONTENT_READS};
	const char *digests[CONTENT_READS];
	int result = 0;
	if (digest_is_valid(target)) {
		memcpy(proof->target, target, sizeof(proof->target));
		image_documents_recall(proof->cache, target, &proof->documents);
		result = digest_set_add(&set, target);
		if (result == 0)
			result = image_documents_mentioned(&proof->documents, &set);
	}
	if (result < 0)
		return error_out_of_memory(error);
	for (size_t i = 0; i < set.count; i++)
		digests[i] = set.list[i];
	return content_read_beside(grpc, digests, set.count, beside, beside_count, &proof->content, error);
}

static int find_image(struct image_proof *proof, struct search *search, const char *target, struct error **error)
{
	int result = 0;
	if (!digest_is_valid(target))
		return 0;
	/* of another image nothing may be among what is written down of this one */
	if (!text_equal(proof->target, target)) {
		image_proof_release(proof);
		result = image_proof_expect(proof, search->grpc, target, NULL, 0, error);
	}
	if (result == 0)
		result = image_documents_read(&proof->content.evidence, &proof->documents, error);
	if (result == 0)
		result = find_candidates(search, target, error);
	if (result == 0)
		result = read_configurations(search, error);
	if (result == 0)
		image_documents_remember(proof->cache, target, &proof->documents);
	return result;
}

int image_proof_find(struct image_proof *proof, struct grpc *grpc, const char *target,
		     struct containerd_container *container, struct error **error)
{
	struct search search = {
		.grpc = grpc,
		.content = &proof->content,
		.documents = &proof->documents,
		.chain_id = container->chain_id,
		.listing = IMAGE_DOCUMENT_INDEX,
	};
	const char *own[] = {container->config_digest};
	if (!container->chain_id)
		return 0;
	int result = find_image(proof, &search, target, error);
	/* where it is none of the target's it is read by a child that wrote nothing of these down */
	if (result == 0)
		result = read_documents(&search, own, ARRAY_SIZE(own), error);
	if (result == 0 && has_layers(&search, container->config_digest))
		result = set(&container->proven_config, container->config_digest, error);
	return result == 0 ? judge(&search, target, container, error) : result;
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
		if (!image_documents_value(search->documents, IMAGE_DOCUMENT_CONFIG, candidate->config, 0, own))
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
	cleanup_image_proof struct image_proof proof = {0};
	struct search search = {
		.grpc = grpc,
		.content = &proof.content,
		.documents = &proof.documents,
		.listing = IMAGE_DOCUMENT_RUNNABLE,
	};
	char chain_id[DIGEST_LENGTH + 1];
	int result = find_image(&proof, &search, target, error);
	if (result < 0 || !only_layers(&search, chain_id))
		return result;
	result = set(&container->chain_id, chain_id, error);
	search.chain_id = container->chain_id;
	return result < 0 ? result : judge(&search, target, container, error);
}
