#include "policy/trust/demand.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "policy/base/cleanup.h"
#include "policy/base/text.h"
#include "policy/base/timestamp.h"
#include "policy/document/printable.h"
#include "policy/trust/votes.h"
#include "policy/trust/vulnerability.h"

static int add_sentence(json_t **sentences, struct error **error, const char *format, va_list arguments)
{
	cleanup_free char *sentence = NULL;
	if (vasprintf(&sentence, format, arguments) < 0)
		sentence = NULL;
	if (!*sentences)
		*sentences = json_array();
	/* names come from outside and may be anything */
	json_t *text = sentence ? printable_json(sentence) : NULL;
	return !text || json_array_append_new(*sentences, text) < 0 ? error_out_of_memory(error) : 0;
}

int assessment_refuse(struct assessment *assessment, struct error **error, const char *format, ...)
{
	va_list arguments;
	va_start(arguments, format);
	int result = add_sentence(&assessment->reasons, error, format, arguments);
	va_end(arguments);
	return result;
}

int assessment_prove(struct assessment *assessment, struct error **error, const char *format, ...)
{
	va_list arguments;
	va_start(arguments, format);
	int result = add_sentence(&assessment->proof, error, format, arguments);
	va_end(arguments);
	return result;
}

void assessment_expire(struct assessment *assessment, int64_t moment)
{
	if (moment > 0 && (assessment->expires == 0 || moment < assessment->expires))
		assessment->expires = moment;
}

static bool has_text(const json_t *array, const char *wanted)
{
	size_t i;
	json_t *text;
	json_array_foreach((json_t *)(uintptr_t)array, i, text)
		if (text_equal(json_string_value(text), wanted))
			return true;
	return false;
}

/* ---- which entries are meant ---- */

static bool name_matches(const json_t *patterns, const struct reference *name)
{
	size_t i;
	json_t *pattern;
	json_array_foreach((json_t *)(uintptr_t)patterns, i, pattern)
		if (reference_matches(name, json_string_value(pattern)))
			return true;
	return false;
}

bool demand_matches(const json_t *entry, const struct image *image)
{
	const json_t *patterns = json_object_get(entry, "match");
	if (image->name)
		return name_matches(patterns, image->name);
	if (has_text(patterns, "**"))
		return true;
	/* whoever signed: an entry that asks for another signer, or for a scan alone, is meant as it
	 * would be by that name */
	for (size_t i = 0; i < image->claims->count; i++) {
		const struct claim *claim = &image->claims->list[i];
		cleanup_reference struct reference vouched = {0};
		if (claim->kind == CLAIM_SIGNATURE && claim->reference &&
		    reference_parse(claim->reference, &vouched, NULL) == 0 && name_matches(patterns, &vouched))
			return true;
	}
	return false;
}

/* ---- signed-by ---- */

struct signature_demand {
	const char *title; /* the entry's patterns */
	const json_t *signed_by;
	const char *predicate_type; /* NULL: a signature, not an attestation */
	bool match_repository;
	const json_t *annotations;
};

bool demand_is_repository(const struct claim *claim, const struct reference *name)
{
	cleanup_reference struct reference said = {0};
	return name && claim->reference && reference_parse(claim->reference, &said, NULL) == 0 &&
	       text_equal(said.registry, name->registry) && text_equal(said.repository, name->repository);
}

static bool annotations_match(const json_t *wanted, const json_t *given)
{
	const char *key;
	json_t *value;
	json_object_foreach((json_t *)(uintptr_t)wanted, key, value)
		if (!json_equal(value, json_object_get(given, key)))
			return false;
	return true;
}

/* Why this claim does not count, as the rest of "signed by X, but …"; NULL: it counts. */
static const char *objection(const struct signature_demand *demand, const struct claim *claim,
			     const struct image *image)
{
	if (claim->expires && claim->expires <= image->now)
		return "its signature has expired";
	if (demand->match_repository && !demand_is_repository(claim, image->name))
		return "its signature names another repository than the container does (match-repository)";
	if (!annotations_match(demand->annotations, claim->annotations))
		return "its signature does not carry the annotations that the policy asks for";
	return NULL;
}

static bool is_asked_for(const struct signature_demand *demand, const struct claim *claim)
{
	if (!has_text(json_object_get(demand->signed_by, "of"), claim->signer))
		return false;
	if (!demand->predicate_type)
		return claim->kind == CLAIM_SIGNATURE;
	return claim->kind == CLAIM_ATTESTATION && text_equal(claim->predicate_type, demand->predicate_type);
}

static int prove_claim(const struct claim *claim, struct assessment *assessment, struct error **error)
{
	bool attested = claim->kind == CLAIM_ATTESTATION;
	int result = assessment_prove(assessment, error, "%s%s of %s by signer %s (%s)",
				     attested ? "attestation " : "signature", attested ? claim->predicate_type : "",
				     claim->subject, claim->signer, claim->source);
	size_t i;
	json_t *step;
	json_array_foreach(claim->proof, i, step)
		if (result == 0)
			result = assessment_prove(assessment, error, "  %s", json_string_value(step));
	return result;
}

static void join(const json_t *texts, struct text *list)
{
	size_t i;
	json_t *text;
	json_array_foreach((json_t *)(uintptr_t)texts, i, text)
		text_append_format(list, "%s%s", i ? ", " : "", json_string_value(text));
}

static int refuse_count(const struct signature_demand *demand, json_int_t wanted, size_t found, const char *but,
			const struct image *image, struct assessment *assessment, struct error **error)
{
	cleanup_text struct text of = {0};
	join(json_object_get(demand->signed_by, "of"), &of);
	const json_t *first = json_array_get(image->claims->rejections, 0);
	cleanup_text struct text hint = {0};
	if (but)
		text_append_format(&hint, "; %s", but);
	else if (first)
		text_append_format(&hint, "; of what is there, %s does not count: %s",
				   json_string_value(json_object_get(first, "source")),
				   json_string_value(json_object_get(first, "why")));
	if (of.failed || hint.failed)
		return error_out_of_memory(error);
	return assessment_refuse(assessment, error,
				"trust/images (match %s) asks for %s%s by %lld of %s, and %zu %s there%s; have it signed, and "
				"get what was signed onto this host with `hardenctl trust fetch` or `hardenctl trust import`",
				demand->title, demand->predicate_type ? "an attestation " : "a signature",
				demand->predicate_type ? demand->predicate_type : "", (long long)wanted, of.data, found,
				found == 1 ? "is" : "are", hint.length ? hint.data : "");
}

/* What counts of one signer's word; else why not goes to *but. */
static int take_votes(const struct signature_demand *demand, size_t signer, const struct image *image,
		      struct votes *votes, const char **but, struct error **error)
{
	const char *name = json_string_value(json_array_get(json_object_get(demand->signed_by, "of"), signer));
	int result = 0;
	for (size_t i = 0; result == 0 && i < image->claims->count; i++) {
		const struct claim *claim = &image->claims->list[i];
		if (!is_asked_for(demand, claim) || !text_equal(claim->signer, name))
			continue;
		const char *why_not = objection(demand, claim, image);
		if (why_not)
			*but = why_not;
		else
			result = votes_add(votes, signer, claim, error);
	}
	return result;
}

/* k of n. The verdict holds until the first of the signatures that it rests on expires. */
static int judge_signatures(const struct signature_demand *demand, const struct image *image,
			    struct assessment *assessment, struct error **error)
{
	cleanup_votes struct votes votes = {0};
	json_int_t wanted = json_integer_value(json_object_get(demand->signed_by, "at-least"));
	size_t count = json_array_size(json_object_get(demand->signed_by, "of")), signed_by = 0;
	const char *but = NULL;
	int result = 0;
	for (size_t i = 0; result == 0 && i < count; i++) {
		size_t before = votes.count;
		result = take_votes(demand, i, image, &votes, &but, error);
		signed_by += votes.count > before;
	}
	size_t found = votes_count(&votes);
	for (size_t i = 0; result == 0 && i < votes.count; i++) {
		if (!votes.list[i].counts)
			continue;
		assessment_expire(assessment, votes.list[i].claim->expires);
		result = prove_claim(votes.list[i].claim, assessment, error);
	}
	if (result < 0 || (wanted > 0 && (json_int_t)found >= wanted))
		return result;
	if (signed_by > found)
		but = "signatures by one key or one identity count once, however many signers it stands for";
	else if (found)
		but = NULL;
	return refuse_count(demand, wanted, found, but, image, assessment, error);
}

static int judge_attestations(const json_t *entry, const char *title, const struct image *image,
			      struct assessment *assessment, struct error **error)
{
	size_t i;
	json_t *wanted;
	json_array_foreach(json_object_get(entry, "attestations"), i, wanted) {
		const struct signature_demand demand = {
			.title = title,
			.signed_by = json_object_get(wanted, "signed-by"),
			.predicate_type = json_string_value(json_object_get(wanted, "type")),
		};
		int result = judge_signatures(&demand, image, assessment, error);
		if (result < 0)
			return result;
	}
	return 0;
}

/* ---- the rest ---- */

static int judge_age(const json_t *entry, const char *title, const struct image *image, struct assessment *assessment,
		     struct error **error)
{
	const json_t *limit = json_object_get(entry, "max-age");
	int64_t created = 0;
	if (!json_is_integer(limit))
		return 0;
	int64_t ends = 0;
	if (!image->created || timestamp_parse(image->created, &created) < 0 || created <= 0 ||
	    __builtin_add_overflow(created, json_integer_value(limit), &ends))
		return assessment_refuse(assessment, error,
					"trust/images (match %s) bounds the image's age (max-age), and its configuration does "
					"not say when it was created; build it so that it does (SOURCE_DATE_EPOCH may be the "
					"reason), or take max-age out", title);
	if (created > image->now)
		return assessment_refuse(assessment, error,
					"trust/images (match %s) bounds the image's age (max-age), and its configuration says "
					"that it was created in the future (%s); set the clock, or build it anew", title,
					image->created);
	if (ends <= image->now)
		return assessment_refuse(assessment, error,
					"trust/images (match %s): the image was created at %s, longer ago than max-age; build "
					"it anew", title, image->created);
	assessment_expire(assessment, ends);
	return assessment_prove(assessment, error, "created at %s, within max-age", image->created);
}

static int take_sentences(json_t **sentences, const json_t *more, struct error **error)
{
	if (!more || json_array_size(more) == 0)
		return 0;
	if (!*sentences)
		*sentences = json_array();
	return json_array_extend(*sentences, (json_t *)(uintptr_t)more) < 0 ? error_out_of_memory(error) : 0;
}

static int judge_vulnerabilities(const json_t *entry, const struct image *image, struct assessment *assessment,
				 struct error **error)
{
	const json_t *settings = json_object_get(entry, "vulnerabilities");
	if (!json_is_object(settings))
		return 0;
	struct vulnerability_verdict verdict = {0};
	int result = vulnerabilities_judge(image, settings, &verdict, error);
	if (result < 0)
		return result;
	assessment_expire(assessment, verdict.expires);
	result = take_sentences(&assessment->proof, verdict.proof, error);
	if (result == 0 && !verdict.passed)
		result = json_array_size(verdict.reasons) > 0
				 ? take_sentences(&assessment->reasons, verdict.reasons, error)
				 : assessment_refuse(assessment, error, "the vulnerability gate did not pass");
	vulnerability_verdict_release(&verdict);
	return result;
}

int demand_judge(const json_t *entry, const struct image *image, struct assessment *assessment, struct error **error)
{
	cleanup_text struct text title = {0};
	join(json_object_get(entry, "match"), &title);
	if (title.failed)
		return error_out_of_memory(error);
	const struct signature_demand demand = {
		.title = title.data,
		.signed_by = json_object_get(entry, "signed-by"),
		.match_repository = json_is_true(json_object_get(entry, "match-repository")),
		.annotations = json_object_get(entry, "annotations"),
	};
	int result = 0;
	if (json_is_object(demand.signed_by))
		result = judge_signatures(&demand, image, assessment, error);
	if (result == 0)
		result = judge_attestations(entry, title.data, image, assessment, error);
	if (result == 0)
		result = judge_age(entry, title.data, image, assessment, error);
	if (result == 0)
		result = judge_vulnerabilities(entry, image, assessment, error);
	return result;
}
