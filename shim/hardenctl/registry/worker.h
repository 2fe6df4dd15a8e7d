/* The process that talks to a registry: it gives up everything but the network and its
 * pipe before the first byte goes out. */
#ifndef OCI_HARDEN_REGISTRY_WORKER_H
#define OCI_HARDEN_REGISTRY_WORKER_H

#include "policy/base/error.h"

/* Becomes an unprivileged user without capabilities and no_new_privs, that can start no
 * program, write no file and trace nobody, with limits on memory, processor time and open
 * files; of its open files only `keep` stays, whose new number is in *ret_kept, also where
 * something failed after that. Dies with its parent. */
int worker_give_up(int keep, int *ret_kept, struct error **error);

#endif
