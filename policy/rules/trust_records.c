#include "policy/rules/trust_records.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "policy/base/cleanup.h"
#include "policy/document/document.h"
#include "policy/rules/generation_format.h"
#include "policy/trust/digest.h"
#include "policy/trust/settings.h"

static int malformed(struct error **error, const char *what)
{
	return error_set(error, EINVAL, "the compiled policy's part \"trust/%s\" is malformed", what);
}

static bool texts_fit(const json_t *list, bool (*fits)(const char *text))
{
	size_t index;
	json_t *item;
	json_array_foreach((json_t *)(uintptr_t)list, index, item)
		if (!document_text(item) || !fits(document_text(item)))
			return false;
	return json_is_array(list);
}

static bool is_any(const char *text)
{
	return text[0] != '\0';
}

static bool is_pattern_or_list(const json_t *match)
{
	return json_is_string(match) || texts_fit(match, is_any);
}

static bool list_fits(const json_t *list)
{
	const json_t *first = json_object_get(list, "first"), *match = json_object_get(list, "match");
	size_t index;
	json_t *item;
	json_array_foreach((json_t *)(uintptr_t)match, index, item)
		if (!is_pattern_or_list(item))
			return false;
	return json_object_size(list) == 2 && json_is_array(match) && json_is_integer(first) &&
	       json_integer_value(first) >= 0 && json_integer_value(first) <= (json_int_t)GENERATION_TRUST_LIMIT;
}

static bool wanted_fits(const json_t *wanted)
{
	const char *name;
	json_t *patterns;
	json_object_foreach((json_t *)(uintptr_t)wanted, name, patterns)
		if (!json_is_null(patterns) && !texts_fit(patterns, is_any))
			return false;
	return json_is_object(wanted);
}

size_t trust_list_count(const json_t *list)
{
	return json_array_size(json_object_get(list, "match"));
}

json_int_t trust_list_record(const json_t *list, size_t index)
{
	return json_integer_value(json_object_get(list, "first")) + (json_int_t)index;
}

bool trust_list_matches(const json_t *list, size_t index, const struct reference *name)
{
	const json_t *match = json_array_get(json_object_get(list, "match"), index);
	size_t i;
	json_t *pattern;
	if (json_is_string(match))
		return reference_matches(name, json_string_value(match));
	json_array_foreach((json_t *)(uintptr_t)match, i, pattern)
		if (reference_matches(name, json_string_value(pattern)))
			return true;
	return false;
}

/* The lists of the policy (`whole`: every key) or of a scope (some). */
static int check_lists(const json_t *lists, bool whole, struct error **error)
{
	const json_t *registries = json_object_get(lists, "registries"), *deny = json_object_get(lists, "deny");
	const json_t *images = json_object_get(lists, "images");
	if (registries ? !json_is_null(registries) && !texts_fit(registries, is_any) : whole)
		return malformed(error, "registries");
	if (deny ? !texts_fit(deny, digest_is_valid) : whole)
		return malformed(error, "deny");
	if (images ? !list_fits(images) : whole)
		return malformed(error, "images");
	if (!json_is_object(lists) || (!whole && json_object_size(lists) != (size_t)!!registries + !!deny + !!images))
		return malformed(error, "scopes");
	return 0;
}

static int check_outline(const json_t *outline, struct error **error)
{
	const json_t *scopes = json_object_get(outline, "scopes");
	int result = check_lists(outline, true, error);
	const char *place;
	json_t *scope;
	json_object_foreach((json_t *)(uintptr_t)scopes, place, scope)
		if (result == 0)
			result = check_lists(scope, false, error);
	if (result < 0)
		return result;
	if (!json_is_object(scopes) || !texts_fit(json_object_get(outline, "signers"), is_any) ||
	    !wanted_fits(json_object_get(outline, "wanted")) || json_object_size(outline) != 6)
		return malformed(error, "outline");
	return 0;
}

int trust_records_outline(const struct generation *generation, json_t **ret_outline, struct error **error)
{
	cleanup_json json_t *outline = NULL;
	int result = generation_trust(generation, "outline", &outline, error);
	if (result == 0)
		result = check_outline(outline, error);
	if (result == 0)
		*ret_outline = take_pointer(outline);
	return result;
}

int trust_records_image(const struct generation *generation, json_int_t number, json_t **ret_image,
			struct error **error)
{
	char name[64];
	cleanup_json json_t *image = NULL;
	(void)snprintf(name, sizeof(name), "image %lld", (long long)number);
	int result = generation_trust(generation, name, &image, error);
	if (result == 0)
		result = trust_settings_check_image(image, error);
	if (result == 0)
		*ret_image = take_pointer(image);
	return result;
}

int trust_records_signer(const struct generation *generation, const char *name, json_t **ret_signer,
			 struct error **error)
{
	cleanup_free char *record = NULL;
	cleanup_json json_t *signer = NULL;
	if (asprintf(&record, "signer %s", name) < 0) {
		record = NULL;
		return error_out_of_memory(error);
	}
	int result = generation_trust(generation, record, &signer, error);
	if (result == 0)
		result = trust_settings_check_signer(signer, error);
	if (result == 0)
		*ret_signer = take_pointer(signer);
	return result;
}

/* Each entry's record is there and has the patterns that the outline says it has; the
 * record's are checked. */
static int verify_images(const struct generation *generation, const json_t *list, size_t *count, struct error **error)
{
	for (size_t i = 0; i < trust_list_count(list); i++) {
		const json_t *match = json_array_get(json_object_get(list, "match"), i);
		cleanup_json json_t *image = NULL;
		int result = trust_records_image(generation, trust_list_record(list, i), &image, error);
		if (result < 0)
			return result;
		const json_t *own = json_object_get(image, "match");
		bool alone = json_array_size(own) == 1 && json_equal(json_array_get(own, 0), match);
		if (!alone && !json_equal(own, match))
			return malformed(error, "images");
		(*count)++;
	}
	return 0;
}

static int verify_lists(const struct generation *generation, const json_t *lists, size_t *count, struct error **error)
{
	const json_t *registries = json_object_get(lists, "registries");
	if (json_is_array(registries) && !texts_fit(registries, reference_pattern_is_valid))
		return malformed(error, "registries");
	return verify_images(generation, json_object_get(lists, "images"), count, error);
}

static int verify_signers(const struct generation *generation, const json_t *outline, size_t *count,
			  struct error **error)
{
	size_t index;
	json_t *name, *patterns;
	json_array_foreach(json_object_get(outline, "signers"), index, name)
	{
		cleanup_json json_t *signer = NULL;
		int result = trust_records_signer(generation, json_string_value(name), &signer, error);
		if (result < 0)
			return result;
		(*count)++;
	}
	const char *wanted;
	json_object_foreach(json_object_get(outline, "wanted"), wanted, patterns)
	{
		cleanup_json json_t *text = json_string(wanted);
		if (!document_has_element(json_object_get(outline, "signers"), text) ||
		    (json_is_array(patterns) && !texts_fit(patterns, reference_pattern_is_valid)))
			return malformed(error, "wanted");
	}
	return 0;
}

int trust_records_verify(const struct generation *generation, size_t count, struct error **error)
{
	cleanup_json json_t *outline = NULL;
	size_t found = 1;
	int result = trust_records_outline(generation, &outline, error);
	if (result == 0)
		result = verify_lists(generation, outline, &found, error);
	const char *place;
	json_t *scope;
	json_object_foreach(json_object_get(outline, "scopes"), place, scope)
		if (result == 0)
			result = verify_lists(generation, scope, &found, error);
	if (result == 0)
		result = verify_signers(generation, outline, &found, error);
	if (result == 0 && found != count)
		return malformed(error, "outline");
	return result;
}
