#include "policy/rules/order.h"

#include <string.h>

#include "policy/base/cleanup.h"
#include "policy/controls/control.h"
#include "policy/document/document.h"
#include "policy/trust/settings.h"

static const char *const mode_words[] = {"enforce", "audit", NULL};
static const char *const exec_words[] = {"refuse", "hold", "audit", NULL};
static const char *const unknown_words[] = {"refuse", "hold", NULL};

const struct policy_key order_action_key = {
	.name = "action",
	.type = KEY_WORD,
	.order = ORDER_WORDS,
	.words = action_words,
	.help = "What is done about a finding",
};

const struct policy_key order_mode_key = {
	.name = "mode",
	.type = KEY_WORD,
	.order = ORDER_WORDS,
	.words = mode_words,
	.fallback = "\"enforce\"",
	.help = "enforce, or audit: log what enforce would do, change and refuse nothing",
};

const struct policy_key order_exec_keys[] = {
	{
		.name = "action",
		.type = KEY_WORD,
		.order = ORDER_WORDS,
		.words = exec_words,
		.fallback = "\"hold\"",
		.help = "hold exec to what the container was started with, refuse it, or let it have what it asks for "
			"and log that",
	},
	{
		.name = "unknown-containers",
		.type = KEY_WORD,
		.order = ORDER_WORDS,
		.words = unknown_words,
		.fallback = "\"hold\"",
		.help = "the same for containers that were not started by oci-harden",
	},
	{.type = KEY_END},
};

const struct policy_key order_trust_keys[] = {
	[ORDER_TRUST_UNMATCHED] = {
		.name = "unmatched",
		.type = KEY_WORD,
		.order = ORDER_WORDS,
		.words = trust_unmatched_words,
		.fallback = "\"audit\"",
		.help = "An image that no entry of images names: refuse it, let it run and log that, or let it run. Refuse "
			"is the default as soon as the policy names a signer",
	},
	[ORDER_TRUST_BIND] = {
		.name = "bind",
		.type = KEY_WORD,
		.order = ORDER_WORDS,
		.words = trust_bind_words,
		.fallback = "\"layers\"",
		.help = "How a verified image is bound to what is mounted: by the layers' content, by which layers are "
			"mounted, or by the digest in the engine's store alone",
	},
	[ORDER_TRUST_EMPTY_UPPER] = {
		.name = "empty-upper",
		.type = KEY_FLAG,
		.order = ORDER_TRUE,
		.fallback = "false",
		.help = "Nothing may have been put into a container (docker cp) before it starts for the first time",
	},
	[ORDER_TRUST_REQUIRE_DIGEST] = {
		.name = "require-digest",
		.type = KEY_FLAG,
		.order = ORDER_TRUE,
		.fallback = "false",
		.help = "The image has to be named by its digest (NAME@sha256:…)",
	},
	{.type = KEY_END},
};

const struct policy_key *order_key_of(const struct control *control, const char *name)
{
	if (strcmp(name, order_action_key.name) == 0)
		return &order_action_key;
	for (const struct policy_key *key = control->keys; key->type != KEY_END; key++)
		if (strcmp(key->name, name) == 0)
			return key;
	return NULL;
}

bool order_list_has(const json_t *list, const json_t *item)
{
	size_t index;
	json_t *other;
	json_array_foreach(list, index, other)
		if (json_equal(other, item))
			return true;
	return false;
}

static bool list_within(const json_t *inner, const json_t *outer)
{
	size_t index;
	json_t *item;
	json_array_foreach(inner, index, item)
		if (!order_list_has(outer, item))
			return false;
	return true;
}

/* `left` below or above `right`, as -1, 0, 1; null counts as `null_is`. */
static int compare_numbers(const json_t *left, const json_t *right, int null_is)
{
	if (json_is_null(left) || json_is_null(right))
		return null_is * (json_is_null(left) - json_is_null(right));
	json_int_t a = json_integer_value(left), b = json_integer_value(right);
	return (a > b) - (a < b);
}

static int word_place(const struct policy_key *key, const json_t *value)
{
	const char *word = json_string_value(value);
	int place = 0;
	for (const char *const *at = key->words; word && at && *at; at++, place++)
		if (strcmp(*at, word) == 0)
			return place;
	return place;
}

static enum comparison comparison_of(int looseness)
{
	if (looseness == 0)
		return COMPARISON_EQUAL;
	return looseness > 0 ? COMPARISON_LOOSER : COMPARISON_TIGHTER;
}

static enum comparison compare_lists(const json_t *base, const json_t *value, bool more_is_looser)
{
	bool within = list_within(value, base), contains = list_within(base, value);
	if (within && contains)
		return COMPARISON_EQUAL;
	/* neither within the other: something was opened, which is what counts */
	if (more_is_looser)
		return within ? COMPARISON_TIGHTER : COMPARISON_LOOSER;
	return contains ? COMPARISON_TIGHTER : COMPARISON_LOOSER;
}

enum comparison order_compare(const struct policy_key *key, const json_t *base, const json_t *value)
{
	switch (key->order) {
	case ORDER_LOWER:
		return comparison_of(compare_numbers(value, base, 1));
	case ORDER_HIGHER:
		return comparison_of(-compare_numbers(value, base, -1));
	case ORDER_TRUE:
		return comparison_of(json_is_true(base) - json_is_true(value));
	case ORDER_FALSE:
		return comparison_of(json_is_true(value) - json_is_true(base));
	case ORDER_WORDS:
		return comparison_of(word_place(key, value) - word_place(key, base));
	case ORDER_FEWER:
		return compare_lists(base, value, true);
	case ORDER_MORE:
		return compare_lists(base, value, false);
	case ORDER_NONE:
		break;
	}
	return json_equal(base, value) ? COMPARISON_EQUAL : COMPARISON_UNDECIDED;
}

static char *canonical(const json_t *value)
{
	return document_dump(value, JSON_COMPACT | JSON_SORT_KEYS | JSON_ENCODE_ANY);
}

struct sortable {
	char *text;
	json_t *item; /* borrowed */
};

static int by_text(const void *left, const void *right)
{
	return strcmp(((const struct sortable *)left)->text, ((const struct sortable *)right)->text);
}

static json_t *sorted_array(struct sortable *items, size_t count)
{
	qsort(items, count, sizeof(*items), by_text);
	json_t *array = json_array();
	for (size_t i = 0; array && i < count; i++) {
		if (json_array_append(array, items[i].item) < 0) {
			json_decref(array);
			array = NULL;
		}
	}
	return array;
}

/* Takes over `list`; a new list in the order of its items' canonical text. */
static json_t *sort_list(json_t *list)
{
	cleanup_json json_t *taken = list;
	size_t count = json_array_size(taken);
	cleanup_free struct sortable *items = calloc(count + 1, sizeof(*items));
	bool complete = items != NULL;
	for (size_t i = 0; complete && i < count; i++) {
		items[i].item = json_array_get(taken, i);
		items[i].text = canonical(items[i].item);
		complete = items[i].text != NULL;
	}
	json_t *sorted = complete ? sorted_array(items, count) : NULL;
	for (size_t i = 0; items && i < count; i++)
		free(items[i].text);
	return sorted;
}

/* The items of `left` that are, or are not, in `right`. */
static int append_where(json_t *list, const json_t *left, const json_t *right, bool in_right)
{
	size_t index;
	json_t *item;
	json_array_foreach(left, index, item)
		if (order_list_has(right, item) == in_right && json_array_append(list, item) < 0)
			return -1;
	return 0;
}

static json_t *merge_lists(const json_t *left, const json_t *right, bool unite)
{
	json_t *list = json_array();
	if (!list || append_where(list, left, right, true) < 0 ||
	    (unite && (append_where(list, left, right, false) < 0 || append_where(list, right, left, false) < 0))) {
		json_decref(list);
		return NULL;
	}
	return sort_list(list);
}

static json_t *copy(const json_t *value)
{
	return json_deep_copy(value);
}

static json_t *smaller_text(const json_t *left, const json_t *right)
{
	cleanup_free char *a = canonical(left);
	cleanup_free char *b = canonical(right);
	if (!a || !b)
		return NULL;
	return copy(strcmp(a, b) <= 0 ? left : right);
}

json_t *order_tighter(const struct policy_key *key, const json_t *left, const json_t *right)
{
	if (json_equal(left, right))
		return copy(left);
	if (key->order == ORDER_FEWER || key->order == ORDER_MORE)
		return merge_lists(left, right, key->order == ORDER_MORE);
	switch (order_compare(key, left, right)) {
	case COMPARISON_LOOSER:
		return copy(left);
	case COMPARISON_TIGHTER:
		return copy(right);
	case COMPARISON_EQUAL:
	case COMPARISON_UNDECIDED:
		break;
	}
	return smaller_text(left, right);
}

json_t *order_tighten(const struct policy_key *key, const json_t *held, const json_t *wanted)
{
	return key->order == ORDER_NONE ? copy(held) : order_tighter(key, held, wanted);
}
