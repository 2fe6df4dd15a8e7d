#include "policy/rules/trust_records.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "policy/base/cleanup.h"
#include "policy/document/document.h"
#include "policy/trust/digest.h"
#include "policy/trust/reference.h"
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

static bool list_fits(const json_t *list)
{
	size_t index;
	json_t *item;
	json_array_foreach((json_t *)(uintptr_t)list, index, item)
		if (json_object_size(item) != 2 || !json_is_integer(json_object_get(item, "record")) ||
		    !texts_fit(json_object_get(item, "match"), reference_pattern_is_valid))
			return false;
	return json_is_array(list);
}

/* The lists of the policy (`whole`: every key) or of a scope (some). */
static int check_lists(const json_t *lists, bool whole, struct error **error)
{
	const json_t *registries = json_object_get(lists, "registries"), *deny = json_object_get(lists, "deny");
	const json_t *images = json_object_get(lists, "images");
	if (registries ? !json_is_null(registries) && !texts_fit(registries, reference_pattern_is_valid) : whole)
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
	    !texts_fit(json_object_get(outline, "wanted"), is_any) || json_object_size(outline) != 6)
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

/* Each entry's record is there and has the patterns that the outline says it has. */
static int verify_images(const struct generation *generation, const json_t *list, size_t *count, struct error **error)
{
	size_t index;
	json_t *item;
	json_array_foreach((json_t *)(uintptr_t)list, index, item)
	{
		cleanup_json json_t *image = NULL;
		int result = trust_records_image(generation, json_integer_value(json_object_get(item, "record")), &image,
						 error);
		if (result < 0)
			return result;
		if (!json_equal(json_object_get(item, "match"), json_object_get(image, "match")))
			return malformed(error, "images");
		(*count)++;
	}
	return 0;
}

static int verify_signers(const struct generation *generation, const json_t *outline, size_t *count,
			  struct error **error)
{
	size_t index;
	json_t *name;
	json_array_foreach(json_object_get(outline, "signers"), index, name)
	{
		cleanup_json json_t *signer = NULL;
		int result = trust_records_signer(generation, json_string_value(name), &signer, error);
		if (result < 0)
			return result;
		(*count)++;
	}
	json_array_foreach(json_object_get(outline, "wanted"), index, name)
		if (!document_has_element(json_object_get(outline, "signers"), name))
			return malformed(error, "wanted");
	return 0;
}

int trust_records_verify(const struct generation *generation, size_t count, struct error **error)
{
	cleanup_json json_t *outline = NULL;
	size_t found = 1;
	int result = trust_records_outline(generation, &outline, error);
	if (result == 0)
		result = verify_images(generation, json_object_get(outline, "images"), &found, error);
	const char *place;
	json_t *scope;
	json_object_foreach(json_object_get(outline, "scopes"), place, scope)
		if (result == 0)
			result = verify_images(generation, json_object_get(scope, "images"), &found, error);
	if (result == 0)
		result = verify_signers(generation, outline, &found, error);
	if (result == 0 && found != count)
		return malformed(error, "outline");
	return result;
}
