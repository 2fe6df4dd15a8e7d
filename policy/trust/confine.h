/* A child that has dropped everything, for bytes from outside: no capabilities,
 * no_new_privs, an unprivileged user and group, no descriptor but its pipe, a seccomp
 * filter that lets it compute, allocate, tell the time and write its answer, limits on
 * memory, processor time, output, and a deadline. It sees what the caller has in memory
 * (fork) and nothing else; the caller waits for it and reaps it. */
#ifndef OCI_HARDEN_TRUST_CONFINE_H
#define OCI_HARDEN_TRUST_CONFINE_H

#include <stddef.h>
#include <sys/types.h>

#include "policy/base/error.h"
#include "policy/base/text.h"

struct confinement {
	size_t memory;        /* bytes of address space on top of what the caller has; 0: 256 MiB */
	size_t output;        /* bytes of the answer; 0: 1 MiB */
	unsigned milliseconds; /* until it is killed; 0: 5000 */
};

/* Runs `work` in such a child and gives back what it appended to `output` and, where it
 * fails, its error. `work` must not open files, start threads or fork; libcrypto is told
 * not to look for its configuration (OPENSSL_INIT_NO_LOAD_CONFIG).
 * A child that dies, hangs or answers too much is -EIO with a message that says which.
 * The caller frees *ret_output; NUL-terminated. The answer comes from a process that
 * read hostile bytes: read it as strictly as these. */
int confine(int (*work)(void *context, struct text *output, struct error **error), void *context,
	    const struct confinement *confinement, char **ret_output, size_t *ret_length, struct error **error);

/* The two halves, for a child that is a program of its own, whose memory then has nothing
 * of the caller's. In the child: drops everything, works, writes the answer to `output`, which
 * is why not where it could not drop everything. -errno where nothing could be answered. */
int confine_self(int (*work)(void *context, struct text *output, struct error **error), void *context, int output,
		 const struct confinement *confinement);

/* In that child, before: says why there will be no other answer. */
int confine_answer_failure(int output, int result, const struct error *error);

/* In the caller: the answer of `child` from the other end of that pipe, as of confine().
 * Reaps it. */
int confine_receive(pid_t child, int input, const struct confinement *confinement, char **ret_output,
		    size_t *ret_length, struct error **error);

#endif
