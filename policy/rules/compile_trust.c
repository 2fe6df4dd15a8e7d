#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "policy/base/cleanup.h"
#include "policy/base/text.h"
#include "policy/document/document.h"
#include "policy/rules/compile_parts.h"
#include "policy/rules/order.h"
#include "policy/rules/trust_records.h"
#include "policy/trust/digest.h"
#include "policy/trust/settings.h"

/* Takes over `value`. */
static int set(json_t *object, const char *key, json_t *value)
{
	return json_object_set_new(object, key, value);
}

/* ---- what a layer says, on top of those below it ---- */

static int unite(json_t *into, const json_t *more)
{
	size_t index;
	json_t *item;
	json_array_foreach((json_t *)(uintptr_t)more, index, item)
		if (!document_has_element(into, item) && json_array_append(into, item) < 0)
			return -1;
	return 0;
}

int compile_trust_merge(json_t *trust, const json_t *own)
{
	const char *key;
	json_t *value;
	json_object_foreach((json_t *)(uintptr_t)own, key, value)
	{
		json_t *held = json_object_get(trust, key);
		int result = 0;
		if (held && strcmp(key, "signers") == 0)
			result = json_object_update(held, value);
		else if (held && strcmp(key, "deny") == 0)
			result = unite(held, value);
		else
			result = set(trust, key, json_deep_copy(value));
		if (result < 0)
			return -1;
	}
	return 0;
}

json_t *compile_trust_scalars(const json_t *trust)
{
	cleanup_json json_t *scalars = json_object();
	for (const struct policy_key *key = order_trust_keys; key->type != KEY_END; key++) {
		json_t *value = json_object_get(trust, key->name);
		if (json_object_set_new(scalars, key->name, value ? json_incref(value) : key_fallback(key)) < 0)
			return NULL;
	}
	const char *unmatched = order_trust_keys[ORDER_TRUST_UNMATCHED].name;
	if (!json_object_get(trust, unmatched) && json_object_size(json_object_get(trust, "signers")) > 0 &&
	    json_object_set_new(scalars, unmatched, json_string("refuse")) < 0)
		return NULL;
	return take_pointer(scalars);
}

/* ---- the records ---- */

struct trust {
	json_t *records; /* trust_records.h, by name */
	json_t *names;   /* the signers that are spoken of */
	json_int_t images;
};

static json_t *shortest(const json_t *match)
{
	const json_t *short_form = json_array_size(match) == 1 ? json_array_get(match, 0) : match;
	return json_incref((json_t *)(uintptr_t)short_form);
}

/* IMAGEs → the outline's LIST, and a record for each. */
static json_t *list_images(struct trust *trust, const json_t *images)
{
	cleanup_json json_t *list = json_pack("{s:I,s:[]}", "first", trust->images, "match");
	size_t index;
	json_t *image;
	json_array_foreach((json_t *)(uintptr_t)images, index, image)
	{
		char name[64];
		json_t *match = json_object_get(list, "match");
		(void)snprintf(name, sizeof(name), "image %lld", (long long)trust->images++);
		if (json_object_set(trust->records, name, image) < 0 || trust_settings_names(image, trust->names) < 0 ||
		    json_array_append_new(match, shortest(json_object_get(image, "match"))) < 0)
			return NULL;
	}
	return take_pointer(list);
}

/* "**" allows what has no name, too. */
static json_t *registries_of(const json_t *written)
{
	size_t index;
	json_t *pattern;
	json_array_foreach((json_t *)(uintptr_t)written, index, pattern)
		if (strcmp(json_string_value(pattern), "**") == 0)
			return json_null();
	return written ? json_incref((json_t *)(uintptr_t)written) : json_null();
}

/* Takes the lists out of a scope's trust, which keeps what is cheap, and a word on each
 * list: does it ask for anything? */
static json_t *take_lists(struct trust *trust, json_t *own)
{
	cleanup_json json_t *lists = json_object();
	const json_t *registries = json_object_get(own, "registries"), *images = json_object_get(own, "images");
	json_t *deny = json_object_get(own, "deny");
	if ((registries && set(lists, "registries", registries_of(registries)) < 0) ||
	    (images && set(lists, "images", list_images(trust, images)) < 0) ||
	    (deny && json_object_set(lists, "deny", deny) < 0))
		return NULL;
	if ((registries &&
	     set(own, "registries", json_boolean(json_is_array(json_object_get(lists, "registries")))) < 0) ||
	    (images && set(own, "images", json_boolean(trust_list_count(json_object_get(lists, "images")))) < 0) ||
	    (deny && set(own, "others", json_true()) < 0))
		return NULL;
	(void)json_object_del(own, "deny");
	return take_pointer(lists);
}

static json_t *take_scopes(struct trust *trust, json_t *scopes)
{
	cleanup_json json_t *all = json_object();
	size_t index;
	json_t *scope;
	json_array_foreach(scopes, index, scope)
	{
		char place[32];
		json_t *own = json_object_get(scope, "trust");
		(void)snprintf(place, sizeof(place), "%zu", index);
		if (own && set(all, place, take_lists(trust, own)) < 0)
			return NULL;
	}
	return take_pointer(all);
}

static int add_signers(struct trust *trust, const json_t *signers)
{
	size_t index;
	json_t *name;
	json_array_foreach(trust->names, index, name)
	{
		cleanup_free char *record = NULL;
		json_t *signer = json_object_get(signers, json_string_value(name));
		if (asprintf(&record, "signer %s", json_string_value(name)) < 0) {
			record = NULL;
			return -1;
		}
		if (json_object_set(trust->records, record, signer) < 0)
			return -1;
	}
	return 0;
}

static int add_wanted(json_t *names, const json_t *wanted)
{
	const char *name;
	json_t *patterns;
	json_object_foreach((json_t *)(uintptr_t)wanted, name, patterns)
	{
		cleanup_json json_t *text = json_string(name);
		if (!text || (!document_has_element(names, text) && json_array_append(names, text) < 0))
			return -1;
	}
	return 0;
}

static json_t *list_or_empty(const json_t *list)
{
	return list ? json_incref((json_t *)(uintptr_t)list) : json_array();
}

static int fill_records(struct trust *trust, const json_t *written, const json_t *wanted, json_t *scopes)
{
	cleanup_json json_t *outline =
		json_pack("{s:o,s:o,s:o,s:o,s:O}", "registries", registries_of(json_object_get(written, "registries")), "deny",
			  list_or_empty(json_object_get(written, "deny")), "images",
			  list_images(trust, json_object_get(written, "images")), "scopes", take_scopes(trust, scopes), "wanted",
			  wanted);
	if (!outline || add_wanted(trust->names, wanted) < 0 || json_object_set(outline, "signers", trust->names) < 0 ||
	    add_signers(trust, json_object_get(written, "signers")) < 0)
		return -1;
	return json_object_set(trust->records, "outline", outline);
}

/* ---- what stands in the base ---- */

/* The settings' name: whatever is changed in them, in a scope or in a key's file, it is
 * another one. */
static json_t *identity_of(const json_t *records, const json_t *scalars, const json_t *scopes)
{
	char digest[DIGEST_LENGTH + 1];
	cleanup_json json_t *all = json_pack("[O,O,O]", records, scalars, scopes);
	cleanup_free char *text = document_dump(all, JSON_COMPACT | JSON_SORT_KEYS);
	if (!text)
		return NULL;
	digest_of(text, strlen(text), digest);
	return json_string(digest);
}

static bool is_needed(const json_t *scalars, const json_t *outline)
{
	for (const struct policy_key *key = order_trust_keys; key->type != KEY_END; key++) {
		cleanup_json json_t *fallback = key_fallback(key);
		if (!json_equal(json_object_get(scalars, key->name), fallback))
			return true;
	}
	return json_is_array(json_object_get(outline, "registries")) || json_array_size(json_object_get(outline, "deny")) ||
	       trust_list_count(json_object_get(outline, "images")) ||
	       json_object_size(json_object_get(outline, "wanted")) ||
	       json_object_size(json_object_get(outline, "scopes"));
}

json_t *compile_trust(const json_t *written, const json_t *wanted, json_t *scopes, json_t **ret_records)
{
	cleanup_json json_t *records = json_object(), *names = json_array();
	struct trust trust = {.records = records, .names = names};
	cleanup_json json_t *base = compile_trust_scalars(written);
	if (!records || !names || !base || fill_records(&trust, written, wanted, scopes) < 0)
		return NULL;
	const json_t *outline = json_object_get(records, "outline");
	if (!is_needed(base, outline))
		return json_null();
	bool others = json_array_size(json_object_get(outline, "deny")) || json_object_size(wanted);
	if (set(base, "registries", json_boolean(json_is_array(json_object_get(outline, "registries")))) < 0 ||
	    set(base, "images", json_boolean(trust_list_count(json_object_get(outline, "images")))) < 0 ||
	    set(base, "others", json_boolean(others)) < 0 ||
	    set(base, "identity", identity_of(records, base, scopes)) < 0)
		return NULL;
	*ret_records = take_pointer(records);
	return take_pointer(base);
}
