/* The tmpfs that make a read-only root usable: where they go. */
#ifndef OCI_HARDEN_CONTROLS_MOUNT_SCRATCH_H
#define OCI_HARDEN_CONTROLS_MOUNT_SCRATCH_H

#include "policy/controls/mount.h"

struct scratch {
	const char *place; /* borrowed from the plan */
	size_t before;     /* the index of the first mount below it, or SIZE_MAX */
};

struct scratch_plan {
	struct scratch *items;
	size_t count;
	char **owned;
	size_t owned_count;
};

/* One for each path of `writable`, inside the image, where no mount is at it or
 * above it, and a folder is there or can be made; each place once. -ENOMEM, or with
 * *error where the image cannot be looked into. */
int scratch_plan_make(struct mount_list *list, const json_t *writable, struct scratch_plan *plan, struct error **error);
void scratch_plan_release(struct scratch_plan *plan);

/* What every one of them is like. The owner is the container's user: a backend
 * gives a tmpfs the mode that the image's folder has (runc 1.1 even where a mode is
 * given), so that /run with 0755 could be written by nobody else. */
struct scratch_form {
	int64_t size; /* bytes; 0: the kernel's default */
	int64_t uid, gid;
};

/* `process` may be NULL: owned by root. */
struct scratch_form scratch_form_for(const json_t *process, int64_t size);

/* A mount of config.json. NULL without memory. */
json_t *scratch_mount(const char *place, const struct scratch_form *form);

/* All mounts, with the plan's that have mounts below them before those, which they
 * would cover otherwise. NULL without memory. */
json_t *scratch_insert(const struct scratch_plan *plan, const json_t *mounts,
		       const struct scratch_form *form);

#endif
