#include <string.h>

#include "policy/base/cleanup.h"
#include "policy/base/number.h"
#include "policy/base/text.h"
#include "policy/document/document.h"
#include "policy/rules/check_trust.h"
#include "policy/trust/settings.h"

#define IMAGES_LIMIT 10000u

/* ---- signed-by ---- */

static const struct policy_key at_least_key = {.name = "at-least", .type = KEY_INTEGER};
static const struct field name_field = {.name = "signer", .read = check_text, .expected = "a signer's name"};

static const struct field signed_by_fields[] = {
	{.name = "at-least", .read = check_key, .key = &at_least_key},
	{.name = "of", .read = check_some, .fields = &name_field, .required = true, .expected = "a list of signers"},
	{.name = NULL},
};

const struct node *check_signed_by_name(const struct node *signed_by, size_t index)
{
	const struct node *of = signed_by && signed_by->type == NODE_MAPPING ? check_member(signed_by, "of") : signed_by;
	if (of && of->type == NODE_SCALAR)
		return index == 0 ? of : NULL;
	return check_item(of, index);
}

json_t *check_signed_by(struct problems *problems, const struct node *node, const struct field *field)
{
	static const struct field names = {.fields = &name_field};
	(void)field;
	cleanup_json json_t *rule = NULL;
	if (node->type == NODE_MAPPING) {
		rule = check_mapping(problems, node, signed_by_fields);
	} else {
		json_t *of = check_some(problems, node, &names);
		rule = of ? json_pack("{s:o}", "of", of) : NULL;
	}
	const json_t *number = json_object_get(rule, "at-least"), *of = json_object_get(rule, "of");
	if (!of)
		return NULL;
	json_int_t count = (json_int_t)json_array_size(of);
	if (number && (!json_is_integer(number) || json_integer_value(number) < 1 || json_integer_value(number) > count)) {
		const struct node *least = check_member(node, "at-least");
		problem_add(problems, least->place, "%s, expected 1 to %lld, the number of signers in `of`",
			    check_found(least), (long long)count);
		return NULL;
	}
	if (!number && json_object_set_new(rule, "at-least", json_integer(1)) < 0)
		return check_out_of_memory(problems);
	return take_pointer(rule);
}

/* ---- vulnerabilities ---- */

/* 0 to 10 with at most one decimal (CVSS) → thousandths. */
static json_t *check_score(struct problems *problems, const struct node *node, const struct field *field)
{
	int64_t thousandths = 0;
	(void)field;
	if (node->type != NODE_SCALAR || number_parse_thousandths(node->text, &thousandths) < 0 || thousandths < 0 ||
	    thousandths > TRUST_SCORE_LIMIT || thousandths % 100 != 0) {
		problem_add(problems, node->place, "%s, expected a CVSS score from 0.0 to 10.0", check_found(node));
		return NULL;
	}
	json_t *score = json_integer(thousandths);
	return score ? score : check_out_of_memory(problems);
}

static const struct field ignore_fields[] = {
	{.name = "id", .read = check_text, .required = true, .expected = "a vulnerability such as CVE-2026-1234"},
	{.name = "reason", .read = check_text, .required = true, .expected = "a reason that a reviewer understands"},
	{.name = "expires", .read = check_day, .required = true,
	 .expected = "a day such as 2027-03-31 (it ends at 24:00 UTC of that day)"},
	{.name = NULL},
};
static const struct field ignore_field = {.name = "ignored", .read = check_object, .fields = ignore_fields};

static const struct policy_key severity_key = {.name = "max-severity", .type = KEY_WORD, .words = trust_severity_words};
static const struct policy_key unknown_key = {.name = "unknown", .type = KEY_WORD, .words = trust_unknown_words};

static const struct field vulnerability_fields[] = {
	{.name = "scanner", .read = check_text, .required = true, .expected = "the signer of the scan"},
	{.name = "max-cvss", .read = check_score},
	{.name = "max-severity", .read = check_key, .key = &severity_key},
	{.name = "fixable-only", .read = check_flag},
	{.name = "unknown", .read = check_key, .key = &unknown_key},
	{.name = "max-age", .read = check_duration, .required = true, .expected = "a time such as 7d or 12h"},
	{.name = "vex", .read = check_text},
	{.name = "ignore", .read = check_list, .fields = &ignore_field},
	{.name = NULL},
};

/* `defaults` with what was written in their place; takes it over. */
static json_t *complete(struct problems *problems, json_t *defaults, const json_t *written)
{
	if (!defaults || json_object_update(defaults, (json_t *)(uintptr_t)written) < 0) {
		json_decref(defaults);
		return check_out_of_memory(problems);
	}
	return defaults;
}

static json_t *check_vulnerabilities(struct problems *problems, const struct node *node, const struct field *field)
{
	(void)field;
	cleanup_json json_t *written = check_mapping(problems, node, vulnerability_fields);
	if (!written)
		return NULL;
	if (!check_member(node, "max-cvss") && !check_member(node, "max-severity"))
		problem_add(problems, node->place, "no limit, expected max-cvss or max-severity");
	return complete(problems, json_pack("{s:n,s:n,s:b,s:s,s:n,s:[]}", "max-cvss", "max-severity", "fixable-only", 0,
					    "unknown", "refuse", "vex", "ignore"), written);
}

/* ---- images ---- */

static const struct field pattern_field = {.name = "pattern", .read = check_image_pattern};

static const struct field attestation_fields[] = {
	{.name = "type", .read = check_text, .required = true, .expected = "the predicate's type, a URI"},
	{.name = "signed-by", .read = check_signed_by, .required = true, .expected = "a signer"},
	{.name = NULL},
};
static const struct field attestation_field = {.name = "attestation", .read = check_object,
					       .fields = attestation_fields};

static const struct field image_fields[] = {
	{.name = "match", .read = check_some, .fields = &pattern_field, .required = true,
	 .expected = "a pattern of image names"},
	{.name = "signed-by", .read = check_signed_by},
	{.name = "match-repository", .read = check_flag},
	{.name = "annotations", .read = check_texts},
	{.name = "max-age", .read = check_duration},
	{.name = "attestations", .read = check_list, .fields = &attestation_field},
	{.name = "vulnerabilities", .read = check_vulnerabilities},
	{.name = NULL},
};

/* What is demanded of a signature needs one. */
static void check_signature_keys(struct problems *problems, const struct node *node)
{
	static const char *const of_signature[] = {"match-repository", "annotations"};
	if (check_member(node, "signed-by"))
		return;
	for (size_t i = 0; i < ARRAY_SIZE(of_signature); i++) {
		const struct node *value = check_member(node, of_signature[i]);
		if (value)
			problem_add(problems, value->place, "%s without signed-by, whose signature it is about", of_signature[i]);
	}
}

static json_t *check_image(struct problems *problems, const struct node *node, const struct field *field)
{
	static const char *const demands[] = {"signed-by", "max-age", "attestations", "vulnerabilities"};
	(void)field;
	cleanup_json json_t *written = check_mapping(problems, node, image_fields);
	bool demanding = false;
	if (!written)
		return NULL;
	for (size_t i = 0; i < ARRAY_SIZE(demands); i++) {
		const struct node *demand = check_member(node, demands[i]);
		demanding |= demand && (demand->type != NODE_SEQUENCE || demand->count > 0);
	}
	if (!demanding)
		problem_add(problems, node->place, "an entry that demands nothing, expected signed-by, attestations, "
			    "vulnerabilities or max-age");
	check_signature_keys(problems, node);
	return complete(problems, json_pack("{s:n,s:b,s:{},s:n,s:[],s:n}", "signed-by", "match-repository", 0,
					    "annotations", "max-age", "attestations", "vulnerabilities"), written);
}

json_t *check_images(struct problems *problems, const struct node *node, const struct field *field)
{
	static const struct field image_field = {.name = "image", .read = check_image};
	static const struct field list = {.fields = &image_field};
	(void)field;
	if (node->type == NODE_SEQUENCE && node->count > IMAGES_LIMIT) {
		problem_add(problems, node->place, "%zu entries, expected at most %u", node->count, IMAGES_LIMIT);
		return NULL;
	}
	return check_list(problems, node, &list);
}
