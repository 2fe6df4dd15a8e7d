/* What is known of one container besides its configuration, each fact with its
 * provenance. Filled by shim/identity (one file for each engine), read by rules
 * (which scope and which exceptions hold) and by controls. Nothing here is ever
 * taken from where a container's user could have written it without saying so. */
#ifndef OCI_HARDEN_FACTS_H
#define OCI_HARDEN_FACTS_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
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

/* One port of the host that leads into the container, as the engine's store has it.
 * Texts as the user gave them, owned; NULL stands for "not given". */
struct published_port {
	char *container;    /* "80/tcp" */
	char *host_address; /* "", "0.0.0.0" and "::" are every address */
	char *host_port;    /* "8080", "8000-8010", or "" and "0": the engine chooses one */
	size_t index;       /* among the bindings of `container` */
};

/* What the engine does for a container beside its configuration. From the engine's
 * root-owned store; a container's user chose all of it, so that it may tighten only. */
struct exposure {
	const char *store; /* "hostconfig.json", the first token of pointers to what follows; static */
	struct published_port *ports; /* owned */
	size_t port_count;
	char *restart_policy;    /* "no", "always", "unless-stopped", "on-failure"; owned, may be NULL */
	int64_t restart_maximum; /* restarts after failures; 0: without end */

	/* Pointers to where the engine says so; static text, NULL where it does not. */
	const char *publishes_all; /* every port that the image names, as ports that the engine chooses */
	const char *privileged;
};

struct facts {
	enum engine engine;
	bool advisory; /* inside a user namespace without the host's root (rootless) */
	enum sandbox sandbox;

	char *id;     /* container id as on the command line; owned */
	bool id_assumed; /* no command line: hardenctl judges a bundle by its folder's name */
	char *bundle; /* absolute path, no symlinks; owned, may be NULL */
	char *rootfs; /* root.path made absolute against the bundle; owned, may be NULL */

	struct fact namespace;     /* containerd namespace; pod namespace for CRI */
	struct fact name;          /* human name: docker's, the pod's container name … */
	struct fact image;         /* what the user typed; never decides */
	struct fact config_digest; /* "sha256:<64 hex>"; a user's: what the engine calls it, unproven */
	struct fact manifest_digest;
	struct fact index_digest;
	/* Further digests that the engine knows the image by, with spaces between, and the file
	 * that has them where they are not read yet (shim/identity/claims.h). Nobody has proven
	 * them: may only tighten. Owned, NULL where there are none. */
	char *claimed_digests, *claims_file;
	struct fact sandbox_id;
	json_t *labels; /* object of strings, user-set; may be NULL */
	/* names of the policy's signers whose signature of this image is verified; array,
	 * owned; NULL: nobody asked */
	json_t *signers;
	/* those of them whose signature names the repository that the container's user has typed;
	 * owned, NULL as above */
	json_t *named_by;
	json_t *one_hand; /* pairs of them who have signed with one hand (policy/trust/votes.h); owned, as above */
	/* containerd's word on what is below the container's root, where it was asked; owned */
	char *chain_id; /* of the topmost layer */
	char *snapshot_lower, *snapshot_upper; /* of the overlay mount */

	char *storage; /* the engine's data root that rootfs must be below; owned, may be NULL */
	/* where this engine binds the network namespaces that it makes, ended by a slash: a
	 * folder that only root can write; owned, NULL where it is not known to have one */
	char *network_namespaces;
	struct engine_path *paths; /* owned */
	size_t path_count;

	char *backend_name;    /* "runc", "crun"; owned */
	char *backend_version; /* "1.1.5"; owned, may be NULL */
	json_t *backend_flaws; /* array of CVE identifiers that it is known not to have fixed; NULL: not asked */

	struct exposure exposure;

	/* of a container that runs: its first one, in whose view exec is judged; 0: not known */
	int64_t init_process;

	/* what the control command-line judges: options, and the runtime's own environment */
	bool no_pivot;
	bool no_new_keyring;
	bool notify_socket;          /* NOTIFY_SOCKET is set */
	bool other_cgroup;           /* exec --cgroup */
	uint64_t passed_descriptors; /* --preserve-fds and LISTEN_FDS together */
	char *foreign_root; /* a --root that is not the recognised engine's; owned, may be NULL */
};

/* The policy's word for an engine: "docker", "containerd", "cri", "podman",
 * "crio", "buildkit", "none"; "contradictory" is not among the policy's words. */
const char *engine_name(enum engine engine);

/* 0 or -EINVAL, also for "contradictory". */
int engine_from_name(const char *name, enum engine *ret);

int facts_add_path(struct facts *facts, const char *path, bool below, bool volume, const char *what);
int facts_add_port(struct facts *facts, const char *container, const char *host_address,
		   const char *host_port, size_t index);

/* A program of the engine's that may stand among the hooks. */
int facts_add_hook(struct facts *facts, const char *path, const char *what);
int fact_set(struct fact *fact, const char *value, enum provenance provenance);
void facts_release(struct facts *facts); /* *facts is zero afterwards */

#endif
