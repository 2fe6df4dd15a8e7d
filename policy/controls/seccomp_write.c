#include <stdlib.h>
#include <string.h>

#include "policy/base/cleanup.h"
#include "policy/controls/seccomp_profile.h"
#include "policy/controls/seccomp_rule.h"
#include "policy/document/document.h"

static json_t *write_words(unsigned bits, const char *(*word_of)(unsigned))
{
	json_t *words = json_array();
	for (unsigned bit = 1; words && bit <= bits; bit <<= 1) {
		const char *word = bits & bit ? word_of(bit) : NULL;
		if (word && json_array_append_new(words, json_string(word)) < 0) {
			json_decref(words);
			return NULL;
		}
	}
	return words;
}

static json_t *write_conditions(const struct call_match *match)
{
	cleanup_json json_t *list = json_array();
	for (size_t i = 0; list && i < CALL_ARGUMENTS; i++) {
		const struct call_condition *condition = &match->on[i];
		if (condition->compare == COMPARE_NONE)
			continue;
		json_t *one = json_pack("{s:I, s:o, s:o, s:s}", "index", (json_int_t)i, "value",
					document_new_uint64(condition->value), "valueTwo",
					document_new_uint64(condition->value_two), "op",
					call_compare_word(condition->compare));
		if (json_array_append_new(list, one) < 0)
			return NULL;
	}
	return json_incref(list);
}

static bool same_entry(const struct call_rule *left, const struct call_rule *right)
{
	return left->action == right->action &&
	       (left->action != CALL_ERRNO || left->errno_value == right->errno_value) &&
	       call_match_equal(left->match, right->match);
}

/* The entry for `rule`, made where there is none yet. Borrowed from `entries`. */
static json_t *new_entry(const struct call_rule *rule, json_t *entries)
{
	json_t *entry = json_pack("{s:[], s:s}", "names", "action", call_action_word(rule->action));
	if (json_array_append_new(entries, entry) < 0)
		return NULL;
	if (rule->action == CALL_ERRNO &&
	    json_object_set_new(entry, "errnoRet", json_integer(rule->errno_value)) < 0)
		return NULL;
	if (rule->match && json_object_set_new(entry, "args", write_conditions(rule->match)) < 0)
		return NULL;
	return json_object_get(entry, "names");
}

/* Rules that say the same share an entry, in the order of their first names. */
struct group {
	const struct call_rule *rule;
	json_t *names;
};

static int write_rule(const struct call_rule *rule, json_t *entries, struct group *groups, size_t *count)
{
	size_t i = 0;
	while (i < *count && !same_entry(groups[i].rule, rule))
		i++;
	if (i == *count) {
		groups[i] = (struct group){.rule = rule, .names = new_entry(rule, entries)};
		if (!groups[i].names)
			return -1;
		++*count;
	}
	if (rule->value)
		return json_array_append(groups[i].names, rule->value);
	/* the table's names are ASCII */
	return json_array_append_new(groups[i].names, json_stringn_nocheck(rule->name, strlen(rule->name)));
}

static json_t *write_entries(const struct call_profile *profile)
{
	cleanup_free struct group *groups = calloc(profile->count + 1, sizeof(*groups));
	cleanup_json json_t *entries = json_array();
	size_t count = 0;
	for (size_t i = 0; groups && entries && i < profile->count; i++) {
		const struct call_rule *rule = &profile->rules[i];
		/* what the default says already; runc skips these rules as well */
		if (rule->action == profile->default_action &&
		    (rule->action != CALL_ERRNO || rule->errno_value == profile->default_errno))
			continue;
		if (write_rule(rule, entries, groups, &count) < 0)
			return NULL;
	}
	return groups ? json_incref(entries) : NULL;
}

json_t *call_profile_write(const struct call_profile *profile)
{
	json_t *object = json_pack("{s:s, s:o, s:o, s:o}", "defaultAction",
				   call_action_word(profile->default_action), "architectures",
				   write_words(profile->architectures, call_architecture_word), "flags",
				   write_words(profile->flags, call_flag_word), "syscalls", write_entries(profile));
	bool failed = !object;
	if (profile->default_action == CALL_ERRNO)
		failed |= json_object_set_new(object, "defaultErrnoRet", json_integer(profile->default_errno)) < 0;
	if (profile->listener_path)
		failed |= json_object_set_new(object, "listenerPath", json_string(profile->listener_path)) < 0;
	if (profile->listener_path && profile->listener_metadata)
		failed |= json_object_set_new(object, "listenerMetadata",
					      json_string(profile->listener_metadata)) < 0;
	if (failed) {
		json_decref(object);
		return NULL;
	}
	return object;
}
