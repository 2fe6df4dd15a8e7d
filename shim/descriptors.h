/* Which open files go on to the backend: standard input, output and error, those
 * of LISTEN_FDS and --preserve-fds. Whatever else an engine leaked ends here. */
#ifndef OCI_HARDEN_SHIM_DESCRIPTORS_H
#define OCI_HARDEN_SHIM_DESCRIPTORS_H

#include <stddef.h>
#include <stdint.h>

#include "policy/base/error.h"
#include "shim/command_line.h"

/* Opens /dev/null on each of 0, 1, 2 that is closed, so that no file of ours ever
 * takes its place. */
void descriptors_fill_standard(void);

/* How many descriptors behind the first three are to reach the container:
 * LISTEN_FDS and --preserve-fds. -EINVAL where one is no number or absurdly large. */
int descriptors_passed(const struct invocation *invocation, uint64_t *ret, struct error **error);

/* Marks every other descriptor close-on-exec. The console socket is passed by
 * path and needs none. */
int descriptors_close_stray(const struct invocation *invocation, struct error **error);

/* Puts `data` into a sealed memfd that nobody can change any more and which stays
 * open for the backend, clear of the numbers that are passed on. Its path is
 * written to `path` ("/proc/self/fd/N"). */
int descriptors_seal(const struct invocation *invocation, const char *data, size_t length, char path[32],
		     struct error **error);

#endif
