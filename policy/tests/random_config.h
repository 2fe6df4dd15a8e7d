/* Random configurations for the property tests: each field has a value out of its
 * own list of tempting ones, or is absent. */
#ifndef OCI_HARDEN_TESTS_RANDOM_CONFIG_H
#define OCI_HARDEN_TESTS_RANDOM_CONFIG_H

#include "policy/tests/support.h"

#define RANDOM_VALUES 24

struct random_field {
	const char *pointer;
	const char *values[RANDOM_VALUES]; /* JSON texts, NULL-ended; absent is one more */
};

/* The same sequence for the same *state, which must not be 0. */
uint64_t random_next(uint64_t *state);

json_t *random_config(uint64_t *state, const struct random_field *fields, size_t count);

/* A list of up to `most` of `items` (JSON texts), as JSON text; the caller frees it. */
char *random_list(uint64_t *state, const char *const *items, size_t count, size_t most);

/* Decides on a copy for `control` alone, checks the laws of support.h and that
 * nothing but what the control owns differs afterwards. */
struct decision decide_on_random(const json_t *config, const struct control *control, const json_t *changes,
				 const struct facts *facts);

#endif
