#include "policy/trust/settings.h"

#include <errno.h>
#include <string.h>

#include "policy/base/cleanup.h"
#include "policy/base/text.h"
#include "policy/document/document.h"
#include "policy/trust/digest.h"
#include "policy/trust/reference.h"

/* ---- values ---- */

static bool is_text(const json_t *value)
{
	const char *text = document_text(value);
	return text && text[0];
}

static bool is_text_or_null(const json_t *value)
{
	return json_is_null(value) || is_text(value);
}

static bool is_flag(const json_t *value)
{
	return json_is_boolean(value);
}

static bool is_positive(const json_t *value)
{
	return json_is_integer(value) && json_integer_value(value) > 0;
}

static bool is_positive_or_null(const json_t *value)
{
	return json_is_null(value) || is_positive(value);
}

static bool is_score_or_null(const json_t *value)
{
	return json_is_null(value) || (json_is_integer(value) && json_integer_value(value) >= 0 &&
				       json_integer_value(value) <= TRUST_SCORE_LIMIT);
}

static bool is_list_of(const json_t *value, bool (*fits)(const json_t *item))
{
	size_t index;
	json_t *item;
	json_array_foreach((json_t *)(uintptr_t)value, index, item)
		if (!fits(item))
			return false;
	return json_is_array(value);
}

static bool is_pattern(const json_t *value)
{
	return is_text(value) && reference_pattern_is_valid(json_string_value(value));
}

static bool is_digest(const json_t *value)
{
	return digest_is_valid(document_text(value));
}

static bool is_digests(const json_t *value)
{
	return is_list_of(value, is_digest);
}

static bool is_patterns(const json_t *value)
{
	return is_list_of(value, is_pattern) && json_array_size(value) > 0;
}

static bool is_patterns_or_null(const json_t *value)
{
	return json_is_null(value) || is_list_of(value, is_pattern);
}

static bool is_texts(const json_t *value)
{
	return is_list_of(value, is_text) && json_array_size(value) > 0;
}

static bool is_object_of_texts(const json_t *value)
{
	const char *key;
	json_t *text;
	json_object_foreach((json_t *)(uintptr_t)value, key, text)
		if (!document_text(text))
			return false;
	return json_is_object(value);
}

static bool is_object(const json_t *value)
{
	return json_is_object(value);
}

static bool is_list(const json_t *value)
{
	return json_is_array(value);
}

static bool is_object_or_null(const json_t *value)
{
	return json_is_null(value) || json_is_object(value);
}

const char *const trust_unmatched_words[] = {"refuse", "audit", "allow", NULL};
const char *const trust_bind_words[] = {"content", "layers", "digest", NULL};
const char *const trust_severity_words[] = {"none", "low", "medium", "high", "critical", NULL};
const char *const trust_unknown_words[] = {"refuse", "allow", NULL};

static bool is_unmatched(const json_t *value)
{
	return text_is_one_of(document_text(value), trust_unmatched_words);
}

static bool is_bind(const json_t *value)
{
	return text_is_one_of(document_text(value), trust_bind_words);
}

static bool is_severity_or_null(const json_t *value)
{
	return json_is_null(value) || text_is_one_of(document_text(value), trust_severity_words);
}

static bool is_unknown(const json_t *value)
{
	return text_is_one_of(document_text(value), trust_unknown_words);
}

/* ---- objects ---- */

struct rule {
	const char *key; /* NULL ends a table */
	bool (*fits)(const json_t *value);
};

/* Exactly the keys of the table. */
static int check_object(const json_t *object, const char *what, const struct rule *rules, struct error **error)
{
	size_t count = 0;
	if (!json_is_object(object))
		return error_set(error, EINVAL, "the trust settings' part \"%s\" is not an object", what);
	for (; rules[count].key; count++) {
		const json_t *value = json_object_get(object, rules[count].key);
		if (!value || !rules[count].fits(value))
			return error_set(error, EINVAL, "the trust settings' key \"%s\" in \"%s\" is %s", rules[count].key,
					 what, value ? "malformed" : "missing");
	}
	if (json_object_size(object) != count)
		return error_set(error, EINVAL, "the trust settings' part \"%s\" has an unknown key", what);
	return 0;
}

#define VALIDITY {"valid-from", is_positive_or_null}, {"valid-until", is_positive_or_null}, {NULL, NULL}

static const struct signer_rules {
	const char *kind;
	struct rule rules[8];
} signer_rules[] = {
	{"key", {{"kind", is_text}, {"keys", is_texts}, VALIDITY}},
	{"keyless", {{"kind", is_text}, {"identity", is_text}, {"issuer", is_text}, {"trusted-root", is_text}, VALIDITY}},
	{"certificate",
	 {{"kind", is_text}, {"authorities", is_text}, {"identity", is_text}, {"issuer", is_text_or_null}, VALIDITY}},
	{"notation", {{"kind", is_text}, {"authorities", is_text}, {"subject", is_text}, VALIDITY}},
	{"notation-authority", {{"kind", is_text}, {"authorities", is_text}, {"subject", is_text}, VALIDITY}},
};

int trust_settings_check_signer(const json_t *signer, struct error **error)
{
	const char *kind = document_text(json_object_get(signer, "kind"));
	for (size_t i = 0; kind && i < ARRAY_SIZE(signer_rules); i++)
		if (strcmp(kind, signer_rules[i].kind) == 0)
			return check_object(signer, "signers", signer_rules[i].rules, error);
	return error_set(error, EINVAL, "the trust settings have a signer of an unknown kind");
}

static const struct rule signed_by_rules[] = {{"at-least", is_positive}, {"of", is_texts}, {NULL, NULL}};

static bool has_twice(const json_t *list)
{
	size_t index;
	json_t *item;
	json_array_foreach((json_t *)(uintptr_t)list, index, item)
		for (size_t i = 0; i < index; i++)
			if (json_equal(json_array_get(list, i), item))
				return true;
	return false;
}

int trust_settings_check_signed_by(const json_t *signed_by, struct error **error)
{
	int result = check_object(signed_by, "signed-by", signed_by_rules, error);
	const json_t *of = json_object_get(signed_by, "of");
	if (result < 0)
		return result;
	if (json_integer_value(json_object_get(signed_by, "at-least")) > (json_int_t)json_array_size(of) || has_twice(of))
		return error_set(error, EINVAL, "the trust settings' part \"signed-by\" asks for more signers than it names");
	return 0;
}

static const struct rule ignore_rules[] = {
	{"id", is_text}, {"reason", is_text}, {"expires", is_positive}, {NULL, NULL}};

static const struct rule vulnerability_rules[] = {
	{"scanner", is_text},      {"max-cvss", is_score_or_null}, {"max-severity", is_severity_or_null},
	{"fixable-only", is_flag}, {"unknown", is_unknown},	   {"max-age", is_positive},
	{"vex", is_text_or_null},  {"ignore", is_list},		   {NULL, NULL},
};

static int check_vulnerabilities(const json_t *settings, struct error **error)
{
	int result = check_object(settings, "vulnerabilities", vulnerability_rules, error);
	if (result == 0 && json_is_null(json_object_get(settings, "max-cvss")) &&
	    json_is_null(json_object_get(settings, "max-severity")))
		return error_set(error, EINVAL, "the trust settings' part \"vulnerabilities\" has no limit");
	size_t index;
	json_t *ignored;
	json_array_foreach(json_object_get(settings, "ignore"), index, ignored)
		if (result == 0)
			result = check_object(ignored, "ignore", ignore_rules, error);
	return result;
}

static const struct rule attestation_rules[] = {{"type", is_text}, {"signed-by", is_object}, {NULL, NULL}};

static const struct rule image_rules[] = {
	{"match", is_patterns},		      {"signed-by", is_object_or_null}, {"match-repository", is_flag},
	{"annotations", is_object_of_texts},  {"max-age", is_positive_or_null}, {"attestations", is_list},
	{"vulnerabilities", is_object_or_null}, {NULL, NULL},
};

int trust_settings_check_image(const json_t *image, struct error **error)
{
	int result = check_object(image, "images", image_rules, error);
	const json_t *signed_by = json_object_get(image, "signed-by");
	const json_t *vulnerabilities = json_object_get(image, "vulnerabilities");
	const json_t *attestations = json_object_get(image, "attestations");
	if (result == 0 && json_is_object(signed_by))
		result = trust_settings_check_signed_by(signed_by, error);
	if (result == 0 && json_is_object(vulnerabilities))
		result = check_vulnerabilities(vulnerabilities, error);
	for (size_t i = 0; result == 0 && i < json_array_size(attestations); i++) {
		const json_t *attestation = json_array_get(attestations, i);
		result = check_object(attestation, "attestations", attestation_rules, error);
		if (result == 0)
			result = trust_settings_check_signed_by(json_object_get(attestation, "signed-by"), error);
	}
	return result;
}

static const struct rule settings_rules[] = {
	{"unmatched", is_unmatched}, {"bind", is_bind},			  {"empty-upper", is_flag},
	{"require-digest", is_flag}, {"registries", is_patterns_or_null}, {"deny", is_digests},
	{"signers", is_object},	     {"images", is_list},		  {"wanted", is_flag},
	{NULL, NULL},
};

/* Whoever an entry names has to be among the signers. */
static int check_names(const json_t *image, const json_t *signers, struct error **error)
{
	cleanup_json json_t *names = json_array();
	if (!names || trust_settings_names(image, names) < 0)
		return error_out_of_memory(error);
	size_t index;
	json_t *name;
	json_array_foreach(names, index, name)
		if (!json_object_get(signers, json_string_value(name)))
			return error_set(error, EINVAL, "the trust settings name a signer that they do not have");
	return 0;
}

static int check_group(const json_t *group, const json_t *signers, struct error **error)
{
	size_t index;
	json_t *image;
	if (!json_is_array(group))
		return error_set(error, EINVAL, "the trust settings' key \"images\" is malformed");
	json_array_foreach((json_t *)(uintptr_t)group, index, image)
	{
		int result = trust_settings_check_image(image, error);
		if (result == 0)
			result = check_names(image, signers, error);
		if (result < 0)
			return result;
	}
	return 0;
}

int trust_settings_check(const json_t *settings, struct error **error)
{
	int result = check_object(settings, "trust", settings_rules, error);
	const json_t *signers = json_object_get(settings, "signers"), *groups = json_object_get(settings, "images");
	const char *name;
	json_t *signer;
	json_object_foreach((json_t *)(uintptr_t)signers, name, signer)
		if (result == 0)
			result = trust_settings_check_signer(signer, error);
	for (size_t i = 0; result == 0 && i < json_array_size(groups); i++)
		result = check_group(json_array_get(groups, i), signers, error);
	return result;
}
