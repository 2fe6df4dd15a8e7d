#include "policy/trust/verdict_make.h"

#include <errno.h>
#include <inttypes.h>

#include "policy/base/cleanup.h"
#include "policy/base/text.h"
#include "policy/document/document.h"
#include "policy/trust/chain.h"
#include "policy/trust/collect.h"
#include "policy/trust/digest.h"
#include "policy/trust/evaluate.h"
#include "policy/trust/signer.h"
#include "policy/trust/votes.h"

/* All that is found out on the way. */
struct making {
	const struct trust_question *question;
	struct evidence *evidence;
	struct signers signers;
	struct chain chain;
	bool proven; /* chain is filled */
	struct claims claims;
	struct assessment assessment;
	bool matched;
};

static void making_release(struct making *making)
{
	signers_release(&making->signers);
	chain_release(&making->chain);
	claims_release(&making->claims);
	assessment_release(&making->assessment);
}

/* The digest that messages call the image by. */
static const char *shown_digest(const struct trust_question *question)
{
	const char *digest = question->config_digest;
	digest = question->manifest_digest ? question->manifest_digest : digest;
	digest = question->index_digest ? question->index_digest : digest;
	return digest ? digest : "an image without a proven digest";
}

static int find_chain(struct making *making, struct error **error)
{
	const struct trust_question *question = making->question;
	const struct chain_start start = {
		.config_digest = question->config_digest,
		.manifest_digest = question->manifest_digest,
		.index_digest = question->index_digest,
		.chain_id = question->chain_id,
	};
	cleanup_error struct error *why = NULL;
	int result = chain_find(making->evidence, &start, &making->chain, &why);
	making->proven = result == 0;
	if (result == -ENOMEM)
		return error_out_of_memory(error);
	if (result == 0)
		return 0;
	cleanup_error struct error *told = NULL;
	if (making->evidence->count == 0)
		(void)error_set(&told, ENOENT, "nothing is known of it in %s", question->store);
	else
		(void)error_set(&told, ENOENT, "%s", error_message(why));
	return claims_reject(&making->claims, shown_digest(question), "image", told) < 0 ? error_out_of_memory(error) : 0;
}

static int collect(struct making *making, struct error **error)
{
	const struct chain *chain = &making->chain;
	size_t count = chain->manifest_count + chain->index_count;
	cleanup_free const char **subjects = calloc(count + 1, sizeof(*subjects));
	if (!subjects)
		return error_out_of_memory(error);
	for (size_t i = 0; i < count; i++)
		subjects[i] = i < chain->manifest_count ? chain->manifests[i] : chain->indexes[i - chain->manifest_count];
	if (chain->only_index) {
		subjects[0] = chain->only_index;
		count = 1;
	}
	const struct collection collection = {
		.evidence = making->evidence,
		.signers = &making->signers,
		.subjects = subjects,
		.subject_count = count,
		.now = making->question->now,
	};
	return collect_all(&collection, &making->claims, error);
}

static int judge(struct making *making, struct error **error)
{
	const struct trust_question *question = making->question;
	const struct chain *chain = &making->chain;
	size_t count = 0, most = chain->manifest_count + chain->index_count + 4;
	cleanup_free const char **digests = calloc(most, sizeof(*digests));
	if (!digests)
		return error_out_of_memory(error);
	const char *const known[] = {chain->config_digest, question->config_digest, question->manifest_digest,
				     question->index_digest};
	for (size_t i = 0; i < ARRAY_SIZE(known); i++)
		if (known[i])
			digests[count++] = known[i];
	for (size_t i = 0; i < chain->manifest_count; i++)
		digests[count++] = chain->manifests[i];
	const char *const *indexes = digests + count;
	for (size_t i = 0; i < chain->index_count; i++)
		digests[count++] = chain->indexes[i];
	cleanup_reference struct reference name = {0};
	bool named = question->image && reference_parse(question->image, &name, NULL) == 0;
	const struct image image = {
		.typed = question->image,
		.name = named ? &name : NULL,
		.digests = digests,
		.digest_count = count,
		.indexes = indexes,
		.index_count = chain->index_count,
		.architecture = chain->configuration.architecture,
		.claimed = question->claimed,
		.created = chain->configuration.created,
		.claims = &making->claims,
		.now = question->now,
	};
	return evaluate(question->settings, &image, &making->assessment, &making->matched, error);
}

/* ---- what is told ---- */

static int prove_chain(struct making *making, struct error **error)
{
	const struct chain *chain = &making->chain;
	if (!making->proven)
		return 0;
	if (chain->only_index)
		return assessment_prove(&making->assessment, error, "index %s, of which several images have the mounted "
					"layers: what is signed is the index, or nothing", chain->only_index);
	int result = assessment_prove(&making->assessment, error, "configuration %s, layers: %zu", chain->config_digest,
				     chain->configuration.count);
	for (size_t i = 0; result == 0 && i < chain->manifest_count; i++)
		result = assessment_prove(&making->assessment, error, "is the configuration of manifest %s",
					 chain->manifests[i]);
	for (size_t i = 0; result == 0 && i < chain->index_count; i++)
		result = assessment_prove(&making->assessment, error, "which index %s lists", chain->indexes[i]);
	return result;
}

/* `name`: only of signatures that name this repository; NULL: of all. */
static json_t *signer_names(const struct claims *claims, const struct reference *name)
{
	cleanup_json json_t *names = json_array();
	for (size_t i = 0; names && i < claims->count; i++) {
		const struct claim *claim = &claims->list[i];
		if (claim->kind != CLAIM_SIGNATURE || (name && !demand_is_repository(claim, name)))
			continue;
		cleanup_json json_t *signer = json_string(claim->signer);
		if (!signer || (!document_has_element(names, signer) && json_array_append(names, signer) < 0))
			return NULL;
	}
	return json_incref(names);
}

/* Of the repository that was typed: nobody where that is none. */
static json_t *named_by(const struct making *making)
{
	cleanup_reference struct reference name = {0};
	const char *typed = making->question->image;
	if (!typed || reference_parse(typed, &name, NULL) < 0)
		return json_array();
	return signer_names(&making->claims, &name);
}

/* Whoever counts the signers anew needs to know which of them are one. */
static json_t *one_hand(const struct claims *claims)
{
	cleanup_votes struct votes votes = {0};
	cleanup_json json_t *names = signer_names(claims, NULL), *pairs = json_array();
	for (size_t i = 0; names && pairs && i < claims->count; i++)
		for (size_t j = 0; claims->list[i].kind == CLAIM_SIGNATURE && j < json_array_size(names); j++)
			if (text_equal(json_string_value(json_array_get(names, j)), claims->list[i].signer) &&
			    votes_add(&votes, j, &claims->list[i], NULL) < 0)
				return NULL;
	(void)votes_count(&votes);
	for (size_t i = 0; names && pairs && i < votes.count; i++)
		for (size_t j = 0; j < i; j++) {
			const struct vote *one = &votes.list[i], *other = &votes.list[j];
			if (one->signer == other->signer || one->hand != other->hand)
				continue;
			cleanup_json json_t *pair = json_pack("[O,O]", json_array_get(names, one->signer),
							      json_array_get(names, other->signer));
			if (!pair || (!document_has_element(pairs, pair) && json_array_append(pairs, pair) < 0))
				return NULL;
		}
	return names ? json_incref(pairs) : NULL;
}

static json_t *texts(const char *const *list, size_t count)
{
	json_t *array = json_array();
	for (size_t i = 0; array && i < count; i++)
		if (json_array_append_new(array, json_string(list[i])) < 0) {
			json_decref(array);
			return NULL;
		}
	return array;
}

static json_t *or_empty(json_t *array)
{
	return array ? json_incref(array) : json_array();
}

static json_t *digest_or_null(const char *digest)
{
	return digest ? json_string(digest) : json_null();
}

/* What a verdict rests on lasts as long as the first of the claims that it names. */
static void expire_with_claims(struct making *making)
{
	for (size_t i = 0; i < making->claims.count; i++)
		assessment_expire(&making->assessment, making->claims.list[i].expires);
}

static json_t *write_verdict(const struct making *making)
{
	const struct trust_question *question = making->question;
	const struct chain *chain = &making->chain;
	const char *manifest = chain->manifest_count ? chain->manifests[0] : question->manifest_digest;
	const char *index = chain->index_count ? chain->indexes[0] : question->index_digest;
	const char *config = chain->config_digest ? chain->config_digest : question->config_digest;
	if (chain->only_index) {
		manifest = config = NULL;
		index = chain->only_index;
	}
	const struct assessment *assessment = &making->assessment;
	return json_pack("{s:b,s:b,s:b,s:o,s:o,s:o,s:o,s:o,s:o,s:O,s:O,s:o,s:o,s:o,s:o,s:o}", "trusted",
			 json_array_size(assessment->reasons) == 0, "denied", assessment->denied, "matched",
			 making->matched, "signers",
			 signer_names(&making->claims, NULL), "named-by", named_by(making), "one-hand",
			 one_hand(&making->claims), "config",
			 digest_or_null(config), "manifest", digest_or_null(manifest), "index", digest_or_null(index), "bind",
			 json_object_get(question->settings, "bind"), "empty-upper",
			 json_object_get(question->settings, "empty-upper"), "diff-ids",
			 texts(chain->configuration.diff_ids, chain->configuration.count), "reasons",
			 or_empty(assessment->reasons), "proof", or_empty(assessment->proof), "rejections",
			 or_empty(making->claims.rejections), "expires",
			 assessment->expires ? json_integer(assessment->expires) : json_null());
}

int verdict_make(const struct trust_question *question, struct evidence *evidence, json_t **ret_verdict,
		 struct error **error)
{
	struct making making __attribute__((cleanup(making_release))) = {.question = question, .evidence = evidence};
	size_t damaged = evidence_verify(evidence);
	int result = signers_load(json_object_get(question->settings, "signers"), &making.signers, error);
	if (result == 0)
		result = find_chain(&making, error);
	if (result == 0)
		result = collect(&making, error);
	if (result == 0 && damaged)
		result = assessment_prove(&making.assessment, error, "%zu blobs of the store do not have the digest of their "
					 "name and do not count", damaged);
	if (result == 0)
		result = prove_chain(&making, error);
	if (result == 0)
		result = judge(&making, error);
	if (result < 0)
		return result;
	expire_with_claims(&making);
	*ret_verdict = write_verdict(&making);
	return *ret_verdict ? 0 : error_out_of_memory(error);
}
