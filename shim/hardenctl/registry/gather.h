/* Everything that a registry has about an image but its layers: index, manifests,
 * configurations, and what is signed about each. Runs in the process that has nothing but
 * the network and a pipe. */
#ifndef OCI_HARDEN_REGISTRY_GATHER_H
#define OCI_HARDEN_REGISTRY_GATHER_H

#include <jansson.h>
#include <stdint.h>

#include "policy/base/error.h"
#include "policy/trust/evidence.h"
#include "policy/trust/manifest.h"
#include "shim/hardenctl/registry/client.h"

#define GATHER_REFERRERS 512u /* of an image, whatever they are */
#define GATHER_PAGES 16u      /* of the list of one digest's referrers */

struct gathering {
	struct client client;
	const char *platform; /* "os/architecture[/variant]"; NULL: all */
	int pipe;
	size_t manifests;   /* of the image, with their configurations */
	size_t referrers;
	json_t *seen;       /* owned: object with a member for each digest that was handed over */
	json_t *statements; /* owned: object, "cosign signature" → how many */
	json_t *skipped;    /* owned: array of sentences */
};

/* A document of the registry and its bytes. */
struct document {
	char digest[DIGEST_LENGTH + 1];
	struct http_response response; /* owned; its body are the bytes */
	struct manifest manifest;      /* owned */
};

/* Hands over blobs as they come and the report at the end:
 *   {"digest": of what `reference` names, "manifests": N, "statements": {LABEL: N},
 *    "skipped": [SENTENCE, …]} */
int gather(struct gathering *gathering, const struct reference *reference, struct error **error);
void gathering_release(struct gathering *gathering);
#define cleanup_gathering __attribute__((cleanup(gathering_release)))

/* For the parts of gather(). `name` is a tag or a digest. -ENOENT where it is not there. */
int gather_document(struct gathering *gathering, const char *name, struct document *ret_document,
		    struct error **error);
int gather_blob(struct gathering *gathering, const struct descriptor *descriptor, struct error **error);
int gather_hand_over(struct gathering *gathering, const char *digest, const struct text *bytes, struct error **error);
int gather_skip(struct gathering *gathering, struct error **error, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
int gather_progress(const struct gathering *gathering, const char *what, const char *digest);
void document_release(struct document *document);
#define cleanup_document __attribute__((cleanup(document_release)))

/* Signatures and attestations of one digest: cosign's tags, and its referrers. */
int gather_statements(struct gathering *gathering, const char *digest, struct error **error);

#endif
