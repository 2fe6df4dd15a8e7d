/* Private to confine.c: the seccomp filter of a child that only computes. */
#ifndef OCI_HARDEN_TRUST_CONFINE_FILTER_H
#define OCI_HARDEN_TRUST_CONFINE_FILTER_H

/* Installs it for good: whatever else is called kills the process. no_new_privs has to be
 * set. 0 or -errno. */
int confine_filter_install(void);

#endif
