/* A bundle's config.json: read and replaced under the same folder's descriptor. */
#ifndef OCI_HARDEN_SHIM_BUNDLE_H
#define OCI_HARDEN_SHIM_BUNDLE_H

#include <jansson.h>
#include <stdbool.h>

#include "policy/base/error.h"

struct bundle {
	int folder;
	json_t *config;
};

#define BUNDLE_NONE ((struct bundle){.folder = -1})

/* The bundle, every folder above it and config.json must be root's and nobody
 * else's to write. `path` is absolute and without symlinks. */
int bundle_open(const char *path, struct bundle *ret_bundle, struct error **error);

/* Writes `config` as the bundle's config.json, whole or not at all. */
int bundle_write(const struct bundle *bundle, const json_t *config, struct error **error);

void bundle_release(struct bundle *bundle);

static inline void cleanup_bundle_function(struct bundle *bundle)
{
	bundle_release(bundle);
}
#define cleanup_bundle __attribute__((cleanup(cleanup_bundle_function)))

#endif
