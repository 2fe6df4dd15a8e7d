/* Shared by the files of the control resources, private to it. */
#ifndef OCI_HARDEN_CONTROLS_RESOURCES_H
#define OCI_HARDEN_CONTROLS_RESOURCES_H

#include <stdint.h>

#include "policy/controls/control.h"

struct limits {
	const struct container_view *view;
	const struct facts *facts;
	const json_t *settings;
	struct findings *findings;
};

/* A number that may be missing. */
struct given {
	const json_t *value; /* NULL: missing or null */
	int64_t number;      /* INT64_MAX where it is beyond int64 */
};

/* update says only what changes: nothing that is missing may be filled in, and
 * what is 0 stays as it is. */
static inline bool is_partial(const struct limits *limits)
{
	return limits->view->verb == VERB_UPDATE;
}

/* The member `name` of the resources, an object. 1: there (*ret is set), 0: missing,
 * or a finding has been made that refuses it; negative: no memory. */
int limits_section(struct limits *limits, const char *name, json_t **ret);

/* A number below the resources: `place` is "memory/limit". As limits_section(), but
 * missing gives 0 with ret->value NULL and a refused one -EINVAL. */
int limits_number(struct limits *limits, const json_t *section, const char *place, struct given *ret);

/* Findings at `place` below the resources. `key`: the setting that would let the
 * value pass, given as `allowed`; NULL: none. */
int limits_set(struct limits *limits, const char *place, const json_t *before, int64_t after, const char *key,
	       int64_t allowed, const char *why);
int limits_remove(struct limits *limits, const char *place, const json_t *before, const char *why);
int limits_refuse(struct limits *limits, const char *place, const json_t *before, const char *why);

/* What holds for a limit where `unlimited` is asked for or nothing: the default
 * where there is one, else the maximum. False: the policy sets neither. */
bool limits_default(const struct limits *limits, const char *key_default, const char *key_maximum,
		    int64_t *ret);

int judge_memory(struct limits *limits);
int judge_pids(struct limits *limits);
int judge_cpu(struct limits *limits);
int judge_unified(struct limits *limits);
int judge_rlimits(struct limits *limits);
int judge_oom_score(struct limits *limits);

/* cpu.cfs_quota_us for `thousandths` of a processor in a period of `period`. */
int64_t quota_of(int64_t thousandths, int64_t period);

#define CPU_PERIOD ((int64_t)100000)         /* the kernel's default, microseconds */
#define CPU_PERIOD_LARGEST ((int64_t)1000000)
#define CPU_PERIOD_SMALLEST ((int64_t)1000)
#define CPU_QUOTA_SMALLEST ((int64_t)1000)

#endif
