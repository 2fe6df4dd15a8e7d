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
	const char *cache; /* a folder of verified layers' contents, or NULL */
};

/* 0 where it is bound: each step as a sentence is appended to `proof`. -EPERM and which
 * layer, where, and the way out, where it is not, or cannot be told: an engine, storage
 * driver or layout that is not known is not bound. */
int binding_check(const struct binding_question *question, json_t *proof, struct error **error);

#endif
