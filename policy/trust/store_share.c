/* Whoever looks for a digest reads all images that have it, and anybody may push an index
 * that lists foreign manifests: what comes with that must not make the evidence of what it
 * lists more than can be read, since then what ran before would no longer start. */
#include <errno.h>
#include <jansson.h>
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
	uint64_t count, size; /* its own blobs, and their bytes */
	json_t *measured;  /* owned: digest of another image → [blobs, bytes] */
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
	uint64_t count = share->count, size = share->size;
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
	if (result < 0 || !other || (count <= SHARED_BLOBS && size <= SHARED_SIZE))
		return result;
	return error_set(error, E2BIG, "the digest %s would be found with more than %ju blobs or %ju bytes, in this image "
			 "and in others, such as %s; remove which of them is not needed by hardenctl trust remove",
			 digest, (uintmax_t)SHARED_BLOBS, (uintmax_t)SHARED_SIZE, other);
}

int store_share_check(int store, const char *image, const struct evidence *blobs, const struct store_plan *plan,
		      struct error **error)
{
	cleanup_json json_t *measured = json_object();
	struct share share = {store, image, blobs->count, store_evidence_size(blobs), measured};
	if (!measured)
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
