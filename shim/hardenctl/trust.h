/* hardenctl trust: one file for each sub-command, one row each in command_trust.c. */
#ifndef OCI_HARDEN_HARDENCTL_TRUST_H
#define OCI_HARDEN_HARDENCTL_TRUST_H

#include <stdbool.h>
#include <stddef.h>

#include "policy/base/error.h"
#include "policy/trust/store.h"

#define TRUST_DOCKER_SOCKET "/run/docker.sock"
#define TRUST_CONTAINERD_SOCKET "/run/containerd/containerd.sock"

struct trust_command {
	const char *name;
	const char *arguments; /* for people: "[--name REF] DIR" */
	const char *help;      /* one line */
	const char *details;   /* what --help tells in addition, whole lines; NULL: `run` takes --help itself */
	/* argv[0] is the sub-command's name. Gives the exit status. */
	int (*run)(int argc, char **argv);
};

/* An option that takes a text (`value`) or none (`given`); the other one is NULL. */
struct trust_option {
	const char *name; /* "--name" */
	const char **value;
	bool *given;
};

/* Fills the options and the `count` other arguments, all of which have to be there.
 * --store DIR is an option of all of them: *ret_store is DIR, or TRUST_STORE. Negative
 * where they are wrong: then it has been said, and the exit status is EXIT_UNABLE. */
int trust_arguments(const char *command, int argc, char **argv, const struct trust_option *options,
		    size_t option_count, const char **arguments, size_t count, const char **ret_store);

/* The image that DIGEST (in full; whether there is one is not looked at) or NAME (exactly as it
 * was given when it was imported) stands for. -ENOENT; -EEXIST where several have that name. */
int trust_resolve(const char *store, const char *name, char ret_digest[DIGEST_LENGTH + 1], struct error **error);

/* trust_store_put() with the active policy's signers, so that room is made for what they have
 * signed; what is left out is said. Without a policy that can be read it is put there all the
 * same. */
int trust_put(const char *store, const struct trust_store_addition *addition, struct error **error);

int trust_export(int argc, char **argv);
int trust_fetch(int argc, char **argv);
int trust_import(int argc, char **argv);
int trust_list(int argc, char **argv);
int trust_prune(int argc, char **argv);
int trust_remove(int argc, char **argv);
int trust_watch(int argc, char **argv);

#endif
