/* What the host's kernel says of namespaces (namespaces(7)): which one a path leads
 * to, whether it is the host's, whose it is, and what a user namespace maps.
 *
 * "The host's" is what pid 1, the kernel's own threads and this program are in: a
 * namespace is known by the device and inode of its file, whatever path, symbolic
 * link or bind mount leads there. Errors are predicates of the sentence "PATH …". */
#ifndef OCI_HARDEN_HOST_NAMESPACE_H
#define OCI_HARDEN_HOST_NAMESPACE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "policy/base/error.h"

struct namespace_kind {
	const char *type; /* config.json's word: "network" */
	const char *file; /* the name below /proc/PID/ns: "net" */
	int flag;         /* CLONE_NEWNET: what ioctl_ns(2) NS_GET_NSTYPE answers */
};

extern const struct namespace_kind namespace_kinds[];
extern const size_t namespace_kind_count;

const struct namespace_kind *namespace_kind_of(const char *type); /* NULL: no such type */

struct namespace_place {
	dev_t device;
	ino_t inode;
	bool host;     /* it is the host's own */
	pid_t process; /* PID of /proc/PID/ns/FILE; 0: a namespace bound to a file elsewhere */
	char *path;    /* the path without symbolic links; owned */
};

/* Where `path` leads. The path is read again by the backend, so that nobody but
 * root may be able to change what it says: it is absolute, its last component is
 * no symbolic link, its directories are root's alone; below /proc only
 * /proc/PID/ns/FILE of another process will do. -EINVAL for these and where it is
 * no namespace of that kind, else what the kernel said.
 * `rootless`: nobody else's need be readable, this program's own namespaces then
 * stand for the host's alone. */
int namespace_locate(const char *path, const struct namespace_kind *kind, bool rootless,
		     struct namespace_place *ret_place, struct error **error);

void namespace_place_release(struct namespace_place *place);

/* True where a control group of `process` has a name with `id` in it, not surrounded
 * by other letters or digits: so engines name a container's. */
bool namespace_process_is_of(pid_t process, const char *id);

/* The same for the text of a /proc/PID/cgroup (cgroups(7)). */
bool namespace_cgroups_name(const char *cgroups, const char *id);

/* True where a process is in the namespace, as far as /proc can be read. */
bool namespace_is_inhabited(const struct namespace_place *place, const struct namespace_kind *kind);

/* user_namespaces(7), "User and group ID mappings". */
struct id_range {
	uint32_t inside, outside, count;
};

struct id_map {
	struct id_range *ranges; /* owned */
	size_t count;
};

/* The real maps of the user namespace that `place` (of a process) leads to, as seen
 * from this program's. -ESTALE where the process is not in it any more. */
int namespace_read_maps(const struct namespace_place *place, struct id_map *ret_uids,
			struct id_map *ret_gids, struct error **error);

void id_map_release(struct id_map *map);

/* Adds a range; numbers beyond 32 bits or a range past them: -ERANGE, -ENOMEM. */
int id_map_add(struct id_map *map, int64_t inside, int64_t outside, int64_t count);

bool id_map_has_outside(const struct id_map *map, uint32_t id);

/* The lowest of the ids outside; UINT32_MAX for an empty map. */
uint32_t id_map_lowest_outside(const struct id_map *map);

/* The same ranges, in any order. */
bool id_map_equal(const struct id_map *left, const struct id_map *right);

#endif
