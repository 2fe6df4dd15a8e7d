/* A seccomp profile as a list of rules, sorted by the name of the call: what the
 * engine gave, what the policy gives, and what is left of both. Private to the
 * control seccomp.
 *
 * What a profile says of one call: a rule that refuses and matches wins, the
 * strictest first; else a rule that lets through and matches; else the default. */
#ifndef OCI_HARDEN_CONTROLS_SECCOMP_PROFILE_H
#define OCI_HARDEN_CONTROLS_SECCOMP_PROFILE_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "policy/base/error.h"

#define CALL_ARGUMENTS 6u

/* Strictest first, in the order in which the kernel lets one beat another
 * (seccomp(2)). */
enum call_action {
	CALL_KILL_PROCESS = 0,
	CALL_KILL_THREAD,
	CALL_TRAP,
	CALL_ERRNO,
	CALL_NOTIFY,
	CALL_TRACE,
	CALL_LOG,
	CALL_ALLOW,
};

static inline bool call_action_refuses(enum call_action action)
{
	return action <= CALL_ERRNO;
}

enum call_compare {
	COMPARE_NONE = 0, /* no condition */
	COMPARE_NE,
	COMPARE_LT,
	COMPARE_LE,
	COMPARE_EQ,
	COMPARE_GE,
	COMPARE_GT,
	COMPARE_MASKED_EQ, /* (argument & value) == value_two */
};

struct call_condition {
	enum call_compare compare;
	uint64_t value, value_two;
};

/* Conditions on the arguments, all of which have to hold. */
struct call_match {
	struct call_condition on[CALL_ARGUMENTS];
};

struct call_rule {
	const char *name; /* borrowed: static, or of the profile's `source` */
	const struct call_match *match; /* NULL: whatever the arguments */
	enum call_action action;
	uint16_t errno_value; /* CALL_ERRNO */
	uint64_t key;  /* the name's first eight bytes as a number: most names differ there */
	json_t *value; /* the name as it stood in `source`, or NULL: borrowed as well */
};

/* As strcmp() of the names. */
int call_rule_compare(const struct call_rule *left, const struct call_rule *right);

enum call_architecture {
	ARCHITECTURE_X86_64 = 1,
	ARCHITECTURE_X86 = 2,
	ARCHITECTURE_X32 = 4,
	ARCHITECTURE_AARCH64 = 8,
	ARCHITECTURE_ARM = 16,
	ARCHITECTURE_OTHER = 32, /* one that this program does not serve */
};
#if defined(__x86_64__)
#define ARCHITECTURE_NATIVE ARCHITECTURE_X86_64
#define ARCHITECTURES_SERVED (ARCHITECTURE_X86_64 | ARCHITECTURE_X86 | ARCHITECTURE_X32)
#elif defined(__aarch64__)
#define ARCHITECTURE_NATIVE ARCHITECTURE_AARCH64
#define ARCHITECTURES_SERVED (ARCHITECTURE_AARCH64 | ARCHITECTURE_ARM)
#else
#error "the seccomp profile knows x86-64 and aarch64"
#endif

enum call_flag {
	FLAG_TSYNC = 1,
	FLAG_LOG = 2,
	FLAG_OTHER = 4, /* SPEC_ALLOW, WAIT_KILLABLE_RECV and what is not known */
};

struct call_match_block;

struct call_profile {
	enum call_action default_action;
	uint16_t default_errno;
	bool default_given;    /* false: the backend takes the object for "no seccomp" */
	unsigned architectures; /* ARCHITECTURE_*, the native one always among them */
	unsigned flags;        /* FLAG_* */
	bool flags_given;      /* false: runc adds SPEC_ALLOW */
	const char *listener_path, *listener_metadata; /* borrowed of `source`; NULL: none */
	struct call_rule *rules;
	size_t count, capacity;
	struct call_match_block *matches; /* what rules point to; owned */
	json_t *source; /* keeps the names alive; may be NULL */
};

/* Appends a rule; `match` is copied, one without a condition that could fail counts
 * as NULL, and a rule that can never match is left out. 0 or -ENOMEM. */
int call_profile_add(struct call_profile *profile, const char *name, enum call_action action,
		     uint16_t errno_value, const struct call_match *match);

/* call_profile_add() for a name that stands in JSON, which is written again as it is. */
int call_profile_add_value(struct call_profile *profile, json_t *name, enum call_action action,
			   uint16_t errno_value, const struct call_match *match);

/* To be called once the last rule is in. */
void call_profile_sort(struct call_profile *profile);
void call_profile_release(struct call_profile *profile);

static inline void cleanup_call_profile_function(struct call_profile *profile)
{
	call_profile_release(profile);
}
#define cleanup_call_profile __attribute__((cleanup(cleanup_call_profile_function)))

/* The words of config.json; NULL and false for what is not known. */
const char *call_action_word(enum call_action action);
bool call_action_from_word(const char *word, enum call_action *ret);
const char *call_compare_word(enum call_compare compare);
bool call_compare_from_word(const char *word, enum call_compare *ret);
const char *call_architecture_word(unsigned architecture);
unsigned call_architecture_from_word(const char *word); /* ARCHITECTURE_OTHER: not served */
const char *call_flag_word(unsigned flag);
unsigned call_flag_from_word(const char *word); /* FLAG_OTHER: not kept */

/* What entries with conditions of their own are measured by. */
struct circumstances {
	const json_t *bounding; /* array of "CAP_…"; NULL: no capability */
	unsigned kernel;        /* KERNEL(major, minor) */
	unsigned architectures; /* ARCHITECTURE_* that are to be served */
};
#define KERNEL(major, minor) (((unsigned)(major) << 16) | (unsigned)(minor))

unsigned running_kernel(void);
bool has_capability(const struct circumstances *circumstances, const char *capability);

/* The profile that this program brings (seccomp_families.h). 0 or -ENOMEM. */
int call_profile_built_in(const struct circumstances *circumstances, struct call_profile *ret_profile);

/* linux.seccomp of a config.json. -EINVAL with the place where it cannot be
 * understood. `source` is borrowed and must outlive the profile. */
int call_profile_read_config(const json_t *source, struct call_profile *ret_profile,
			     struct error **error);

/* A profile in Docker's and Podman's format: as above with archMap, name,
 * errno, includes and excludes. Strict: what is not known is -EINVAL. */
int call_profile_read_portable(json_t *source, const struct circumstances *circumstances,
			       struct call_profile *ret_profile, struct error **error);

/* A file with such a profile, which only root can have written, as the policy's setting
 * keeps it: the path, a newline and the content. Refused where libseccomp does not
 * compile all of it. The caller frees *ret_setting. */
int call_profile_load_file(const char *path, char **ret_setting, struct error **error);

/* call_profile_read_portable() of that setting. */
int call_profile_of_setting(const char *setting, const struct circumstances *circumstances,
			    struct call_profile *ret_profile, struct error **error);

/* Both at once: for every call and every argument the stricter of the two, or
 * stricter than that where it cannot be written as rules. `own` is the policy's,
 * `given` the engine's; *ret_wider gets the names for which `given` lets through
 * more than the result (a new array). The result borrows the names of both. */
int call_profile_merge(const struct call_profile *own, const struct call_profile *given,
		       struct call_profile *ret_merged, json_t **ret_wider);

/* As linux.seccomp; NULL without memory. */
json_t *call_profile_write(const struct call_profile *profile);

/* Has libseccomp compile every rule that has conditions and checks that the
 * whole program fits the kernel's limit. (A rule without conditions always
 * compiles: shown by the unit test for every name of the table, and by
 * call_profile_load_file() for every name of the policy's own profile.) */
int call_profile_compile(const struct call_profile *profile, struct error **error);

/* The same with every rule. */
int call_profile_compile_fully(const struct call_profile *profile, struct error **error);

/* Compiles all of it and writes the BPF program to `descriptor`. */
int call_profile_export(const struct call_profile *profile, int descriptor, struct error **error);

#endif
