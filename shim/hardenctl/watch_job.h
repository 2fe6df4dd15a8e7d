/* Fetching one image in a process of its own, so that the engines are listened to meanwhile. */
#ifndef OCI_HARDEN_HARDENCTL_WATCH_JOB_H
#define OCI_HARDEN_HARDENCTL_WATCH_JOB_H

#include <sys/types.h>

#include "policy/base/error.h"

enum watch_outcome {
	WATCH_AGAIN = 0, /* it may go well later */
	WATCH_FETCHED,
	WATCH_GIVEN_UP, /* the registry has no such image, or does not let us */
};

/* Starts it; it says on standard output what it fetched, on standard error what went wrong. */
int watch_job_start(const char *store, const char *name, pid_t *ret_process, struct error **error);

/* What became of it, by what waitpid() says. */
enum watch_outcome watch_job_outcome(int status);

/* Ends it and waits. */
void watch_job_stop(pid_t process);

#endif
