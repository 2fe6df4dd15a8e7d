/* Places of the host that are more than files: what a bind of them gives away. */
#ifndef OCI_HARDEN_CONTROLS_MOUNT_DANGERS_H
#define OCI_HARDEN_CONTROLS_MOUNT_DANGERS_H

#include <stdbool.h>
#include <sys/stat.h>

struct mount_dangers;

/* `host`: "/". Looks the known places up once. Negative where one that is there could
 * not be looked at: then nothing can be compared with it. */
int mount_dangers_make(int host, struct mount_dangers **ret);
void mount_dangers_free(struct mount_dangers *dangers);

enum danger {
	DANGER_NONE = 0,
	DANGER_OWN,          /* oci-harden's own file or folder */
	DANGER_HOLDS_OWN,    /* a folder above one */
	DANGER_SOCKET,       /* an engine's or another root service's socket */
	DANGER_HOLDS_SOCKET, /* a folder above one */
	DANGER_DEVICE,
	DANGER_FOLDER, /* a folder that CIS 5.6 names */
};

struct danger_found {
	enum danger kind; /* the gravest */
	bool holds_own;   /* DANGER_HOLDS_OWN besides */
	const char *what;      /* the predicate: "is the Docker socket" */
	const char *reference; /* "CIS 5.32" */
};

/* What the object at `path` (resolved) with `status` is. */
struct danger_found mount_dangers_of(const struct mount_dangers *dangers, const char *path,
				     const struct stat *status);

#endif
