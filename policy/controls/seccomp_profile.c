#include "policy/controls/seccomp_profile.h"

#include <endian.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "policy/base/cleanup.h"

struct call_match_block {
	struct call_match_block *next;
	struct call_match match;
};

static bool always_holds(const struct call_condition *condition)
{
	return condition->compare == COMPARE_NONE || (condition->compare == COMPARE_GE && condition->value == 0) ||
	       (condition->compare == COMPARE_LE && condition->value == UINT64_MAX) ||
	       (condition->compare == COMPARE_MASKED_EQ && condition->value == 0);
}

static bool never_holds(const struct call_condition *condition)
{
	return (condition->compare == COMPARE_LT && condition->value == 0) ||
	       (condition->compare == COMPARE_GT && condition->value == UINT64_MAX);
}

/* Takes conditions out that always hold; libseccomp has its own ideas of those.
 * False where the rule never matches. */
static bool simplify(struct call_match *match, bool *ret_empty)
{
	*ret_empty = true;
	for (size_t i = 0; i < CALL_ARGUMENTS; i++) {
		if (never_holds(&match->on[i]))
			return false;
		if (always_holds(&match->on[i]))
			match->on[i] = (struct call_condition){0};
		else
			*ret_empty = false;
	}
	return true;
}

static const struct call_match *keep(struct call_profile *profile, const struct call_match *match)
{
	struct call_match_block *block = malloc(sizeof(*block));
	if (!block)
		return NULL;
	*block = (struct call_match_block){.next = profile->matches, .match = *match};
	profile->matches = block;
	return &block->match;
}

/* The first eight bytes, so that most comparisons are one of numbers. */
static uint64_t key_of(const char *name)
{
	uint64_t key = 0;
	memcpy(&key, name, strnlen(name, sizeof(key)));
	return be64toh(key);
}

int call_profile_add(struct call_profile *profile, const char *name, enum call_action action,
		     uint16_t errno_value, const struct call_match *match)
{
	if (profile->count == profile->capacity) {
		size_t capacity = profile->capacity ? profile->capacity * 2 : 512;
		struct call_rule *rules = reallocarray(profile->rules, capacity, sizeof(*rules));
		if (!rules)
			return -ENOMEM;
		profile->rules = rules;
		profile->capacity = capacity;
	}
	struct call_rule rule = {
		.name = name, .action = action, .errno_value = errno_value, .key = key_of(name)};
	if (match) {
		struct call_match simple = *match;
		bool empty = true;
		if (!simplify(&simple, &empty))
			return 0;
		if (!empty && !(rule.match = keep(profile, &simple)))
			return -ENOMEM;
	}
	profile->rules[profile->count++] = rule;
	return 0;
}

int call_profile_add_value(struct call_profile *profile, json_t *name, enum call_action action,
			   uint16_t errno_value, const struct call_match *match)
{
	size_t count = profile->count;
	int result = call_profile_add(profile, json_string_value(name), action, errno_value, match);
	if (result == 0 && profile->count > count)
		profile->rules[count].value = name;
	return result;
}

int call_rule_compare(const struct call_rule *left, const struct call_rule *right)
{
	if (left->key != right->key)
		return left->key < right->key ? -1 : 1;
	return strcmp(left->name, right->name);
}

static int compare_rules(const void *left, const void *right)
{
	return call_rule_compare(left, right);
}

void call_profile_sort(struct call_profile *profile)
{
	if (profile->count > 1)
		qsort(profile->rules, profile->count, sizeof(*profile->rules), compare_rules);
}

void call_profile_release(struct call_profile *profile)
{
	while (profile->matches) {
		struct call_match_block *block = profile->matches;
		profile->matches = block->next;
		free(block);
	}
	free(profile->rules);
	json_decref(profile->source);
	*profile = (struct call_profile){0};
}
