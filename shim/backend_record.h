/* What is known of a backend's file, so that its version need not be asked on
 * every create: the policy's pin and the record /run/oci-harden/backend have the same
 * shape {"path", "name", "version", "flaws", "judged-by", "device", "inode",
 * "change-time-ns"}. "judged-by" is the version of oci-harden whose table of flaws was
 * asked: another one asks anew.
 * The record also tells verbs that pass through which backend is in use: its name and
 * path stand before it on a line of their own, so that they need no JSON. */
#ifndef OCI_HARDEN_SHIM_BACKEND_RECORD_H
#define OCI_HARDEN_SHIM_BACKEND_RECORD_H

#include <jansson.h>
#include <stdbool.h>
#include <sys/stat.h>

#include "shim/backend.h"

/* True where `record` describes the file at `path` with this status. */
bool backend_record_fits(const json_t *record, const char *path, const struct stat *status);

/* Version, kind and flaws from a record that fits. */
int backend_take_record(struct backend *backend, const json_t *record, struct error **error);

/* A new reference, or NULL without memory. */
json_t *backend_record_of(const struct backend *backend, const struct stat *status);

/* Negative where there is no record that root wrote. A new reference. */
int backend_record_read(json_t **ret_record);

/* The same for its kind and path alone. The caller frees the path. */
int backend_record_read_path(enum backend_kind *ret_kind, char **ret_path);

/* Best effort: without a record the version is asked anew. */
void backend_record_write(const json_t *record);

#endif
