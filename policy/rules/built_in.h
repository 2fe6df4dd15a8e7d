/* What the build makes of profiles/. */
#ifndef OCI_HARDEN_RULES_BUILT_IN_H
#define OCI_HARDEN_RULES_BUILT_IN_H

#include <stddef.h>

/* generated/restricted.c: the compiled policy (base part of a generation, JSON)
 * that holds where none was ever applied. In both programs. */
extern const char built_in_restricted[];
extern const size_t built_in_restricted_length;

/* generated/profile_sources.c: the YAML of every built-in profile, in the order of
 * their names. Not in oci-harden. */
struct profile_source {
	const char *name; /* "restricted" */
	const char *text;
};
extern const struct profile_source profile_sources[];
extern const size_t profile_source_count;

#endif
