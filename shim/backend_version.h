/* Asking a backend what it is. */
#ifndef OCI_HARDEN_SHIM_BACKEND_VERSION_H
#define OCI_HARDEN_SHIM_BACKEND_VERSION_H

#include "shim/backend.h"

/* Runs `--version` once and sets version, kind and flaws. */
int backend_run_version(struct backend *backend, struct error **error);

/* "runc version 1.1.5+ds1\n…" → kind and "1.1.5+ds1" (the caller frees it).
 * -EPERM where the first line is not runc's or crun's. */
int backend_read_version(const char *text, enum backend_kind *ret_kind, char **ret_version, struct error **error);

/* The distribution's revision in the answer's line "commit: ": Debian's runc has
 * "1.1.5+ds1-1+deb12u1" there; "" where it does not start with `version` (a commit of
 * the source). The caller frees it; NULL without memory. */
char *backend_read_revision(const char *text, const char *version);

#endif
