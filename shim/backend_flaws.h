/* Which published flaws a backend has, by a table of versions and of distributions'
 * revisions that have a fix before upstream's version says so. */
#ifndef OCI_HARDEN_SHIM_BACKEND_FLAWS_H
#define OCI_HARDEN_SHIM_BACKEND_FLAWS_H

#include <jansson.h>

#include "shim/command_line.h"

/* CVE identifiers, an array without elements where none is known; a new reference, or
 * NULL without memory. `version` is upstream's, perhaps with a distribution's ending;
 * `revisions` are all texts that may name the distribution's revision
 * ("1.1.5+ds1-1+deb12u1"), NULL-ended. */
json_t *backend_flaws_of(enum backend_kind kind, const char *version, const char *const *revisions);

#endif
