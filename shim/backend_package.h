/* The distribution's own word for the version of a backend's file. Asked where a
 * backend's record is made, never on a container's way. */
#ifndef OCI_HARDEN_SHIM_BACKEND_PACKAGE_H
#define OCI_HARDEN_SHIM_BACKEND_PACKAGE_H

#include "shim/backend.h"

/* "1.8.1-1+deb12u1" where dpkg's database says that the package of the backend's name
 * is installed and owns its file; "" where it does not, or where there is no dpkg. The
 * caller frees it; NULL without memory. */
char *backend_package_revision(const struct backend *backend);

/* The same for a database elsewhere than in /var/lib/dpkg. */
char *backend_package_revision_in(const char *database, const char *package, const char *path);

#endif
