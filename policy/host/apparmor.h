/* What the host's kernel says of AppArmor: whether it is there, and in which mode
 * a profile is loaded. */
#ifndef OCI_HARDEN_HOST_APPARMOR_H
#define OCI_HARDEN_HOST_APPARMOR_H

#include <stdbool.h>

#include "policy/base/error.h"

enum apparmor_state {
	APPARMOR_NOT_LOADED = 0,
	APPARMOR_NOT_ENFORCED, /* complain, unconfined, and what is not known */
	APPARMOR_ENFORCED,     /* enforce, and kill, which is tighter */
};

/* Whether the kernel confines by AppArmor. Negative where that cannot be told. */
int apparmor_is_there(bool *ret_there, struct error **error);

/* The state of the profile `name` in the host's own policy namespace. Negative
 * where the list of profiles cannot be read. */
int apparmor_profile_state(const char *name, enum apparmor_state *ret_state, struct error **error);

/* For tests, before the first question: a file in the format of securityfs'
 * apparmor/profiles takes the place of the kernel's; "" stands for a kernel without
 * AppArmor, NULL for what really is. The text is not copied. */
void apparmor_use_profiles(const char *path);

#endif
