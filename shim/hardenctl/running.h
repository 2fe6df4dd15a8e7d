/* A container that runs on this host, by the word that a person has for it. */
#ifndef OCI_HARDEN_HARDENCTL_RUNNING_H
#define OCI_HARDEN_HARDENCTL_RUNNING_H

#include "policy/base/error.h"
#include "policy/facts.h"

/* `word`: an id, the start of one that no other container has, or the name that its engine
 * gave it. `root`: the folder of the backend's state where it is not one of those that the
 * engines use; may be NULL. The facts are those of its start, but for what the backend's
 * command line said. -ENOENT; -EEXIST where several are meant. */
int running_find(const char *word, const char *root, struct facts *ret_facts, struct error **error);

#endif
