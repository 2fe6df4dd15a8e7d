/* Shared by the two readers of profiles. Private to the control seccomp. */
#ifndef OCI_HARDEN_CONTROLS_SECCOMP_READ_H
#define OCI_HARDEN_CONTROLS_SECCOMP_READ_H

#include "policy/controls/seccomp_profile.h"

#define PROFILE_ENTRIES 4096u   /* members of `syscalls`, and rules made of them */
#define PROFILE_NAME_LENGTH 64u /* bytes of a call's name */

/* An error number that the kernel can return: 0 to 4095. -EINVAL. */
int read_errno(const json_t *value, const char *place, uint16_t *ret, struct error **error);

/* A word that may be missing: *ret is NULL then. -EINVAL where it is no string. */
int read_word(const json_t *object, const char *key, const char **ret, struct error **error);

int read_default_action(const json_t *source, struct call_profile *profile, struct error **error);
int read_architectures(const json_t *list, struct call_profile *profile, struct error **error);
int read_flags(const json_t *source, struct call_profile *profile, struct error **error);

/* One member of `syscalls`: the names under `names`, its action and arguments.
 * `errno_value` is EPERM where the entry has none of its own. */
int read_entry(const json_t *entry, size_t index, uint16_t errno_value, struct call_profile *profile,
	       struct error **error);

#endif
