/* The stricter of two profiles, call by call. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "policy/base/cleanup.h"
#include "policy/controls/seccomp_set.h"

/* What one profile says of one call. */
struct side {
	const struct call_profile *profile;
	const struct call_rule *rules; /* all of one name */
	size_t count, at;              /* `at`: where the next name starts in the profile */
	struct set passes, refusals;
};

static void side_start(struct side *side, const struct call_profile *profile)
{
	side->profile = profile;
	side->rules = NULL;
	side->count = side->at = 0;
}

static void side_read(struct side *side)
{
	const struct call_profile *profile = side->profile;
	set_clear(&side->passes);
	set_clear(&side->refusals);
	for (size_t i = 0; i < side->count; i++) {
		const struct call_rule *from = &side->rules[i];
		struct set_rule rule = {.action = from->action, .errno_value = from->errno_value};
		if (from->match)
			rule.match = *from->match;
		/* without a listener or a tracer the kernel returns ENOSYS */
		if (rule.action == CALL_TRACE || (rule.action == CALL_NOTIFY && !profile->listener_path)) {
			rule.action = CALL_ERRNO;
			rule.errno_value = ENOSYS;
		}
		if (rule.action != CALL_ERRNO)
			rule.errno_value = 0;
		/* every refusal counts, also one that overlaps with another */
		if (call_action_refuses(rule.action))
			set_append(&side->refusals, &rule);
		else
			set_add(&side->passes, &rule);
	}
	if (!call_action_refuses(profile->default_action)) {
		struct set_rule rule = {.action = profile->default_action};
		set_add(&side->passes, &rule);
	}
	/* too many refusals to keep: nothing of the call is let through */
	if (side->refusals.overflown)
		side->passes.count = 0;
	set_close(&side->passes);
	set_close(&side->refusals);
}

/* A refusal stands only where the other profile is not stricter by default. */
static bool refusal_stands(const struct set_rule *refusal, const struct side *other)
{
	if (refusal->action <= other->profile->default_action)
		return true;
	if (other->refusals.count == 0)
		return set_is_whole(&other->passes);
	return set_is_whole(&other->refusals) && refusal->action <= other->refusals.rules[0].action;
}

struct merge {
	struct side own, given;
	struct set product, scratch, refusals;
	struct call_profile merged;
	json_t *wider;
};

static int put(struct merge *merge, const struct call_rule *named, enum call_action action,
	       uint16_t errno_value, const struct call_match *match)
{
	return named->value
		       ? call_profile_add_value(&merge->merged, named->value, action, errno_value, match)
		       : call_profile_add(&merge->merged, named->name, action, errno_value, match);
}

static int put_set(struct merge *merge, const struct call_rule *named, const struct set *set)
{
	for (size_t i = 0; i < set->count; i++) {
		const struct set_rule *rule = &set->rules[i];
		int result = put(merge, named, rule->action, rule->errno_value, &rule->match);
		if (result < 0)
			return result;
	}
	return 0;
}

/* Where two refusals overlap, only one of them can be written. One that is no
 * stricter than the default may go; those that are become as strict as the
 * strictest of them. */
static void level_refusals(struct set *refusals, enum call_action default_action)
{
	bool conflict = false;
	enum call_action strictest = default_action;
	for (size_t i = 0; i < refusals->count; i++) {
		const struct set_rule *rule = &refusals->rules[i];
		if (rule->action < strictest)
			strictest = rule->action;
		for (size_t j = 0; j < i; j++)
			conflict |= rule->action < default_action && refusals->rules[j].action < default_action &&
				    rule->action != refusals->rules[j].action &&
				    !call_match_disjoint(&rule->match, &refusals->rules[j].match);
	}
	for (size_t i = 0; conflict && i < refusals->count; i++)
		if (refusals->rules[i].action < default_action)
			refusals->rules[i] = (struct set_rule){.match = refusals->rules[i].match, .action = strictest};
}

/* Where another refusal is stricter, the weaker answer must not take the place of
 * the stricter one, or of the default. */
static bool is_outdone(const struct merge *merge, const struct set_rule *refusal)
{
	const struct set *sets[] = {&merge->own.refusals, &merge->given.refusals};
	for (size_t s = 0; s < ARRAY_SIZE(sets); s++)
		for (size_t i = 0; i < sets[s]->count; i++) {
			const struct set_rule *rule = &sets[s]->rules[i];
			if (rule->action < refusal->action && refusal->action >= merge->merged.default_action &&
			    !call_match_disjoint(&rule->match, &refusal->match))
				return true;
		}
	return false;
}

static void gather_explicit(struct merge *merge, const struct side *side, const struct side *other)
{
	for (size_t i = 0; i < side->refusals.count; i++) {
		const struct set_rule *rule = &side->refusals.rules[i];
		bool stands = refusal_stands(rule, other) && !is_outdone(merge, rule);
		for (size_t j = 0; stands && j < merge->product.count; j++)
			stands = call_match_disjoint(&rule->match, &merge->product.rules[j].match);
		if (stands)
			set_append(&merge->scratch, rule);
	}
}

/* What one profile refuses by default and the other lets through, where the
 * result's default would be stricter than either. */
static void gather_default(struct merge *merge, const struct side *side, const struct side *other)
{
	const struct call_profile *profile = side->profile;
	struct set_rule rule = {.action = profile->default_action, .errno_value = profile->default_errno};
	if (side->count == 0 && call_action_refuses(rule.action) && rule.action > merge->merged.default_action &&
	    set_is_whole(&other->passes) && other->refusals.count == 0)
		set_append(&merge->scratch, &rule);
}

/* Brings the rules of the result into a shape that libseccomp gets right: without
 * refusals where the default is as strict, else without anything that passes. */
static void settle(struct merge *merge)
{
	struct set *all = &merge->scratch, *refusals = &merge->refusals;
	struct set_rule strictest = {.action = merge->merged.default_action,
				     .errno_value = merge->merged.default_errno};
	set_copy(all, &merge->product);
	for (size_t i = 0; i < refusals->count; i++) {
		set_append(all, &refusals->rules[i]);
		if (refusals->rules[i].action < strictest.action)
			strictest = refusals->rules[i], strictest.match = (struct call_match){0};
	}
	if (set_is_sound(all))
		return;
	set_clear(refusals);
	bool needed = strictest.action < merge->merged.default_action;
	if (needed || !set_is_sound(&merge->product))
		set_clear(&merge->product);
	if (needed)
		set_append(refusals, &strictest);
}

/* The same for what was given, which may have more rules than the sets kept. */
static bool given_is_sound(struct merge *merge)
{
	const struct side *given = &merge->given;
	struct set *all = &merge->scratch;
	set_clear(all);
	for (size_t i = 0; i < given->count; i++) {
		struct set_rule rule = {.action = given->rules[i].action};
		if (given->rules[i].match)
			rule.match = *given->rules[i].match;
		set_append(all, &rule);
	}
	return set_is_sound(all);
}

static void gather_refusals(struct merge *merge)
{
	struct set *found = &merge->scratch;
	set_clear(found);
	set_clear(&merge->refusals);
	gather_explicit(merge, &merge->given, &merge->own);
	gather_explicit(merge, &merge->own, &merge->given);
	gather_default(merge, &merge->given, &merge->own);
	gather_default(merge, &merge->own, &merge->given);
	level_refusals(found, merge->merged.default_action);
	for (size_t i = 0; i < found->count; i++)
		set_add(&merge->refusals, &found->rules[i]);
}

/* The ordinary case, which needs no sets: all of the call is let through, by a
 * rule or by default. */
static bool allows_plainly(const struct side *side)
{
	if (side->count == 0)
		return side->profile->default_action == CALL_ALLOW;
	return side->count == 1 && !side->rules->match && side->rules->action == CALL_ALLOW;
}

static int merge_call(struct merge *merge, const struct call_rule *named)
{
	struct side *own = &merge->own, *given = &merge->given;
	if (allows_plainly(own) && allows_plainly(given))
		return put(merge, named, CALL_ALLOW, 0, NULL);
	side_read(own);
	side_read(given);
	set_product(&own->passes, &given->passes, &merge->product);
	set_subtract(&merge->product, &own->refusals, &merge->scratch);
	set_subtract(&merge->product, &given->refusals, &merge->scratch);
	gather_refusals(merge);
	settle(merge);
	if ((!set_covers(&merge->product, &given->passes) || !given_is_sound(merge)) &&
	    json_array_append_new(merge->wider, json_string(named->name)) < 0)
		return -ENOMEM;
	int result = put_set(merge, named, &merge->product);
	return result < 0 ? result : put_set(merge, named, &merge->refusals);
}

static const struct call_rule *next_rule(const struct side *side)
{
	return side->at < side->profile->count ? &side->profile->rules[side->at] : NULL;
}

/* Takes the rules for the name of `rule` from the profile's list. */
static void take_rules(struct side *side, const struct call_rule *rule)
{
	side->rules = next_rule(side);
	side->count = 0;
	for (const struct call_rule *next = side->rules; next && call_rule_compare(next, rule) == 0;
	     next = next_rule(side)) {
		side->count++;
		side->at++;
	}
}

static int merge_calls(struct merge *merge)
{
	for (;;) {
		const struct call_rule *own = next_rule(&merge->own), *given = next_rule(&merge->given);
		const struct call_rule *rule = !own || (given && call_rule_compare(given, own) <= 0) ? given : own;
		if (!rule)
			return 0;
		take_rules(&merge->own, rule);
		take_rules(&merge->given, rule);
		int result = merge_call(merge, rule);
		if (result < 0)
			return result;
	}
}

static void merge_head(const struct call_profile *own, const struct call_profile *given,
		       struct call_profile *merged)
{
	const struct call_profile *stricter = given->default_action < own->default_action ? given : own;
	merged->default_action = stricter->default_action;
	merged->default_errno = stricter->default_errno;
	merged->default_given = true;
	merged->architectures = own->architectures & given->architectures;
	merged->flags = given->flags & (FLAG_TSYNC | FLAG_LOG);
	merged->flags_given = true;
	merged->listener_path = given->listener_path;
	merged->listener_metadata = given->listener_metadata;
}

int call_profile_merge(const struct call_profile *own, const struct call_profile *given,
		       struct call_profile *ret_merged, json_t **ret_wider)
{
	/* the sets are large, and every use of one clears it first */
	cleanup_free struct merge *merge = malloc(sizeof(*merge));
	if (!merge)
		return -ENOMEM;
	side_start(&merge->own, own);
	side_start(&merge->given, given);
	merge->merged = (struct call_profile){0};
	merge->wider = json_array();
	merge_head(own, given, &merge->merged);
	int result = merge->wider ? merge_calls(merge) : -ENOMEM;
	if (result < 0) {
		call_profile_release(&merge->merged);
		json_decref(merge->wider);
		return result;
	}
	*ret_merged = merge->merged;
	*ret_wider = merge->wider;
	return 0;
}
