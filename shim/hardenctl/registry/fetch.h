/* What a registry has about an image, fetched by a process of its own and proven by
 * digest here. */
#ifndef OCI_HARDEN_REGISTRY_FETCH_H
#define OCI_HARDEN_REGISTRY_FETCH_H

#include <jansson.h>
#include <stdbool.h>

#include "policy/base/error.h"
#include "policy/trust/evidence.h"
#include "policy/trust/reference.h"

/* Borrowed. */
struct fetch_question {
	const struct reference *reference;
	const char *platform;    /* NULL: all */
	const char *authorities; /* a file in PEM; NULL: the system's and those of certs.d */
	bool plain_http;
	unsigned seconds;        /* for all of it */
	void (*progress)(const char *what); /* one line for a terminal; may be NULL */
};

/* Owned. */
struct fetch_result {
	char digest[DIGEST_LENGTH + 1]; /* of what the reference names */
	struct evidence evidence;       /* every blob is what its digest says */
	size_t manifests;               /* of the image, for each platform one */
	size_t statements;              /* signatures, attestations, bundles */
	json_t *report;                 /* gather.h */
};

/* Needs root, to read credentials and to give up being root. -ENOENT where the registry
 * has no such image, -EACCES where it does not let us, -EPERM where it tried what it must
 * not, -EBADMSG where it gave other bytes than it named, -ETIMEDOUT, … */
int fetch(const struct fetch_question *question, struct fetch_result *ret_result, struct error **error);
void fetch_result_release(struct fetch_result *result);
#define cleanup_fetch_result __attribute__((cleanup(fetch_result_release)))

#endif
