/* A task of containerd, as Docker, CRI, ctr and nerdctl all create it: the bundle
 * is STATE/io.containerd.runtime.v2.task/NAMESPACE/ID, --root ends in NAMESPACE,
 * and the parent is `containerd-shim-runc-v2 -namespace NAMESPACE -id GROUP`. */
#ifndef OCI_HARDEN_SHIM_IDENTITY_TASK_H
#define OCI_HARDEN_SHIM_IDENTITY_TASK_H

#include "shim/command_line.h"
#include "shim/identity/parent.h"

/* Owned. */
struct task {
	char *state;     /* containerd's state directory */
	char *namespace; /* containerd's namespace */
	char *group;     /* whom the shim was started for: the container, or its pod's sandbox */
	char *data;      /* containerd's root directory; NULL where the bundle does not tell */
};

/* 1 and *ret_task filled where all signs say so. 0 where there is none of them,
 * and also where one contradicts another: what half looks like containerd's is
 * treated as unknown, which gets the tightest policy and no engine's mounts.
 * -ENOMEM. */
int task_read(const struct invocation *invocation, const struct parent *parent, struct task *ret_task);

/* True where the bundle or the parent is as containerd's are, whatever the rest says. */
bool task_resembles(const struct invocation *invocation, const struct parent *parent);

void task_release(struct task *task);

#endif
