/* Whoever looks for a digest reads all images that have it, and anybody may push an index
 * that lists foreign manifests: what comes with that must not make the evidence of what it
 * lists more than can be read, since then what ran before would no longer start. */
#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "policy/base/text.h"
#include "policy/document/document.h"
#include "policy/trust/store_parts.h"

/* A container is looked for by up to three digests: configuration, manifest and index. */
#define SHARED_BLOBS ((uint64_t)EVIDENCE_BLOBS / 3)
#define SHARED_SIZE ((uint64_t)EVIDENCE_SIZE / 3)

struct share {
	int store;
	const char *image; /* that is about to be written */
	const struct evidence *blobs; /* its own */
	size_t signers;
	uint64_t size;     /* bytes of its blobs */
	json_t *measured;  /* owned: digest of another image → [blobs, bytes] */
	json_t *counted;   /* owned: those with whom it was counted what is signed, as one text */
};

static int measure(struct share *share, const char *image, uint64_t *count, uint64_t *size, struct error **error)
{
	const json_t *known = json_object_get(share->measured, image);
	if (!known) {
		uint64_t bytes = 0;
		size_t blobs = 0;
		/* one that is not there (a writer was killed) or is damaged is not what becomes too much */
		if (store_image_measure(share->store, image, &bytes, &blobs, NULL, NULL) == -ENOMEM)
			return error_out_of_memory(error);
		json_t *pair = json_pack("[I,I]", (json_int_t)blobs, (json_int_t)bytes);
		if (json_object_set_new(share->measured, image, pair) < 0)
			return error_out_of_memory(error);
		known = pair;
	}
	*count += (uint64_t)json_integer_value(json_array_get(known, 0));
	*size += (uint64_t)json_integer_value(json_array_get(known, 1));
	return 0;
}

static int borrow_all(struct evidence *all, const struct evidence *from, struct error **error)
{
	struct blob *larger = reallocarray(all->blobs, all->count + from->count + 1, sizeof(*larger));
	if (!larger)
		return error_out_of_memory(error);
	all->blobs = larger;
	for (size_t i = 0; i < from->count; i++)
		if (!evidence_find(all, from->blobs[i].digest))
			larger[all->count++] = from->blobs[i];
	return 0;
}

/* What is signed in all of them together. Each call keeps what it has read until the last
 * has counted. */
static int count_signed(struct share *share, const struct store_lookup *lookup, size_t next, struct evidence *all,
			struct error **error)
{
	cleanup_store_plan struct store_plan unused = {0};
	cleanup_evidence struct evidence other = {0};
	while (next < lookup->count && strcmp(lookup->images[next], share->image) == 0)
		next++;
	if (next == lookup->count)
		return store_plan(all, share->image, NULL, share->signers, &unused, error);
	/* one that is not there or damaged adds nothing */
	(void)store_image_read(share->store, lookup->images[next], &other, NULL, NULL);
	int result = borrow_all(all, &other, error);
	return result < 0 ? result : count_signed(share, lookup, next + 1, all, error);
}

static int check_signed(struct share *share, const struct store_lookup *lookup, struct error **error)
{
	cleanup_text struct text others = {0};
	struct evidence all = {0};
	for (size_t i = 0; i < lookup->count; i++)
		if (strcmp(lookup->images[i], share->image) != 0)
			text_append_format(&others, "%s ", lookup->images[i]);
	if (others.failed)
		return error_out_of_memory(error);
	if (share->signers == 0 || json_object_get(share->counted, others.data))
		return 0;
	int result = borrow_all(&all, share->blobs, error);
	if (result == 0)
		result = count_signed(share, lookup, 0, &all, error);
	free(all.blobs);
	if (result == 0 && json_object_set_new(share->counted, others.data, json_true()) < 0)
		return error_out_of_memory(error);
	return result < 0 ? error_prefix(error, "together with %s", others.data) : 0;
}

static bool is_among(const struct store_lookup *lookup, const char *image)
{
	for (size_t i = 0; i < lookup->count; i++)
		if (strcmp(lookup->images[i], image) == 0)
			return true;
	return false;
}

static int check_digest(struct share *share, const char *digest, struct error **error)
{
	struct store_lookup lookup;
	uint64_t count = share->blobs->count, size = share->size;
	const char *other = NULL;
	int result = store_lookup_read(share->store, digest, &lookup, error);
	for (size_t i = 0; result == 0 && i < lookup.count; i++) {
		if (strcmp(lookup.images[i], share->image) == 0)
			continue;
		other = lookup.images[i];
		result = measure(share, other, &count, &size, error);
	}
	if (result == 0 && other && lookup.count >= STORE_SHARERS && !is_among(&lookup, share->image))
		return error_set(error, E2BIG, "%u images in the store have the digest %s already; remove some by hardenctl "
				 "trust remove", STORE_SHARERS, digest);
	if (result < 0 || !other)
		return result;
	if (count <= SHARED_BLOBS && size <= SHARED_SIZE)
		return check_signed(share, &lookup, error);
	return error_set(error, E2BIG, "the digest %s would be found with more than %ju blobs or %ju bytes, in this image "
			 "and in others, such as %s; remove which of them is not needed by hardenctl trust remove",
			 digest, (uintmax_t)SHARED_BLOBS, (uintmax_t)SHARED_SIZE, other);
}

int store_share_check(int store, const char *image, const struct evidence *blobs, size_t signers,
		      const struct store_plan *plan, struct error **error)
{
	cleanup_json json_t *measured = json_object(), *counted = json_object();
	struct share share = {store, image, blobs, signers, store_evidence_size(blobs), measured, counted};
	if (!measured || !counted)
		return error_out_of_memory(error);
	int result = 0;
	for (size_t i = 0; result == 0 && i < plan->count; i++)
		result = check_digest(&share, plan->digests[i], error);
	return result;
}

static int clear_digest(int store, const char *image, const json_t *signers, const char *digest, struct error **error)
{
	struct store_lookup lookup;
	int result = store_lookup_read(store, digest, &lookup, error);
	for (size_t i = 0; result == 0 && i < lookup.count; i++) {
		enum store_worth worth = STORE_SIGNED;
		bool unasked = false;
		if (strcmp(lookup.images[i], image) != 0 &&
		    store_worth_of(store, lookup.images[i], signers, &worth, &unasked, NULL) == 0 && unasked &&
		    worth < STORE_SIGNED)
			result = store_remove_image(store, lookup.images[i], error);
	}
	return result;
}

int store_share_clear(int store, const char *image, const json_t *signers, const struct store_plan *plan,
		      struct error **error)
{
	int result = 0;
	for (size_t i = 0; result == 0 && i < plan->count; i++)
		result = clear_digest(store, image, signers, plan->digests[i], error);
	return result;
}
