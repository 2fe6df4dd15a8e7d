/* A container that runs on this host, by the word that a person has for it. */
#ifndef OCI_HARDEN_HARDENCTL_RUNNING_H
#define OCI_HARDEN_HARDENCTL_RUNNING_H

#include "policy/base/error.h"
#include "policy/facts.h"

/* Borrowed; NULL where nothing is said. */
struct running_question {
	/* an id, the name that its engine gave it, that of a pod with one container, or the start
	 * of an id */
	const char *word;
	const char *root; /* the folder of the backend's state, if it is none of those that engines use */
	enum engine engine;    /* of whom it is; ENGINE_NONE: anyone's */
	const char *namespace; /* containerd's, or the pod's */
};

/* The facts are those of its start, but for what the backend's command line said. -ENOENT;
 * -EEXIST and which they are where several are meant; else why it cannot be told. */
int running_find(const struct running_question *question, struct facts *ret_facts, struct error **error);

#endif
