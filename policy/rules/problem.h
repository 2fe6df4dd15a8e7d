/* What is wrong with a policy file. All of it is collected, and told at once. */
#ifndef OCI_HARDEN_RULES_PROBLEM_H
#define OCI_HARDEN_RULES_PROBLEM_H

#include <stdbool.h>
#include <stddef.h>

/* Where something stands; lines and columns count from 1, 0 for the whole file. */
struct place {
	const char *file; /* borrowed; has to outlive the tree it was parsed into */
	size_t line, column;
};

struct problem {
	size_t line, column;
	size_t number; /* in the order in which they were found */
	char *text; /* "FILE:LINE:COLUMN: what was found, what was expected" */
};

#define PROBLEM_LIMIT 200u /* no more are collected: the rest follows from them */

struct problems {
	struct problem *items;
	size_t count;
	bool out_of_memory;
};

void problem_add(struct problems *problems, struct place place, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* True where nothing was found and memory sufficed. */
bool problems_none(const struct problems *problems);

/* Appends what `other` has, which is empty afterwards. */
void problems_take(struct problems *problems, struct problems *other);

/* By line and column; problems of other files keep their place behind. */
void problems_sort(struct problems *problems);
void problems_release(struct problems *problems);

static inline void cleanup_problems_function(struct problems *problems)
{
	problems_release(problems);
}
#define cleanup_problems __attribute__((cleanup(cleanup_problems_function)))

#endif
