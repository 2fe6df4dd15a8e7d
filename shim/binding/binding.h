/* Is what is mounted what was signed? The layers under the container's root, by the
 * engine's own root-owned store and this mount namespace, against the diff ids of a
 * configuration that is proven. */
#ifndef OCI_HARDEN_SHIM_BINDING_H
#define OCI_HARDEN_SHIM_BINDING_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "policy/base/error.h"
#include "policy/facts.h"

/* How far it is told:
 *                                layers                             content
 *   Docker, overlay2             layerdb and the overlay            tar-split.json.gz and the files
 *   Docker, containerd's store,  the snapshot's parent, its mount   refused: containerd keeps no
 *   containerd, CRI              (facts.h) and the overlay          record of a layer's files
 *   Podman, CRI-O, overlay       layers.json and the overlay        tar-split.gz and the files
 *   any other storage driver     refused                            refused
 *
 * `empty_upper`: only Docker's store says whether a container ran before (State.StartedAt),
 * and then its upper directory is not looked at. Of the other engines every create has to
 * find it empty: right for CRI and CRI-O, where a container starts once, while a container
 * of Podman's or nerdctl's that has written something cannot be started a second time. */
enum binding {
	BIND_CONTENT = 0, /* the layers' bytes too, where the engine keeps what is needed to tell */
	BIND_LAYERS,      /* which layers are mounted */
	BIND_DIGEST,      /* what the engine's store says alone: nothing is looked at */
};

/* Borrowed. */
struct binding_question {
	enum binding binding;
	bool empty_upper; /* nothing may have been put into the container before its first start */
	const struct facts *facts;
	const char *const *diff_ids; /* "sha256:…", the lowest layer first */
	size_t count;
	/* A folder of root's alone, made where it is missing, for what was seen of layers whose
	 * contents were verified, or NULL. Should not outlive a boot: what changes a disk that
	 * this kernel does not run on need not change inode or time of a file. */
	const char *cache;
};

/* 0 where it is bound: each step as a sentence is appended to `proof`. -EPERM and which
 * layer, where, and the way out, where it is not: an engine, storage driver or layout that
 * is not known is not bound. Any other code where something failed, so that it cannot be
 * told: it may well be bound. */
int binding_check(const struct binding_question *question, json_t *proof, struct error **error);

#endif
