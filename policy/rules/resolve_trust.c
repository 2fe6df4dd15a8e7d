#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "policy/base/cleanup.h"
#include "policy/base/text.h"
#include "policy/document/document.h"
#include "policy/rules/resolve_parts.h"
#include "policy/rules/trust_records.h"
#include "policy/trust/digest.h"
#include "policy/trust/reference.h"
#include "policy/trust/settings.h"

_Static_assert(sizeof(((struct policy_trust *)NULL)->identity) == DIGEST_LENGTH + 1, "a digest's length");

#define WAY_OUT " (go back with `hardenctl policy rollback`, or compile it anew with `hardenctl policy apply`)"

/* ---- which scopes speak of trust for this container, and the values that come out ---- */

struct speaker {
	size_t place; /* in the base's list */
	enum selection selection;
	const json_t *trust; /* borrowed */
};

struct speakers {
	struct speaker *list; /* owned; those that the engine's attributes select come first */
	size_t count;
	json_t *scalars; /* owned: every key of order_trust_keys */
};

static void speakers_release(struct speakers *speakers)
{
	free(speakers->list);
	json_decref(speakers->scalars);
}

static int find_speakers(const json_t *scopes, const struct facts *facts, struct speakers *speakers,
			 struct error **error)
{
	static const enum selection rounds[] = {SELECTED_BY_ENGINE, SELECTED_BY_USER};
	speakers->list = calloc(json_array_size(scopes) + 1, sizeof(*speakers->list));
	if (!speakers->list)
		return error_out_of_memory(error);
	for (size_t round = 0; round < ARRAY_SIZE(rounds); round++)
		for (size_t i = 0; i < json_array_size(scopes); i++) {
			const json_t *scope = json_array_get(scopes, i), *trust = json_object_get(scope, "trust");
			if (trust && selector_match(json_object_get(scope, "for"), facts) == rounds[round])
				speakers->list[speakers->count++] = (struct speaker){i, rounds[round], trust};
		}
	return 0;
}

static int merge_key(const struct speakers *speakers, const struct policy_key *key, struct error **error)
{
	bool first = true;
	for (size_t i = 0; i < speakers->count; i++) {
		const struct speaker *speaker = &speakers->list[i];
		const json_t *wanted = json_object_get(speaker->trust, key->name);
		if (!wanted)
			continue;
		int result = resolve_put(speakers->scalars, key, wanted, speaker->selection, first, error);
		if (result < 0)
			return result;
		first = false;
	}
	return 0;
}

/* `trust`: the base's. */
static int gather(const struct policy *policy, const json_t *trust, const struct facts *facts,
		  struct speakers *ret_speakers, struct error **error)
{
	int result = find_speakers(json_object_get(policy->base, "scopes"), facts, ret_speakers, error);
	ret_speakers->scalars = json_object();
	for (const struct policy_key *key = order_trust_keys; result == 0 && key->type != KEY_END; key++) {
		if (json_object_set(ret_speakers->scalars, key->name, json_object_get(trust, key->name)) < 0)
			return error_out_of_memory(error);
		result = merge_key(ret_speakers, key, error);
	}
	return result;
}

static bool is_asked(const struct speakers *speakers, const json_t *trust, const char *key)
{
	bool asked = json_is_true(json_object_get(trust, key)), replaced = false;
	for (size_t i = 0; i < speakers->count; i++) {
		const struct speaker *speaker = &speakers->list[i];
		const json_t *own = json_object_get(speaker->trust, key);
		if (!own)
			continue;
		bool replaces = !replaced && speaker->selection == SELECTED_BY_ENGINE && strcmp(key, "others") != 0;
		asked = json_is_true(own) || (asked && !replaces);
		replaced |= replaces;
	}
	return asked;
}

/* ---- policy_trust_outline() ---- */

static const char *word_of(const struct policy_key *key, const json_t *scalars)
{
	const char *word = json_string_value(json_object_get(scalars, key->name));
	for (const char *const *at = key->words; *at; at++)
		if (text_equal(*at, word))
			return *at;
	return key->words[0];
}

static int fill_outline(const struct speakers *speakers, const json_t *trust, struct policy_trust *ret_trust,
			struct error **error)
{
	const json_t *scalars = speakers->scalars;
	struct policy_trust made = {
		.unmatched = word_of(&order_trust_keys[ORDER_TRUST_UNMATCHED], scalars),
		.bind = word_of(&order_trust_keys[ORDER_TRUST_BIND], scalars),
		.empty_upper = json_is_true(json_object_get(scalars, "empty-upper")),
		.require_digest = json_is_true(json_object_get(scalars, "require-digest")),
		.others = is_asked(speakers, trust, "others"),
	};
	made.ask = strcmp(made.unmatched, "refuse") == 0 || made.empty_upper || made.require_digest ||
		   is_asked(speakers, trust, "registries") || is_asked(speakers, trust, "images") ||
		   made.others;
	cleanup_text struct text identity = {0};
	text_append(&identity, json_string_value(json_object_get(trust, "identity")));
	for (size_t i = 0; i < speakers->count; i++)
		text_append_format(&identity, " %c%zu", speakers->list[i].selection == SELECTED_BY_ENGINE ? 'e' : 'u',
				   speakers->list[i].place);
	if (identity.failed)
		return error_out_of_memory(error);
	digest_of(identity.data, identity.length, made.identity);
	*ret_trust = made;
	return 0;
}

int policy_trust_outline(const struct policy *policy, const struct facts *facts, struct policy_trust *ret_trust,
			 struct error **error)
{
	const json_t *trust = json_object_get(policy->base, "trust");
	struct speakers speakers __attribute__((cleanup(speakers_release))) = {0};
	if (json_is_null(trust)) {
		*ret_trust = (struct policy_trust){.unmatched = "audit", .bind = "layers"};
		return 0;
	}
	int result = gather(policy, trust, facts, &speakers, error);
	return result < 0 ? result : fill_outline(&speakers, trust, ret_trust, error);
}

/* ---- policy_trust() ---- */

struct reading {
	const struct generation *generation;
	const struct reference *name; /* NULL: not known, so that every entry may be meant */
	json_t *outline;              /* owned */
	json_t *names;                /* owned: of the signers that are needed */
	json_t *settings;             /* owned: what comes out */
};

static void reading_release(struct reading *reading)
{
	json_decref(reading->outline);
	json_decref(reading->names);
	json_decref(reading->settings);
}

/* A group of those entries that fit the image's name. */
static int add_group(struct reading *reading, const json_t *list, struct error **error)
{
	json_t *group = json_array();
	if (json_array_append_new(json_object_get(reading->settings, "images"), group) < 0)
		return error_out_of_memory(error);
	for (size_t i = 0; i < trust_list_count(list); i++) {
		json_t *image = NULL;
		if (reading->name && !trust_list_matches(list, i, reading->name))
			continue;
		int result = trust_records_image(reading->generation, trust_list_record(list, i), &image, error);
		if (result < 0)
			return result;
		if (json_array_append_new(group, image) < 0 || trust_settings_names(image, reading->names) < 0)
			return error_out_of_memory(error);
	}
	return 0;
}

static const json_t *lists_of(const struct reading *reading, const struct speaker *speaker)
{
	char place[32];
	(void)snprintf(place, sizeof(place), "%zu", speaker->place);
	return json_object_get(json_object_get(reading->outline, "scopes"), place);
}

/* The groups of the scopes that the engine's attributes select take the base's place. */
static int add_groups(struct reading *reading, const struct speakers *speakers, struct error **error)
{
	const json_t *base = json_object_get(reading->outline, "images");
	int result = 0;
	bool replaced = trust_list_count(base) == 0;
	for (size_t i = 0; result == 0 && i < speakers->count; i++) {
		const json_t *images = json_object_get(lists_of(reading, &speakers->list[i]), "images");
		replaced |= images && speakers->list[i].selection == SELECTED_BY_ENGINE;
		result = images ? add_group(reading, images, error) : 0;
	}
	return result < 0 || replaced ? result : add_group(reading, base, error);
}

static const struct policy_key registries_key = {.name = "registries", .type = KEY_LIST, .order = ORDER_FEWER};

/* Null, any registry, is looser than every list. */
static int add_registries(struct reading *reading, const struct speakers *speakers, struct error **error)
{
	json_t *settings = reading->settings;
	int result = json_object_set(settings, "registries", json_object_get(reading->outline, "registries"));
	bool first = true;
	for (size_t i = 0; result == 0 && i < speakers->count; i++) {
		json_t *wanted = json_object_get(lists_of(reading, &speakers->list[i]), "registries");
		const json_t *held = json_object_get(settings, "registries");
		if (!wanted)
			continue;
		bool replaces = first && speakers->list[i].selection == SELECTED_BY_ENGINE;
		first = false;
		if (replaces || json_is_null(held))
			result = json_object_set(settings, "registries", wanted);
		else if (!json_is_null(wanted))
			result = json_object_set_new(settings, "registries", order_tighter(&registries_key, held, wanted));
	}
	return result < 0 ? error_out_of_memory(error) : 0;
}

static int add_denied(struct reading *reading, const struct speakers *speakers, struct error **error)
{
	json_t *deny = json_copy(json_object_get(reading->outline, "deny"));
	if (json_object_set_new(reading->settings, "deny", deny) < 0)
		return error_out_of_memory(error);
	for (size_t i = 0; i < speakers->count; i++) {
		json_t *more = json_object_get(lists_of(reading, &speakers->list[i]), "deny");
		if (more && json_array_extend(deny, more) < 0)
			return error_out_of_memory(error);
	}
	return 0;
}

/* An exception that is for some images alone does not hold for one without a name. */
static bool is_wanted(const struct reading *reading, const json_t *patterns)
{
	size_t index;
	json_t *pattern;
	json_array_foreach((json_t *)(uintptr_t)patterns, index, pattern)
		if (reading->name && reference_matches(reading->name, json_string_value(pattern)))
			return true;
	return json_is_null(patterns);
}

/* Those of the exceptions that may hold. */
static int add_wanted(struct reading *reading, struct error **error)
{
	bool wanted = false;
	const char *name;
	json_t *patterns;
	json_object_foreach(json_object_get(reading->outline, "wanted"), name, patterns)
	{
		cleanup_json json_t *text = json_string(name);
		if (!is_wanted(reading, patterns))
			continue;
		wanted = true;
		if (!text || (!document_has_element(reading->names, text) && json_array_append(reading->names, text) < 0))
			return error_out_of_memory(error);
	}
	return json_object_set_new(reading->settings, "wanted", json_boolean(wanted)) < 0 ? error_out_of_memory(error) : 0;
}

static int add_signers(struct reading *reading, struct error **error)
{
	json_t *signers = json_object_get(reading->settings, "signers");
	size_t index;
	json_t *name;
	json_array_foreach(reading->names, index, name)
	{
		json_t *signer = NULL;
		int result = trust_records_signer(reading->generation, json_string_value(name), &signer, error);
		if (result < 0)
			return result;
		if (json_object_set_new(signers, json_string_value(name), signer) < 0)
			return error_out_of_memory(error);
	}
	return 0;
}

static int read_settings(struct reading *reading, const struct speakers *speakers, struct error **error)
{
	int result = trust_records_outline(reading->generation, &reading->outline, error);
	if (result == 0)
		result = add_groups(reading, speakers, error);
	if (result == 0)
		result = add_registries(reading, speakers, error);
	if (result == 0)
		result = add_denied(reading, speakers, error);
	if (result == 0)
		result = add_wanted(reading, error);
	if (result == 0)
		result = add_signers(reading, error);
	return result < 0 ? result : trust_settings_check(reading->settings, error);
}

static int settings_of_nothing(json_t **ret_settings, struct error **error)
{
	*ret_settings = json_pack("{s:s,s:s,s:b,s:b,s:n,s:[],s:{},s:[],s:b}", "unmatched", "audit", "bind", "layers",
				  "empty-upper", 0, "require-digest", 0, "registries", "deny", "signers", "images", "wanted", 0);
	return *ret_settings ? 0 : error_out_of_memory(error);
}

int policy_trust(const struct policy *policy, const struct facts *facts, json_t **ret_settings, struct error **error)
{
	const json_t *trust = json_object_get(policy->base, "trust");
	struct speakers speakers __attribute__((cleanup(speakers_release))) = {0};
	struct reading reading __attribute__((cleanup(reading_release))) = {.generation = policy->generation};
	cleanup_reference struct reference name = {0};
	if (json_is_null(trust))
		return settings_of_nothing(ret_settings, error);
	if (!policy->generation)
		return error_set(error, EINVAL, "the built-in policy asks for trust, but has no records of it");
	int result = gather(policy, trust, facts, &speakers, error);
	if (result < 0)
		return result;
	if (facts->image.value && reference_parse(facts->image.value, &name, NULL) == 0)
		reading.name = &name;
	reading.names = json_array();
	reading.settings = json_copy(speakers.scalars);
	if (!reading.names || json_object_set_new(reading.settings, "images", json_array()) < 0 ||
	    json_object_set_new(reading.settings, "signers", json_object()) < 0)
		return error_out_of_memory(error);
	if (read_settings(&reading, &speakers, error) < 0)
		return error_prefix(error, "the policy's trust settings" WAY_OUT);
	*ret_settings = json_incref(reading.settings);
	return 0;
}
