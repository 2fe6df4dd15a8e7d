/* What is known of one container besides its configuration, each fact with its
 * provenance. Filled by shim/identity (one file for each engine), read by rules
 * (which scope and which exceptions hold) and by controls. Nothing here is ever
 * taken from where a container's user could have written it without saying so. */
#ifndef OCI_HARDEN_FACTS_H
#define OCI_HARDEN_FACTS_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

enum engine {
	ENGINE_NONE = 0, /* called by hand, or by an engine that is not known */
	ENGINE_DOCKER,
	ENGINE_CONTAINERD, /* ctr, nerdctl: any containerd namespace but Docker's and CRI's */
	ENGINE_CRI,        /* containerd's CRI plugin */
	ENGINE_PODMAN,
	ENGINE_CRIO,
	ENGINE_BUILDKIT, /* the steps of a build: buildkitd's, or dockerd's own BuildKit */
	/* Signs of a known engine that contradict each other, or lack the rest: what half
	 * looks like one. No policy can name it, so nothing is ever loosened for it. */
	ENGINE_CONTRADICTORY,
};

/* Is this the container that holds a pod's namespaces? The engine's own root-owned
 * store has to say so, and annotations must not contradict it; an annotation alone
 * is never enough. */
enum sandbox {
	SANDBOX_NOT = 0,
	/* It is one, but which image it runs is not known: containerd tells an image's
	 * digest only through its socket, which is not asked. Exempts from nothing. */
	SANDBOX_UNPROVEN,
	/* It is one, and a digest below is what it runs, set by the engine. */
	SANDBOX_PROVEN,
};

enum provenance {
	PROVENANCE_UNKNOWN = 0, /* the value is NULL */
	PROVENANCE_USER,        /* a container's user chose it: may only tighten */
	PROVENANCE_ENGINE,      /* set by the engine or proven: may loosen */
};

/* Owned by its struct facts. */
struct fact {
	char *value;
	enum provenance provenance;
};

/* A place on the host that the engine itself mounts into this container. A bind
 * whose source resolves to it is the engine's own (mount-sources lets it pass).
 * Verified by the identity file: under the engine's root-owned store and, where
 * the engine keeps one folder a container, in this container's or its sandbox's. */
struct engine_path {
	char *path;       /* absolute, symlinks resolved; owned */
	bool below;       /* everything below counts, not only the path itself */
	bool volume;      /* a named volume: mount-sources follows it to what is behind */
	bool program;     /* a program of the host's: to be mounted read-only */
	bool sealed;      /* the folder around it is in no container: who may write there cannot get there */
	bool image;       /* an unpacked image, so that an overlay may stand behind it */
	bool hook;        /* a program that the engine has the runtime call: not to be mounted */
	const char *what; /* "Docker's resolv.conf": static text for messages */
};

struct facts {
	enum engine engine;
	bool advisory; /* inside a user namespace without the host's root (rootless) */
	enum sandbox sandbox;

	char *id;     /* container id as on the command line; owned */
	char *bundle; /* absolute path, no symlinks; owned, may be NULL */
	char *rootfs; /* root.path made absolute against the bundle; owned, may be NULL */

	struct fact namespace;     /* containerd namespace; pod namespace for CRI */
	struct fact name;          /* human name: docker's, the pod's container name … */
	struct fact image;         /* what the user typed; never decides */
	struct fact config_digest; /* "sha256:<64 hex>" */
	struct fact manifest_digest;
	struct fact index_digest;
	struct fact sandbox_id;
	json_t *labels; /* object of strings, user-set; may be NULL */

	char *storage; /* the engine's data root that rootfs must be below; owned, may be NULL */
	/* where this engine binds the network namespaces that it makes, ended by a slash: a
	 * folder that only root can write; owned, NULL where it is not known to have one */
	char *network_namespaces;
	struct engine_path *paths; /* owned */
	size_t path_count;

	char *backend_name;    /* "runc", "crun"; owned */
	char *backend_version; /* "1.1.5"; owned, may be NULL */

	/* options of the command line that controls judge */
	bool no_pivot;
	bool no_new_keyring;
};

/* The policy's word for an engine: "docker", "containerd", "cri", "podman",
 * "crio", "buildkit", "none"; "contradictory" is not among the policy's words. */
const char *engine_name(enum engine engine);

/* 0 or -EINVAL, also for "contradictory". */
int engine_from_name(const char *name, enum engine *ret);

int facts_add_path(struct facts *facts, const char *path, bool below, bool volume, const char *what);

/* A program of the engine's that may stand among the hooks. */
int facts_add_hook(struct facts *facts, const char *path, const char *what);
int fact_set(struct fact *fact, const char *value, enum provenance provenance);
void facts_release(struct facts *facts); /* *facts is zero afterwards */

#endif
