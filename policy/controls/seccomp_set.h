/* The rules that one profile has for one call, and what can be made of two such
 * sets. Private to the control seccomp. */
#ifndef OCI_HARDEN_CONTROLS_SECCOMP_SET_H
#define OCI_HARDEN_CONTROLS_SECCOMP_SET_H

#include "policy/controls/seccomp_rule.h"

#define SET_RULES 64u /* rules for one call; with more of them the call is refused */

struct set_rule {
	struct call_match match;
	enum call_action action;
	uint16_t errno_value;
};

struct set {
	struct set_rule rules[SET_RULES];
	size_t count;
	bool overflown; /* a rule did not find room: the set says nothing any more */
};

void set_clear(struct set *set);
void set_copy(struct set *to, const struct set *from);
void set_append(struct set *set, const struct set_rule *rule);

/* As set_append(), but what a rule says already is left out, and of two rules that
 * overlap and say different things only the stricter one stays: libseccomp does
 * not tell which of them wins. */
void set_add(struct set *set, const struct set_rule *rule);

/* Empties a set that has overflown. */
void set_close(struct set *set);

/* What both let through, by the stricter of the two actions. */
void set_product(const struct set *left, const struct set *right, struct set *ret);

/* Takes what `refusals` match out of `passes`. */
void set_subtract(struct set *passes, const struct set *refusals, struct set *scratch);

/* True where `wide` lets through nothing that `narrow` does not, as far as can be
 * told. */
bool set_covers(const struct set *narrow, const struct set *wide);

/* True where one rule matches whatever the arguments. */
bool set_is_whole(const struct set *set);

/* True where libseccomp compiles what the rules say. Up to 2.5.4 it does not for
 * some sets with orders (LT, GE …) on one argument or with conditions on several:
 * calls pass that no rule lets through, and one set in some thousand makes it loop
 * without end. Sound are: one rule; two of which one is the opposite of the other;
 * rules that all ask one argument for equality and are sound for each value of it.
 * (Tried with random sets of these shapes against the rules' own meaning.) */
bool set_is_sound(const struct set *set);

#endif
