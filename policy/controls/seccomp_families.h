/* The profile that this program brings, as families of calls. Private to the
 * control seccomp.
 *
 * A call that no family names gets ENOSYS, so that a C library falls back to an
 * older call; one that is known and dangerous gets EPERM, as it would without
 * the privilege it asks for. */
#ifndef OCI_HARDEN_CONTROLS_SECCOMP_FAMILIES_H
#define OCI_HARDEN_CONTROLS_SECCOMP_FAMILIES_H

#include "policy/controls/seccomp_profile.h"

enum family_action {
	FAMILY_REFUSES = 0,
	FAMILY_ALLOWS,
};

struct call_family {
	const char *name;
	const char *why; /* one sentence */
	enum family_action action;
	/* FAMILY_REFUSES, and FAMILY_ALLOWS where capability or kernel is missing:
	 * the answer; 0 there: nothing is said of the calls */
	uint16_t errno_value;
	const char *const *calls; /* NULL-ended */
	/* Alternatives, of which one has to match; none: whatever the arguments. */
	const struct call_match *matches;
	size_t match_count;
	const char *const *capabilities; /* any of them; NULL: none is needed */
	unsigned architectures;          /* any of ARCHITECTURE_*; 0: each */
	unsigned kernel;                 /* KERNEL(), the first one; 0: each */
};

extern const struct call_family call_families[];
extern const size_t call_family_count;

#endif
