#include "policy/controls/seccomp_set.h"

void set_clear(struct set *set)
{
	set->count = 0;
	set->overflown = false;
}

/* Only what is there: a set is larger than a page. */
void set_copy(struct set *to, const struct set *from)
{
	for (size_t i = 0; i < from->count; i++)
		to->rules[i] = from->rules[i];
	to->count = from->count;
	to->overflown = from->overflown;
}

static void set_drop(struct set *set, size_t index)
{
	set->rules[index] = set->rules[--set->count];
}

void set_append(struct set *set, const struct set_rule *rule)
{
	if (set->count == SET_RULES)
		set->overflown = true;
	else
		set->rules[set->count++] = *rule;
}

void set_add(struct set *set, const struct set_rule *rule)
{
	for (size_t i = 0; i < set->count;) {
		const struct set_rule *other = &set->rules[i];
		bool same = other->action == rule->action && other->errno_value == rule->errno_value;
		if (same ? call_match_implies(&rule->match, &other->match)
			 : !call_match_disjoint(&rule->match, &other->match) && other->action <= rule->action)
			return;
		if (same ? call_match_implies(&other->match, &rule->match)
			 : !call_match_disjoint(&rule->match, &other->match))
			set_drop(set, i);
		else
			i++;
	}
	set_append(set, rule);
}

void set_close(struct set *set)
{
	if (set->overflown)
		set->count = 0;
}

void set_product(const struct set *left, const struct set *right, struct set *ret)
{
	set_clear(ret);
	for (size_t i = 0; i < left->count; i++)
		for (size_t j = 0; j < right->count; j++) {
			const struct set_rule *a = &left->rules[i], *b = &right->rules[j];
			struct set_rule rule = {.action = a->action < b->action ? a->action : b->action};
			if (call_match_and(&a->match, &b->match, &rule.match) == CONJUNCTION_MADE)
				set_add(ret, &rule);
		}
	set_close(ret);
}

/* Adds `rule` without what `refusal` matches: one rule for each condition of the
 * refusal, with the opposite of that condition. */
static void add_outside(struct set *set, const struct set_rule *rule, const struct call_match *refusal)
{
	if (call_match_disjoint(&rule->match, refusal)) {
		set_add(set, rule);
		return;
	}
	for (size_t i = 0; i < CALL_ARGUMENTS; i++) {
		struct call_match opposite = {0};
		struct set_rule outside = {.action = rule->action};
		if (refusal->on[i].compare != COMPARE_NONE &&
		    call_condition_negate(&refusal->on[i], &opposite.on[i]) &&
		    call_match_and(&rule->match, &opposite, &outside.match) == CONJUNCTION_MADE)
			set_add(set, &outside);
	}
}

void set_subtract(struct set *passes, const struct set *refusals, struct set *scratch)
{
	for (size_t i = 0; i < refusals->count; i++) {
		set_clear(scratch);
		for (size_t j = 0; j < passes->count; j++)
			add_outside(scratch, &passes->rules[j], &refusals->rules[i].match);
		set_close(scratch);
		set_copy(passes, scratch);
	}
}

bool set_covers(const struct set *narrow, const struct set *wide)
{
	for (size_t i = 0; i < wide->count; i++) {
		bool found = false;
		for (size_t j = 0; j < narrow->count && !found; j++)
			found = narrow->rules[j].action <= wide->rules[i].action &&
				call_match_implies(&wide->rules[i].match, &narrow->rules[j].match);
		if (!found)
			return false;
	}
	return true;
}

bool set_is_whole(const struct set *set)
{
	static const struct call_match always;
	return set->count == 1 && call_match_equal(&set->rules[0].match, &always);
}

/* Two conditions on one argument of which exactly one holds, and nothing else. */
static bool are_opposites(const struct call_match *left, const struct call_match *right, unsigned beside)
{
	unsigned pairs = 0;
	for (unsigned i = 0; i < CALL_ARGUMENTS; i++) {
		const struct call_condition *a = &left->on[i], *b = &right->on[i];
		if (beside & 1u << i || (a->compare == COMPARE_NONE && b->compare == COMPARE_NONE))
			continue;
		bool equality = (a->compare == COMPARE_EQ && b->compare == COMPARE_NE) ||
				(a->compare == COMPARE_NE && b->compare == COMPARE_EQ);
		if (!equality || a->value != b->value)
			return false;
		pairs++;
	}
	return pairs == 1;
}

/* An argument that all rules ask for equality; CALL_ARGUMENTS: there is none. */
static unsigned pivot_of(const struct set *set)
{
	unsigned pivot = 0;
	for (; pivot < CALL_ARGUMENTS; pivot++) {
		bool all = true;
		for (size_t i = 0; all && i < set->count; i++)
			all = set->rules[i].match.on[pivot].compare == COMPARE_EQ;
		if (all)
			break;
	}
	return pivot;
}

/* Whether the rules that ask `pivot` for the value that rule `index` asks for are
 * one, or one and its opposite. */
static bool value_is_sound(const struct set *set, size_t index, unsigned pivot)
{
	const struct set_rule *rule = &set->rules[index], *other = NULL;
	for (size_t i = 0; i < set->count; i++) {
		if (i == index || set->rules[i].match.on[pivot].value != rule->match.on[pivot].value)
			continue;
		if (other)
			return false;
		other = &set->rules[i];
	}
	return !other || are_opposites(&rule->match, &other->match, 1u << pivot);
}

bool set_is_sound(const struct set *set)
{
	if (set->overflown)
		return false;
	if (set->count <= 1)
		return true;
	if (set->count == 2 && are_opposites(&set->rules[0].match, &set->rules[1].match, 0))
		return true;
	unsigned pivot = pivot_of(set);
	for (size_t i = 0; pivot < CALL_ARGUMENTS && i < set->count; i++)
		if (!value_is_sound(set, i, pivot))
			return false;
	return pivot < CALL_ARGUMENTS;
}
