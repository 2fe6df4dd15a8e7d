/* What a backend remembers of a container that it started: the bundle above all. */
#ifndef OCI_HARDEN_SHIM_CONTAINER_STATE_H
#define OCI_HARDEN_SHIM_CONTAINER_STATE_H

#include <stdint.h>

#include "policy/base/error.h"
#include "shim/command_line.h"

struct container_state {
	enum backend_kind kind; /* which backend's state it is */
	char *bundle;           /* absolute; owned */
	int64_t process;        /* the container's first one; 0: not known */
};

/* Looks below --root, or where runc and crun keep their state by themselves.
 * -ENOENT where nobody knows the container. State that root did not write, or of
 * both backends, is an error. */
int container_state_find(const struct invocation *invocation, struct container_state *ret_state,
			 struct error **error);

/* runc: {"config": {"labels": ["bundle=/…"]}, "init_process_pid": 1}; crun: {"bundle":
 * "/…", "pid": 1}. The caller frees ret_state->bundle. runc keeps annotations among the
 * labels, and takes the first `bundle=` that it finds: where there are two, one is
 * forged, which is an error. */
int container_state_read(const char *text, size_t length, enum backend_kind kind, struct container_state *ret_state,
			 struct error **error);

#endif
