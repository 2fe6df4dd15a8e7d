/* Programs of the host that would be run as root: whether their files are root's. */
#ifndef OCI_HARDEN_HOST_PROGRAM_H
#define OCI_HARDEN_HOST_PROGRAM_H

#include <stdbool.h>

#include "policy/base/error.h"

/* 0 where `path` (absolute, without "." and "..") leads to a regular, executable file
 * that belongs to the host's root, and that nobody else can exchange: neither it nor a
 * folder on the way is writable by group or others. Symbolic links are followed. Else
 * negative, with the predicate of a sentence about the path. */
int program_check(const char *path, struct error **error);

/* True where `path` is /proc/PID/exe of a running process whose program is called
 * `name` and whose file is root's as above. */
bool program_is_of_process(const char *path, const char *name);

#endif
