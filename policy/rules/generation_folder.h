/* STATEDIR/policy: which generations are there and which is active. Shared by the
 * reader and the writer of generations. */
#ifndef OCI_HARDEN_RULES_GENERATION_FOLDER_H
#define OCI_HARDEN_RULES_GENERATION_FOLDER_H

#include <stddef.h>
#include <stdint.h>

#include "policy/base/error.h"
#include "policy/rules/generation.h"

#define GENERATION_FOLDER "policy"
#define GENERATION_LINK "active"
#define GENERATION_NAME_SIZE 40u

/* What `active` says. */
enum active {
	ACTIVE_MISSING = 0, /* no such link */
	ACTIVE_INVALID,     /* not a link, or it does not name a generation */
	ACTIVE_NAMED,
};

void generation_name(uint64_t number, char name[GENERATION_NAME_SIZE]);

/* "17.generation" → 17; -EINVAL for anything else, leading zeros included. */
int generation_name_parse(const char *name, uint64_t *ret_number);

/* The folder `at`'s numbers, ascending; the caller frees *ret_numbers. */
int generation_list(int at, uint64_t **ret_numbers, size_t *ret_count, struct error **error);

enum active generation_active_number(int at, uint64_t *ret_number);

/* Opens STATE_DIRECTORY/policy and checks that it and all above it are root's.
 * -ENOENT where it is not there. */
int generation_folder_open(const char *state_directory, int *ret_descriptor, struct error **error);

/* Opens one generation of the folder: root's, not writable by others, its number as
 * in its name. */
int generation_open_numbered(int at, uint64_t number, struct generation **ret_generation,
			     struct error **error);

#endif
