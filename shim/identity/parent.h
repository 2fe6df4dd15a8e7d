/* The process that called the runtime: containerd's shim, conmon, or somebody
 * by hand. Its command line is written by the engine, not by a container's user,
 * and says which namespace and which container it serves. */
#ifndef OCI_HARDEN_SHIM_IDENTITY_PARENT_H
#define OCI_HARDEN_SHIM_IDENTITY_PARENT_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* Owned. All zero: nothing is known of the parent, which fits no engine. */
struct parent {
	char *program;    /* the last component of its executable's path */
	char **arguments; /* argv, NULL-ended */
	size_t argument_count;
	char *bytes; /* what `arguments` points into */
};

/* Reads /proc/PPID. A parent that cannot be read, whose executable is not root's
 * or is writable by others leaves *ret_parent all zero: it proves nothing.
 * A negative errno where the kernel failed to tell. */
int parent_read(struct parent *ret_parent);

/* The same of another process' parent, which for a container's first one is still the
 * engine's. */
int parent_read_of(pid_t child, struct parent *ret_parent);

/* The same from an executable's path and the bytes of /proc/PID/cmdline. */
int parent_from(const char *executable, const char *cmdline, size_t length, struct parent *ret_parent);

void parent_release(struct parent *parent);

/* The value behind the first argument that equals `option`, such as "-namespace";
 * "-namespace=x" too. NULL where there is none. */
const char *parent_option(const struct parent *parent, const char *option);

/* True where the parent is conmon and serves this container. */
bool parent_is_conmon(const struct parent *parent, const char *id);
/* 1 where it was started in this bundle, too, 0 where it was not; -errno where that cannot be
 * told since something failed (lasting.h). */
int parent_is_conmon_of(const struct parent *parent, const char *id, const char *bundle);

/* The same: whether what an engine gave its program is `path`, perhaps through a link. */
int parent_spells(const char *given, const char *path);

#endif
