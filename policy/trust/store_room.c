/* Where the store is full: what was fetched unasked and is worth less goes first, the largest
 * before the smaller, so that nobody who can only have images pulled turns out what a signer
 * of the policy has signed, nor much of what is small. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "policy/trust/store_parts.h"

/* Room is made until here, so as not to look through all each time. */
#define STORE_EASE (STORE_SIZE - STORE_SIZE / 8)

struct candidate {
	char digest[DIGEST_LENGTH + 1];
	enum store_worth worth;
	uint64_t size;
};

struct looking {
	const struct store_wish *wish;
	enum store_worth worth; /* of what is to come in */
	uint64_t size;
	struct candidate *list; /* owned */
	size_t count;
};

int store_worth_of(int store, const char *digest, const json_t *signers, enum store_worth *ret_worth, bool *ret_unasked,
		   struct error **error)
{
	cleanup_evidence struct evidence evidence = {0};
	cleanup_store_label struct store_label label = {0};
	int result = store_image_label(store, digest, &label, error);
	*ret_unasked = result == 0 && label.unasked;
	*ret_worth = STORE_SIGNED;
	if (result < 0 || !label.unasked)
		return result;
	result = store_image_read(store, digest, &evidence, NULL, error);
	return result < 0 ? result : store_sift(&evidence, digest, signers, ret_worth, NULL, error);
}

static int look_at(int store, const char *digest, void *context, struct error **error)
{
	struct looking *looking = context;
	struct candidate candidate = {.worth = STORE_SIGNED};
	bool unasked = false;
	const struct trust_store_addition *asked = looking->wish->asked;
	/* what cannot be read is for a person to look at */
	if (strcmp(digest, asked->digest) == 0 ||
	    store_image_measure(store, digest, &candidate.size, NULL, NULL, NULL) < 0 ||
	    store_worth_of(store, digest, asked->signers, &candidate.worth, &unasked, NULL) < 0)
		return 0;
	bool is_less = candidate.worth < looking->worth ||
		       (candidate.worth == looking->worth && candidate.size > looking->size);
	if (!unasked || candidate.worth == STORE_SIGNED || !is_less)
		return 0;
	struct candidate *larger = reallocarray(looking->list, looking->count + 1, sizeof(*larger));
	if (!larger)
		return error_out_of_memory(error);
	looking->list = larger;
	memcpy(candidate.digest, digest, sizeof(candidate.digest));
	larger[looking->count++] = candidate;
	return 0;
}

static int by_worth(const void *left, const void *right)
{
	const struct candidate *a = left, *b = right;
	if (a->worth != b->worth)
		return a->worth < b->worth ? -1 : 1;
	return (a->size < b->size) - (a->size > b->size);
}

static int look_around(int store, struct looking *looking, struct error **error)
{
	const struct trust_store_addition *asked = looking->wish->asked;
	looking->worth = STORE_SIGNED;
	looking->size = store_evidence_size(looking->wish->evidence);
	int result = 0;
	if (asked->unasked)
		result = store_sift(looking->wish->evidence, asked->digest, asked->signers, &looking->worth, NULL, error);
	if (result == 0)
		result = store_for_each(store, look_at, looking, error);
	if (looking->count)
		qsort(looking->list, looking->count, sizeof(*looking->list), by_worth);
	return result;
}

static int take_out(int store, const struct looking *looking, uint64_t needed, struct error **error)
{
	uint64_t possible = 0;
	int result = 0;
	for (size_t i = 0; i < looking->count; i++)
		possible += looking->list[i].size;
	for (size_t i = 0; result == 0 && possible >= needed && i < looking->count; i++) {
		uint64_t total = 0;
		result = store_remove_image(store, looking->list[i].digest, error);
		if (result == 0)
			result = store_writer_total(store, &total, error);
		if (total + (uint64_t)looking->wish->grows <= STORE_EASE)
			break;
	}
	return result;
}

static int refuse(const struct store_wish *wish, struct error **error)
{
	const char *tried = wish->asked->signers ? ", and what is worth less in it does not make enough room" : "";
	return error_set(error, EFBIG, "the store of signatures would grow beyond %ju bytes, a bound that is built in%s; "
			 "hardenctl trust prune takes out what belongs to images that are no longer there, hardenctl trust "
			 "list shows what is in it, and hardenctl trust remove takes something out",
			 (uintmax_t)STORE_SIZE, tried);
}

int store_room_make(int store, const struct store_wish *wish, struct error **error)
{
	struct looking looking = {.wish = wish};
	uint64_t total = 0, grows = wish->grows > 0 ? (uint64_t)wish->grows : 0;
	int result = store_writer_total(store, &total, error);
	if (result < 0 || total + grows <= STORE_SIZE)
		return result;
	if (!wish->asked->signers)
		return refuse(wish, error);
	result = look_around(store, &looking, error);
	if (result == 0)
		result = take_out(store, &looking, total + grows - STORE_SIZE, error);
	free(looking.list);
	if (result == 0)
		result = store_writer_total(store, &total, error);
	return result == 0 && total + grows > STORE_SIZE ? refuse(wish, error) : result;
}
