/* What two sets of argument conditions have to do with each other. NULL is the
 * match without conditions. Private to the control seccomp.
 *
 * One argument carries at most one condition: with two, runc and crun make two
 * rules of it, which lets through what either would. */
#ifndef OCI_HARDEN_CONTROLS_SECCOMP_RULE_H
#define OCI_HARDEN_CONTROLS_SECCOMP_RULE_H

#include "policy/controls/seccomp_profile.h"

enum conjunction {
	CONJUNCTION_NONE = 0,    /* nothing matches both */
	CONJUNCTION_INEXPRESSIBLE, /* not to be written with one condition an argument */
	CONJUNCTION_MADE,
};

bool call_condition_holds(const struct call_condition *condition, uint64_t argument);

/* False also where it cannot be told, in all three. */
bool call_match_implies(const struct call_match *narrow, const struct call_match *wide);
bool call_match_disjoint(const struct call_match *left, const struct call_match *right);
bool call_match_equal(const struct call_match *left, const struct call_match *right);

/* *ret matches what both match. */
enum conjunction call_match_and(const struct call_match *left, const struct call_match *right,
				struct call_match *ret);

/* False where the opposite is not one condition (MASKED_EQ). */
bool call_condition_negate(const struct call_condition *condition, struct call_condition *ret);

#endif
