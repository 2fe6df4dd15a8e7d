/* What may be bound into this container: the engine's own paths (facts) and the
 * policy's list, looked up by path without regard to how many there are. */
#ifndef OCI_HARDEN_CONTROLS_MOUNT_GRANTS_H
#define OCI_HARDEN_CONTROLS_MOUNT_GRANTS_H

#include "policy/controls/control.h"

struct mount_grants {
	const struct facts *facts;
	json_t *engine; /* path → indexes into facts->paths */
	json_t *policy; /* resolved path → records */
	bool volumes;
};

/* One record of the policy's list. */
struct mount_grant {
	bool exact; /* the path itself is listed, not a folder above it */
	bool read_only, socket, device;
};

/* `host`: "/", against which the list's paths are resolved. */
int mount_grants_make(const struct facts *facts, const json_t *settings, int host, struct mount_grants *ret);
void mount_grants_release(struct mount_grants *grants);

/* The engine's path that `path` is, or is below where that counts; NULL: none.
 * Volumes only where the policy lets them in. */
const struct engine_path *mount_grants_engine(const struct mount_grants *grants, const char *path);

/* The named volume that `path` is or is below, whether or not the policy lets
 * volumes in. */
bool mount_grants_is_volume(const struct mount_grants *grants, const char *path);

/* The grant for `path` that fits best: one whose flags suffice for `wanted` where
 * there is one, else any. False: the policy does not list it. */
bool mount_grants_policy(const struct mount_grants *grants, const char *path, const struct mount_grant *wanted,
			 struct mount_grant *ret);

/* True where the grant lets all of `wanted` in. */
bool mount_grant_suffices(const struct mount_grant *grant, const struct mount_grant *wanted);

#endif
