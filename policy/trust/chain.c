#include "policy/trust/chain.h"

#include <errno.h>
#include <string.h>

#include "policy/base/cleanup.h"
#include "policy/base/text.h"
#include "policy/trust/chain_id.h"
#include "policy/trust/digest.h"

/* One blob that reads as a manifest or an index. */
struct candidate {
	const struct blob *blob;
	struct manifest manifest;
	bool possible; /* nothing that the engine says contradicts it */
};

struct candidates {
	struct candidate *list; /* owned */
	size_t count;
};

static void candidates_release(struct candidates *candidates)
{
	for (size_t i = 0; i < candidates->count; i++)
		manifest_release(&candidates->list[i].manifest);
	free(candidates->list);
}

/* Configurations and payloads are not manifests, which is no error. */
static int read_candidates(const struct evidence *evidence, struct candidates *candidates, struct error **error)
{
	candidates->list = calloc(evidence->count + 1, sizeof(*candidates->list));
	if (!candidates->list)
		return error_out_of_memory(error);
	for (size_t i = 0; i < evidence->count; i++) {
		struct candidate *candidate = &candidates->list[candidates->count];
		const struct blob *blob = &evidence->blobs[i];
		int result = manifest_read(blob->data, blob->size, &candidate->manifest, NULL);
		if (result == -ENOMEM)
			return error_out_of_memory(error);
		if (result == 0) {
			candidate->blob = blob;
			candidates->count++;
		}
	}
	return 0;
}

static bool lists(const struct manifest *index, const char *digest)
{
	for (size_t i = 0; digest && i < index->count; i++)
		if (text_equal(index->list[i].digest, digest))
			return true;
	return false;
}

/* True where the engine's index is not there, or does not list the manifest. */
static bool contradicts_index(const struct candidates *candidates, const char *index_digest, const char *manifest)
{
	for (size_t i = 0; i < candidates->count; i++)
		if (text_equal(candidates->list[i].blob->digest, index_digest))
			return candidates->list[i].manifest.kind != MANIFEST_INDEX ||
			       !lists(&candidates->list[i].manifest, manifest);
	return true;
}

static bool stack_is(const struct configuration *configuration, const char *chain_id)
{
	char own[DIGEST_LENGTH + 1];
	return chain_id_of(configuration->diff_ids, configuration->count, own) && text_equal(own, chain_id);
}

/* True where this manifest can be what runs; its configuration is read along the way. */
static bool is_possible(const struct candidates *candidates, const struct candidate *candidate,
			const struct evidence *evidence, const struct chain_start *start)
{
	const struct manifest *manifest = &candidate->manifest;
	if (manifest->kind != MANIFEST_IMAGE || manifest->subject.digest[0])
		return false;
	if ((start->config_digest && !text_equal(manifest->config.digest, start->config_digest)) ||
	    (start->manifest_digest && !text_equal(candidate->blob->digest, start->manifest_digest)) ||
	    (start->index_digest && contradicts_index(candidates, start->index_digest, candidate->blob->digest)))
		return false;
	const struct blob *config = evidence_find(evidence, manifest->config.digest);
	cleanup_configuration struct configuration configuration = {0};
	if (!config || configuration_read(config->data, config->size, &configuration, NULL) < 0 ||
	    configuration.count == 0)
		return false;
	return !start->chain_id || stack_is(&configuration, start->chain_id);
}

/* What an engine calls the machine that it pulls for (Go's GOARCH). Not asked of the kernel:
 * the confined child has no uname(2). */
#if defined(__x86_64__)
#define ARCHITECTURE_HERE "amd64"
#elif defined(__aarch64__)
#define ARCHITECTURE_HERE "arm64"
#else
#error "the engines' name of this machine is not known"
#endif

static bool is_for_here(const struct evidence *evidence, const struct candidate *candidate)
{
	const struct blob *blob = evidence_find(evidence, candidate->manifest.config.digest);
	cleanup_configuration struct configuration configuration = {0};
	return blob && configuration_read(blob->data, blob->size, &configuration, NULL) == 0 &&
	       text_equal(configuration.architecture, ARCHITECTURE_HERE) && text_equal(configuration.os, "linux");
}

/* The one configuration that all possible manifests lead to: NULL where there are several,
 * of which none is told apart by this host's platform, or none. */
static const char *only_configuration(const struct candidates *candidates, const struct evidence *evidence,
				      bool of_this_platform)
{
	const char *only = NULL;
	for (size_t i = 0; i < candidates->count; i++) {
		const struct candidate *candidate = &candidates->list[i];
		if (!candidate->possible || (of_this_platform && !is_for_here(evidence, candidate)))
			continue;
		if (only && !text_equal(only, candidate->manifest.config.digest))
			return NULL;
		only = candidate->manifest.config.digest;
	}
	return only;
}

/* `first` comes first, the others as the evidence has them. */
static void append(const char **list, size_t *count, const char *digest, const char *first)
{
	list[(*count)++] = digest;
	if (text_equal(digest, first)) {
		list[*count - 1] = list[0];
		list[0] = digest;
	}
}

static bool lists_any(const struct manifest *index, const char *const *digests, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (lists(index, digests[i]))
			return true;
	return false;
}

static int fill(const struct candidates *candidates, const struct evidence *evidence, const char *config,
		const struct chain_start *start, struct chain *chain, struct error **error)
{
	chain->manifests = calloc(candidates->count + 1, sizeof(*chain->manifests));
	chain->indexes = calloc(candidates->count + 1, sizeof(*chain->indexes));
	if (!chain->manifests || !chain->indexes)
		return error_out_of_memory(error);
	const struct blob *blob = evidence_find(evidence, config);
	if (!blob)
		return error_set(error, ENOENT, "the configuration %s is not there", config);
	chain->config_digest = blob->digest;
	if (start->chain_id && !start->config_digest && !start->manifest_digest)
		chain->only_index = start->index_digest;
	for (size_t i = 0; i < candidates->count; i++)
		if (candidates->list[i].possible && text_equal(candidates->list[i].manifest.config.digest, config))
			append(chain->manifests, &chain->manifest_count, candidates->list[i].blob->digest,
			       start->manifest_digest);
	for (size_t i = 0; i < candidates->count; i++)
		if (candidates->list[i].manifest.kind == MANIFEST_INDEX &&
		    lists_any(&candidates->list[i].manifest, chain->manifests, chain->manifest_count))
			append(chain->indexes, &chain->index_count, candidates->list[i].blob->digest, start->index_digest);
	return configuration_read(blob->data, blob->size, &chain->configuration, error);
}

int chain_find(const struct evidence *evidence, const struct chain_start *start, struct chain *ret_chain,
	       struct error **error)
{
	struct candidates candidates __attribute__((cleanup(candidates_release))) = {0};
	if (!start->config_digest && !start->manifest_digest && !start->index_digest)
		return error_set(error, ENOENT, "the engine does not prove which image this is");
	int result = read_candidates(evidence, &candidates, error);
	if (result < 0)
		return result;
	size_t possible = 0;
	for (size_t i = 0; i < candidates.count; i++) {
		candidates.list[i].possible = is_possible(&candidates, &candidates.list[i], evidence, start);
		possible += candidates.list[i].possible;
	}
	const char *config = only_configuration(&candidates, evidence, false);
	if (!config)
		config = only_configuration(&candidates, evidence, true);
	if (!config)
		return error_set(error, ENOENT, possible ? "its index leads to several images, of which none is known "
							   "to be what runs"
							 : "no manifest and configuration that lead to it are there");
	struct chain chain = {0};
	result = fill(&candidates, evidence, config, start, &chain, error);
	if (result < 0)
		chain_release(&chain);
	else
		*ret_chain = chain;
	return result;
}

void chain_release(struct chain *chain)
{
	configuration_release(&chain->configuration);
	free(chain->manifests);
	free(chain->indexes);
	*chain = (struct chain){0};
}
