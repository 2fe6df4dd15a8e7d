#include "policy/trust/claim.h"

#include <errno.h>
#include <stdlib.h>

#include "policy/base/text.h"
#include "policy/document/printable.h"

bool claim_says_the_same(const struct claim *left, const struct claim *right)
{
	return left->kind == right->kind && left->signed_at == right->signed_at && left->expires == right->expires &&
	       text_equal(left->signer, right->signer) && text_equal(left->key, right->key) &&
	       text_equal(left->identity, right->identity) && text_equal(left->subject, right->subject) &&
	       text_equal(left->reference, right->reference) && text_equal(left->predicate_type, right->predicate_type) &&
	       (left->annotations == right->annotations || json_equal(left->annotations, right->annotations)) &&
	       (left->predicate == right->predicate || json_equal(left->predicate, right->predicate));
}

void claim_release(struct claim *claim)
{
	free(claim->signer);
	free(claim->key);
	free(claim->identity);
	free(claim->subject);
	free(claim->source);
	free(claim->reference);
	free(claim->predicate_type);
	json_decref(claim->annotations);
	json_decref(claim->predicate);
	json_decref(claim->proof);
	*claim = (struct claim){0};
}

int claims_add(struct claims *claims, struct claim *claim)
{
	struct claim *larger = reallocarray(claims->list, claims->count + 1, sizeof(*larger));
	if (!larger) {
		claim_release(claim);
		return -ENOMEM;
	}
	claims->list = larger;
	larger[claims->count++] = *claim;
	*claim = (struct claim){0};
	return 0;
}

int claims_reject(struct claims *claims, const char *source, const char *format, const struct error *why)
{
	if (!claims->rejections)
		claims->rejections = json_array();
	if (!claims->rejections)
		return -ENOMEM;
	if (json_array_size(claims->rejections) >= CLAIM_REJECTIONS)
		return 0;
	/* a sentence with foreign bytes in it may be anything but UTF-8 */
	json_t *rejection = json_pack("{s:s,s:s,s:o}", "source", source, "format", format, "why",
				      printable_json(error_message(why)));
	return json_array_append_new(claims->rejections, rejection) < 0 ? -ENOMEM : 0;
}

void claims_release(struct claims *claims)
{
	for (size_t i = 0; i < claims->count; i++)
		claim_release(&claims->list[i]);
	free(claims->list);
	json_decref(claims->rejections);
	*claims = (struct claims){0};
}
