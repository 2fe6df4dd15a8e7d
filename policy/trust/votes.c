#include "policy/trust/votes.h"

#include <stdlib.h>

#include "policy/base/text.h"

static bool lasts_longer(const struct claim *claim, const struct claim *than)
{
	return than->expires && (!claim->expires || claim->expires > than->expires);
}

int votes_add(struct votes *votes, size_t signer, const struct claim *claim, struct error **error)
{
	for (size_t i = 0; i < votes->count; i++) {
		struct vote *vote = &votes->list[i];
		if (vote->signer != signer || !text_equal(vote->claim->key, claim->key) ||
		    !text_equal(vote->claim->identity, claim->identity))
			continue;
		if (lasts_longer(claim, vote->claim))
			vote->claim = claim;
		return 0;
	}
	struct vote *larger = reallocarray(votes->list, votes->count + 1, sizeof(*larger));
	if (!larger)
		return error_out_of_memory(error);
	votes->list = larger;
	larger[votes->count++] = (struct vote){.signer = signer, .claim = claim};
	return 0;
}

void votes_release(struct votes *votes)
{
	free(votes->list);
	*votes = (struct votes){0};
}

static bool is_one_hand(const struct claim *left, const struct claim *right)
{
	return text_equal(left->key, right->key) || (left->identity && text_equal(left->identity, right->identity));
}

/* A hand has the number of one of its votes. */
static void find_hands(struct votes *votes)
{
	for (size_t i = 0; i < votes->count; i++) {
		votes->list[i].hand = i;
		for (size_t j = 0; j < i; j++) {
			size_t joined = votes->list[i].hand, into = votes->list[j].hand;
			if (joined == into || !is_one_hand(votes->list[i].claim, votes->list[j].claim))
				continue;
			for (size_t k = 0; k <= i; k++)
				if (votes->list[k].hand == joined)
					votes->list[k].hand = into;
		}
	}
}

static int by_end(const void *left, const void *right)
{
	const struct vote *a = left, *b = right;
	return lasts_longer(b->claim, a->claim) - lasts_longer(a->claim, b->claim);
}

static struct vote *find_taken(const struct votes *votes, size_t hand)
{
	for (size_t i = 0; i < votes->count; i++)
		if (votes->list[i].counts && votes->list[i].hand == hand)
			return &votes->list[i];
	return NULL;
}

/* Gives the signer a hand that nobody has, or whose signer can be given another one. */
static bool give_hand(struct votes *votes, size_t signer)
{
	for (size_t i = 0; i < votes->count; i++) {
		struct vote *vote = &votes->list[i];
		if (vote->signer != signer || vote->tried)
			continue;
		for (size_t j = 0; j < votes->count; j++)
			votes->list[j].tried = votes->list[j].tried || votes->list[j].hand == vote->hand;
		struct vote *taken = find_taken(votes, vote->hand);
		if (taken && !give_hand(votes, taken->signer))
			continue;
		if (taken)
			taken->counts = false;
		vote->counts = true;
		return true;
	}
	return false;
}

static bool has_hand(const struct votes *votes, size_t signer)
{
	for (size_t i = 0; i < votes->count; i++)
		if (votes->list[i].counts && votes->list[i].signer == signer)
			return true;
	return false;
}

size_t votes_count(struct votes *votes)
{
	size_t found = 0;
	if (votes->count)
		qsort(votes->list, votes->count, sizeof(*votes->list), by_end);
	find_hands(votes);
	for (size_t i = 0; i < votes->count; i++) {
		if (has_hand(votes, votes->list[i].signer))
			continue;
		for (size_t j = 0; j < votes->count; j++)
			votes->list[j].tried = false;
		found += give_hand(votes, votes->list[i].signer);
	}
	return found;
}
