/* What of an image's bytes is worth keeping where not all of them can be: its own documents
 * and what the policy's signers have said. Whoever may push into a registry can pile up
 * anything beside that, but not this. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "policy/trust/collect.h"
#include "policy/trust/confine.h"
#include "policy/trust/manifest.h"
#include "policy/trust/store_parts.h"

/* Of an image with all that was ever piled up about it. */
static const struct confinement confinement = {.memory = (size_t)1 << 30, .milliseconds = 30000};

/* By how many keys signatures are tried in all: the smallest parts come first, and what is not
 * reached is not kept. */
#define CHECKS ((size_t)2 * CLAIM_CHECKS)

/* ---- in the child ---- */

struct question {
	const struct evidence *evidence;
	const char *digest;
	const json_t *signers;
	int64_t now;
};

/* A manifest with all that it brings. Borrowed blobs. */
struct part {
	struct evidence blobs;
	uint64_t size;
	bool is_kept;
};

struct sifting {
	const struct question *question;
	struct signers signers;
	struct digest_set tree;
	struct evidence own; /* the tree's blobs; borrowed */
	struct part *parts;
	size_t count;
	struct claims claims;
	size_t checks; /* of all parts */
};

static void sifting_release(struct sifting *sifting)
{
	for (size_t i = 0; i < sifting->count; i++)
		free(sifting->parts[i].blobs.blobs);
	free(sifting->parts);
	free(sifting->own.blobs);
	signers_release(&sifting->signers);
	digest_set_release(&sifting->tree);
	claims_release(&sifting->claims);
}

static int borrow(struct evidence *evidence, const struct blob *blob, struct error **error)
{
	if (!blob || evidence_find(evidence, blob->digest))
		return 0;
	struct blob *larger = reallocarray(evidence->blobs, evidence->count + 1, sizeof(*larger));
	if (!larger)
		return error_out_of_memory(error);
	evidence->blobs = larger;
	larger[evidence->count++] = *blob;
	return 0;
}

static int add_part(struct sifting *sifting, const struct blob *blob, const struct manifest *manifest,
		    struct error **error)
{
	const struct evidence *evidence = sifting->question->evidence;
	struct part *larger = reallocarray(sifting->parts, sifting->count + 1, sizeof(*larger));
	if (!larger)
		return error_out_of_memory(error);
	sifting->parts = larger;
	struct part *part = &larger[sifting->count++];
	*part = (struct part){0};
	int result = borrow(&part->blobs, blob, error);
	if (result == 0)
		result = borrow(&part->blobs, evidence_find(evidence, manifest->config.digest), error);
	for (size_t i = 0; result == 0 && i < manifest->count; i++)
		result = borrow(&part->blobs, evidence_find(evidence, manifest->list[i].digest), error);
	part->size = store_evidence_size(&part->blobs);
	return result;
}

static int take_apart(struct sifting *sifting, struct error **error)
{
	const struct evidence *evidence = sifting->question->evidence;
	int result = 0;
	for (size_t i = 0; result == 0 && i < evidence->count; i++) {
		const struct blob *blob = &evidence->blobs[i];
		cleanup_manifest struct manifest manifest = {0};
		if (digest_set_has(&sifting->tree, blob->digest))
			result = borrow(&sifting->own, blob, error);
		else if (manifest_read(blob->data, blob->size, &manifest, NULL) == 0 && manifest.kind == MANIFEST_IMAGE)
			result = add_part(sifting, blob, &manifest, error);
	}
	return result;
}

static int by_size(const void *left, const void *right)
{
	const struct part *a = left, *b = right;
	return (a->size > b->size) - (a->size < b->size);
}

static bool says_more(const struct claims *claims, const struct claim *claim)
{
	for (size_t i = 0; i < claims->count; i++)
		if (claim_says_the_same(&claims->list[i], claim))
			return false;
	return true;
}

/* Keeps the part where it says what none before it said. */
static int weigh(struct sifting *sifting, struct part *part, struct error **error)
{
	cleanup_error struct error *why = NULL;
	cleanup_free const char **subjects = calloc(sifting->tree.count, sizeof(*subjects));
	cleanup_free struct blob *blobs = calloc(sifting->own.count + part->blobs.count, sizeof(*blobs));
	cleanup_claims struct claims claims = {0};
	if (!subjects || !blobs)
		return error_out_of_memory(error);
	for (size_t i = 0; i < sifting->tree.count; i++)
		subjects[i] = sifting->tree.list[i];
	memcpy(blobs, sifting->own.blobs, sifting->own.count * sizeof(*blobs));
	memcpy(blobs + sifting->own.count, part->blobs.blobs, part->blobs.count * sizeof(*blobs));
	const struct evidence evidence = {.blobs = blobs, .count = sifting->own.count + part->blobs.count};
	const struct collection collection = {
		.evidence = &evidence,
		.signers = &sifting->signers,
		.subjects = subjects,
		.subject_count = sifting->tree.count,
		.now = sifting->question->now,
	};
	int result = collect_all(&collection, &claims, &why);
	sifting->checks += claims.checks;
	/* more in one manifest than anybody checks is as little worth as nothing */
	if (result < 0)
		return result == -E2BIG ? 0 : error_set(error, -result, "%s", error_message(why));
	for (size_t i = 0; i < claims.count; i++) {
		if (!says_more(&sifting->claims, &claims.list[i]))
			continue;
		part->is_kept = true;
		if (claims_add(&sifting->claims, &claims.list[i]) < 0)
			return error_out_of_memory(error);
	}
	return 0;
}

static enum store_worth worth_of(const struct sifting *sifting)
{
	for (size_t i = 0; i < sifting->claims.count; i++)
		if (text_equal(sifting->claims.list[i].subject, sifting->question->digest))
			return STORE_SIGNED;
	return sifting->claims.count ? STORE_SIGNED_WITHIN : STORE_UNSIGNED;
}

static bool is_kept(const struct sifting *sifting, const char *digest)
{
	bool kept = evidence_find(&sifting->own, digest) != NULL;
	for (size_t i = 0; !kept && i < sifting->count; i++)
		kept = sifting->parts[i].is_kept && evidence_find(&sifting->parts[i].blobs, digest);
	return kept;
}

/* Each once, however many parts have it in common. */
static void write_answer(const struct sifting *sifting, struct text *output)
{
	const struct evidence *all = sifting->question->evidence;
	text_append_format(output, "worth %d\n", (int)worth_of(sifting));
	for (size_t i = 0; i < all->count; i++)
		if (is_kept(sifting, all->blobs[i].digest))
			text_append_format(output, "%s\n", all->blobs[i].digest);
}

static int sift(void *context, struct text *output, struct error **error)
{
	struct sifting sifting __attribute__((cleanup(sifting_release))) = {
		.question = context, .tree = {.limit = STORE_DIGESTS}};
	int result = signers_load(sifting.question->signers, &sifting.signers, error);
	if (result == 0)
		result = store_walk(sifting.question->evidence, sifting.question->digest, &sifting.tree, error);
	if (result == 0)
		result = take_apart(&sifting, error);
	if (result == 0 && sifting.count)
		qsort(sifting.parts, sifting.count, sizeof(*sifting.parts), by_size);
	for (size_t i = 0; result == 0 && i < sifting.count && sifting.checks < CHECKS; i++)
		result = weigh(&sifting, &sifting.parts[i], error);
	if (result == 0)
		write_answer(&sifting, output);
	return result;
}

/* ---- in the caller ---- */

static int take_answer(const struct question *question, char *text, enum store_worth *ret_worth,
		       struct digest_set *kept)
{
	static const char *const worths[] = {"worth 0", "worth 1", "worth 2"};
	char *line = strchr(text, '\n');
	if (!line)
		return -EPROTO;
	*line++ = '\0';
	size_t worth = 0;
	while (worth < ARRAY_SIZE(worths) && strcmp(worths[worth], text) != 0)
		worth++;
	if (worth == ARRAY_SIZE(worths))
		return -EPROTO;
	*ret_worth = (enum store_worth)worth;
	for (char *end; (end = strchr(line, '\n')); line = end + 1) {
		*end = '\0';
		if (!evidence_find(question->evidence, line))
			return -EPROTO;
		if (digest_set_add(kept, line) < 0)
			return -ENOMEM;
	}
	return *line ? -EPROTO : 0;
}

int store_sift(const struct evidence *evidence, const char *digest, const json_t *signers, enum store_worth *ret_worth,
	       struct digest_set *ret_kept, struct error **error)
{
	cleanup_free char *text = NULL;
	cleanup_digest_set struct digest_set kept = {.limit = SIZE_MAX};
	struct question question = {
		.evidence = evidence, .digest = digest, .signers = signers, .now = time(NULL)};
	size_t length = 0;
	int result = confine(sift, &question, &confinement, &text, &length, error);
	if (result < 0)
		return result;
	result = take_answer(&question, text, ret_worth, &kept);
	if (result < 0)
		return error_set_errno(error, -result, "what the confined child says of %s", digest);
	if (ret_kept) {
		*ret_kept = kept;
		kept = (struct digest_set){0};
	}
	return 0;
}
