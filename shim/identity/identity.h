/* Who is this container? Fills the facts that policy and controls ask for. One
 * file for each engine; they are asked in the order of a table, and the first
 * that recognises the container fills the rest. What tells the engine is the
 * bundle's path, --root, the parent process and who owns what, never an
 * annotation. */
#ifndef OCI_HARDEN_SHIM_IDENTITY_H
#define OCI_HARDEN_SHIM_IDENTITY_H

#include <jansson.h>
#include <stdbool.h>

#include "policy/base/error.h"
#include "policy/facts.h"
#include "shim/command_line.h"
#include "shim/identity/parent.h"
#include "shim/identity/task.h"

/* All that an engine's file may judge by. Borrowed. */
struct circumstances {
	const struct invocation *invocation;
	const struct parent *parent;
	const struct task *task; /* NULL: not one of containerd's, or the signs contradict */
	const json_t *config;    /* config.json as it came in */
};

/* One engine's way to tell that a container is its own and what is known of it. */
struct identity {
	enum engine engine;
	bool gives_no_root; /* calls the runtime without --root */
	/* 1 where the container is certainly this engine's, 0 where it is not; -errno where that
	 * cannot be told since something failed (lasting.h). Cheap: paths and owners. */
	int (*recognise)(const struct circumstances *circumstances);
	/* True where at least one of its signs is there: if nobody recognises the container,
	 * the signs contradict each other. NULL: another engine's has the same signs. */
	bool (*resembles)(const struct circumstances *circumstances);
	/* Adds to *facts, which has what every engine's has. A store that cannot be read
	 * or does not know the container is an error where the engine always keeps one,
	 * else a fact that stays unknown. */
	int (*fill)(const struct circumstances *circumstances, struct facts *facts, struct error **error);
};

extern const struct identity identity_docker;
extern const struct identity identity_docker_plugin;
extern const struct identity identity_cri;
extern const struct identity identity_containerd;
extern const struct identity identity_crio;
extern const struct identity identity_podman;
extern const struct identity identity_buildkit;

/* *ret_facts is zero before; release it with facts_release() after success. Id,
 * bundle, rootfs and advisory are filled for every engine; what the command line says
 * is command_facts.h's. `config` is the parsed config.json as it came in. */
int identity_fill(const struct invocation *invocation, const json_t *config, struct facts *ret_facts,
		  struct error **error);

/* identity_fill() for a given parent process instead of the real one. */
int identity_fill_for(const struct invocation *invocation, const struct parent *parent,
		      const json_t *config, struct facts *ret_facts, struct error **error);

#endif
