#include "policy/trust/collect_signed.h"

#include <errno.h>
#include <string.h>

#include "policy/base/cleanup.h"
#include "policy/base/text.h"
#include "policy/document/document.h"
#include "policy/trust/signature_check.h"

#define REASONS 512u /* bytes of a rejection's text, from where on no further signer is named */

int collect_reject(int result, const char *source, const char *format, struct error *why, struct claims *claims,
		   struct error **error)
{
	cleanup_error struct error *reason = why;
	if (result != -ENOMEM)
		result = claims_reject(claims, source, format, reason);
	return result < 0 ? error_out_of_memory(error) : 0;
}

bool collect_is_subject(const struct collection *collection, const char *digest)
{
	for (size_t i = 0; i < collection->subject_count; i++)
		if (text_equal(collection->subjects[i], digest))
			return true;
	return false;
}

/* A copy of `text`, NULL of NULL. */
static int copy_text(const char *text, char **ret_copy)
{
	*ret_copy = text ? strdup(text) : NULL;
	return text && !*ret_copy ? -ENOMEM : 0;
}

/* cosign writes a new manifest for each signature that joins the others, and a store may
 * have the older ones still. */
static bool is_known(const struct claims *claims, const struct claim *claim)
{
	for (size_t i = 0; i < claims->count; i++)
		if (text_equal(claims->list[i].source, claim->source) && claim_says_the_same(&claims->list[i], claim))
			return true;
	return false;
}

/* What was said, by whom, when and how that is known. */
static int add_claim(const struct found_signature *found, const struct claim *said, const struct claim *by,
		     struct claims *claims)
{
	struct claim made = {
		.kind = said->kind,
		.annotations = json_incref(said->annotations),
		.predicate = json_incref(said->predicate),
		.signed_at = by->signed_at,
		.expires = by->expires,
		.proof = json_deep_copy(by->proof),
	};
	if (!made.proof || copy_text(by->signer, &made.signer) < 0 || copy_text(by->key, &made.key) < 0 ||
	    copy_text(by->identity, &made.identity) < 0 || copy_text(said->subject, &made.subject) < 0 ||
	    copy_text(found->source, &made.source) < 0 || copy_text(said->reference, &made.reference) < 0 ||
	    copy_text(said->predicate_type, &made.predicate_type) < 0) {
		claim_release(&made);
		return -ENOMEM;
	}
	if (!is_known(claims, &made))
		return claims_add(claims, &made);
	claim_release(&made);
	return 0;
}

/* Who vouches for it makes a part of an identity by OpenID, not of one that is unique by itself. */
static int copy_identity(const struct signer *signer, char **ret_identity)
{
	struct text text = {0};
	if (!signer->identity || signer->kind != SIGNER_KEYLESS)
		return copy_text(signer->identity, ret_identity);
	text_append_format(&text, "%s by %s", signer->identity, signer->issuer);
	*ret_identity = text_finish(&text);
	return *ret_identity ? 0 : -ENOMEM;
}

/* One signer. 0 and *by filled where it is his; what it says to the contrary goes to
 * `reasons`. */
static int check_signer(const struct collection *collection, const struct signer *signer,
			const struct found_signature *found, struct claims *by, struct text *reasons)
{
	struct claim claim = {.signer = strdup(signer->name), .proof = json_array()};
	if (!claim.signer || !claim.proof || copy_identity(signer, &claim.identity) < 0) {
		claim_release(&claim);
		return -ENOMEM;
	}
	cleanup_error struct error *why = NULL;
	struct signature_answer answer = {0};
	int result = signature_check(signer, found->material, collection->now, &answer, claim.proof, &why);
	claim.signed_at = answer.signed_at;
	claim.expires = answer.expires;
	if (result == 0 && copy_text(answer.key, &claim.key) < 0)
		result = -ENOMEM;
	if (result == 0)
		return claims_add(by, &claim);
	claim_release(&claim);
	if (result == -ENOMEM)
		return result;
	if (reasons->length < REASONS)
		text_append_format(reasons, "%s%s: %s", reasons->length ? "; " : "", signer->name, error_message(why));
	return 0;
}

/* All signers whose signature it is; -EPERM and what each says where it is nobody's. */
static int check_signers(const struct collection *collection, const struct found_signature *found, struct claims *by,
			 struct error **error)
{
	cleanup_text struct text reasons = {0};
	for (size_t i = 0; i < collection->signers->count; i++) {
		const struct signer *signer = &collection->signers->list[i];
		/* Notation's signatures are made in another format */
		if (signer->kind == SIGNER_NOTATION)
			continue;
		if (check_signer(collection, signer, found, by, &reasons) < 0)
			return error_out_of_memory(error);
	}
	if (by->count > 0)
		return 0;
	cleanup_free char *text = text_finish(&reasons);
	if (!text)
		return error_out_of_memory(error);
	return error_set(error, EPERM, "%s", *text ? text : "the policy has no signer who signs in this format");
}

int collect_signed(const struct collection *collection, const struct found_signature *found, struct claims *claims,
		   struct error **error)
{
	cleanup_claims struct claims by = {0}, said = {0};
	struct error *why = NULL;
	claims->checks += collection->signers->count;
	if (claims->checks > CLAIM_CHECKS)
		return error_set(error, E2BIG, "there are so many signatures, %s among them, that more than %u would have "
				 "to be checked; see what is in the store by hardenctl trust list, take the image out by hardenctl "
				 "trust remove, and import what is needed of it alone", found->source, CLAIM_CHECKS);
	/* first whose it is: what nobody signed is not worth reading */
	int result = check_signers(collection, found, &by, &why);
	if (result == 0)
		result = found->read(collection, found, &said, &why);
	if (result < 0)
		return collect_reject(result, found->source, found->format, why, claims, error);
	for (size_t i = 0; i < by.count; i++)
		for (size_t j = 0; j < said.count; j++)
			if (add_claim(found, &said.list[j], &by.list[i], claims) < 0)
				return error_out_of_memory(error);
	return 0;
}
