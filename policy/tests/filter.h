/* A seccomp filter as the kernel would run it: compiled by libseccomp from a
 * profile, then interpreted. For the tests of the control seccomp. */
#ifndef OCI_HARDEN_TESTS_FILTER_H
#define OCI_HARDEN_TESTS_FILTER_H

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdint.h>

#include "policy/controls/seccomp_profile.h"

struct filter {
	struct sock_filter *program; /* owned */
	size_t length;
};

/* Fails the test where libseccomp does not take it. */
struct filter compile_filter(const struct call_profile *profile);
void filter_release(struct filter *filter);

/* SECCOMP_RET_* with its data. */
uint32_t run_filter(const struct filter *filter, const struct seccomp_data *data);

/* For a native call of this number with these arguments (NULL: zeros). */
uint32_t ask_filter(const struct filter *filter, int number, const uint64_t *arguments);

/* 0 for ALLOW, rising with strictness as seccomp(2) orders actions. */
unsigned strictness(uint32_t answer);

/* What linux.seccomp says in JSON, as a profile; the JSON has to outlive it. */
struct call_profile read_profile(const json_t *source);

#endif
