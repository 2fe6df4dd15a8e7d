/* A service's socket on this host: in a place that root alone can write, made by root, and
 * with root at its other end. */
#ifndef OCI_HARDEN_SHIM_LOCAL_SOCKET_H
#define OCI_HARDEN_SHIM_LOCAL_SOCKET_H

#include "policy/base/error.h"

/* `path`: absolute. -EPERM where it is not root's alone, -EINVAL where it is no path of a
 * socket in the file system, else what connecting said. Does not block. */
int local_socket_connect(const char *path, int *ret_descriptor, struct error **error);

#endif
