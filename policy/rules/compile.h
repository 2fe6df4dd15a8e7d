/* A policy file, with all that it extends, → what a generation is made of. */
#ifndef OCI_HARDEN_RULES_COMPILE_H
#define OCI_HARDEN_RULES_COMPILE_H

#include <jansson.h>
#include <stdbool.h>
#include <time.h>

#include "policy/rules/problem.h"

struct compiled {
	json_t *base;       /* base.h */
	json_t *exceptions; /* {"<64 hex digits>": [exception, …]}: generation.h */
	json_t *trust;      /* trust_records.h, by name; NULL: the policy asks for nothing of trust */
	char *source;       /* the file's own text */
	size_t exception_count;
	struct problems warnings; /* looser than the profile, expiring soon …: not in the way of applying */
};

struct compile_options {
	time_t now;   /* for what expires soon */
	bool trusted; /* demand that the file, and every file it extends, is root's */
};

/* Adds to `problems` all that is wrong, and compiles only where nothing is. */
void compile_file(const char *path, const struct compile_options *options, struct problems *problems,
		  struct compiled *ret_compiled);

/* The same for text; `name` stands in messages, relative paths in `extends` count
 * from its folder. Both may be freed afterwards. */
void compile_text(const char *name, const char *text, size_t length, const struct compile_options *options,
		  struct problems *problems, struct compiled *ret_compiled);

/* A built-in profile by its name; an unknown name is a problem. */
void compile_profile(const char *name, struct problems *problems, struct compiled *ret_compiled);

void compiled_release(struct compiled *compiled);

#endif
