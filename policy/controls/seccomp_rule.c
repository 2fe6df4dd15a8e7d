#include "policy/controls/seccomp_rule.h"

#include <string.h>

static const struct call_match always;

bool call_condition_holds(const struct call_condition *condition, uint64_t argument)
{
	switch (condition->compare) {
	case COMPARE_NONE:
		return true;
	case COMPARE_NE:
		return argument != condition->value;
	case COMPARE_LT:
		return argument < condition->value;
	case COMPARE_LE:
		return argument <= condition->value;
	case COMPARE_EQ:
		return argument == condition->value;
	case COMPARE_GE:
		return argument >= condition->value;
	case COMPARE_GT:
		return argument > condition->value;
	case COMPARE_MASKED_EQ:
		return (argument & condition->value) == condition->value_two;
	}
	return false;
}

/* The bounds of an ordering condition; low > high where nothing fulfils it. */
static bool as_range(const struct call_condition *condition, uint64_t *low, uint64_t *high)
{
	enum call_compare compare = condition->compare;
	uint64_t value = condition->value;
	*low = 0;
	*high = UINT64_MAX;
	bool empty = (compare == COMPARE_LT && value == 0) || (compare == COMPARE_GT && value == UINT64_MAX);
	if (empty)
		*low = 1, *high = 0;
	else if (compare == COMPARE_LT || compare == COMPARE_LE)
		*high = compare == COMPARE_LT ? value - 1 : value;
	else if (compare == COMPARE_GT || compare == COMPARE_GE)
		*low = compare == COMPARE_GT ? value + 1 : value;
	else
		return false;
	return true;
}

static bool equal(const struct call_condition *left, const struct call_condition *right)
{
	return left->compare == right->compare && left->value == right->value &&
	       (left->compare != COMPARE_MASKED_EQ || left->value_two == right->value_two);
}

static bool implies(const struct call_condition *narrow, const struct call_condition *wide)
{
	uint64_t low, high, wide_low, wide_high;
	if (wide->compare == COMPARE_NONE || equal(narrow, wide))
		return true;
	if (narrow->compare == COMPARE_EQ)
		return call_condition_holds(wide, narrow->value);
	if (narrow->compare == COMPARE_MASKED_EQ && wide->compare == COMPARE_MASKED_EQ)
		return (wide->value & ~narrow->value) == 0 &&
		       (narrow->value_two & wide->value) == wide->value_two;
	if (!as_range(narrow, &low, &high))
		return false;
	if (wide->compare == COMPARE_NE)
		return wide->value < low || wide->value > high;
	return as_range(wide, &wide_low, &wide_high) && wide_low <= low && high <= wide_high;
}

static bool disjoint(const struct call_condition *left, const struct call_condition *right)
{
	uint64_t low, high, right_low, right_high;
	if (left->compare == COMPARE_NONE || right->compare == COMPARE_NONE)
		return false;
	if (left->compare == COMPARE_EQ)
		return !call_condition_holds(right, left->value);
	if (right->compare == COMPARE_EQ)
		return !call_condition_holds(left, right->value);
	if (left->compare == COMPARE_MASKED_EQ && right->compare == COMPARE_MASKED_EQ)
		return ((left->value_two ^ right->value_two) & left->value & right->value) != 0;
	return as_range(left, &low, &high) && as_range(right, &right_low, &right_high) &&
	       (low > right_high || right_low > high);
}

bool call_match_implies(const struct call_match *narrow, const struct call_match *wide)
{
	narrow = narrow ? narrow : &always;
	for (size_t i = 0; wide && i < CALL_ARGUMENTS; i++)
		if (!implies(&narrow->on[i], &wide->on[i]))
			return false;
	return true;
}

bool call_match_disjoint(const struct call_match *left, const struct call_match *right)
{
	for (size_t i = 0; left && right && i < CALL_ARGUMENTS; i++)
		if (disjoint(&left->on[i], &right->on[i]))
			return true;
	return false;
}

bool call_match_equal(const struct call_match *left, const struct call_match *right)
{
	left = left ? left : &always;
	right = right ? right : &always;
	for (size_t i = 0; i < CALL_ARGUMENTS; i++)
		if (!equal(&left->on[i], &right->on[i]))
			return false;
	return true;
}

static enum conjunction conditions_and(const struct call_condition *left, const struct call_condition *right,
				       struct call_condition *ret)
{
	if (implies(left, right)) {
		*ret = *left;
		return CONJUNCTION_MADE;
	}
	if (implies(right, left)) {
		*ret = *right;
		return CONJUNCTION_MADE;
	}
	if (disjoint(left, right))
		return CONJUNCTION_NONE;
	if (left->compare != COMPARE_MASKED_EQ || right->compare != COMPARE_MASKED_EQ)
		return CONJUNCTION_INEXPRESSIBLE;
	*ret = (struct call_condition){
		.compare = COMPARE_MASKED_EQ,
		.value = left->value | right->value,
		.value_two = left->value_two | right->value_two,
	};
	return CONJUNCTION_MADE;
}

enum conjunction call_match_and(const struct call_match *left, const struct call_match *right,
				struct call_match *ret)
{
	left = left ? left : &always;
	right = right ? right : &always;
	if (call_match_disjoint(left, right))
		return CONJUNCTION_NONE;
	struct call_match made = {0};
	for (size_t i = 0; i < CALL_ARGUMENTS; i++) {
		enum conjunction outcome = conditions_and(&left->on[i], &right->on[i], &made.on[i]);
		if (outcome != CONJUNCTION_MADE)
			return outcome;
	}
	*ret = made;
	return CONJUNCTION_MADE;
}

bool call_condition_negate(const struct call_condition *condition, struct call_condition *ret)
{
	static const enum call_compare opposites[] = {
		[COMPARE_NE] = COMPARE_EQ, [COMPARE_LT] = COMPARE_GE, [COMPARE_LE] = COMPARE_GT,
		[COMPARE_EQ] = COMPARE_NE, [COMPARE_GE] = COMPARE_LT, [COMPARE_GT] = COMPARE_LE,
		[COMPARE_MASKED_EQ] = COMPARE_NONE,
	};
	enum call_compare opposite = opposites[condition->compare];
	*ret = (struct call_condition){.compare = opposite, .value = condition->value};
	return opposite != COMPARE_NONE;
}
