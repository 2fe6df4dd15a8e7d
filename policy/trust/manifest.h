/* The three documents between a name and its layers, read strictly from bytes that come
 * from outside (OCI image specification 1.1: image-index.md, manifest.md, config.md;
 * Docker's image manifest version 2, schema 2, and its list, which differ by their media
 * types alone). Whoever reads them has proven their digest before, or proves it after.
 *
 * Keys that the specifications don't have are passed over, as these ask for, but not such
 * as a Go decoder takes for one that counts here ("Layers"), since the engine would read
 * another image from it than this does. */
#ifndef OCI_HARDEN_TRUST_MANIFEST_H
#define OCI_HARDEN_TRUST_MANIFEST_H

#include <jansson.h>
#include <stddef.h>
#include <stdint.h>

#include "policy/base/error.h"
#include "policy/trust/evidence.h"

#define MANIFEST_DESCRIPTORS 1024u    /* of an index or a manifest */
#define CONFIGURATION_DIFF_IDS 512u

#define MEDIA_TYPE_INDEX "application/vnd.oci.image.index.v1+json"
#define MEDIA_TYPE_MANIFEST "application/vnd.oci.image.manifest.v1+json"
#define MEDIA_TYPE_CONFIGURATION "application/vnd.oci.image.config.v1+json"
#define MEDIA_TYPE_DOCKER_LIST "application/vnd.docker.distribution.manifest.list.v2+json"
#define MEDIA_TYPE_DOCKER_MANIFEST "application/vnd.docker.distribution.manifest.v2+json"
#define MEDIA_TYPE_DOCKER_CONFIGURATION "application/vnd.docker.container.image.v1+json"

/* Texts are borrowed from the document; NULL where it has none. */
struct descriptor {
	char digest[DIGEST_LENGTH + 1];
	uint64_t size;           /* bytes */
	const char *media_type;  /* never NULL */
	const char *artifact_type;
	const char *architecture, *os, *variant; /* platform, of an index' manifest */
	const json_t *annotations;               /* object of strings */
};

enum manifest_kind {
	MANIFEST_NONE = 0,
	MANIFEST_INDEX, /* `list` are manifests and indexes */
	MANIFEST_IMAGE, /* `config`, and `list` are layers; signatures and other artifacts too */
};

struct manifest {
	enum manifest_kind kind;
	const char *media_type; /* as it says itself, or by its kind (OCI's) where it doesn't */
	const char *artifact_type;
	struct descriptor config;  /* of MANIFEST_IMAGE */
	struct descriptor subject; /* what it is about; digest "" where it is about nothing */
	struct descriptor *list;   /* owned */
	size_t count;
	const json_t *annotations; /* object of strings */
	json_t *document;          /* owned: whatever is borrowed above is of it */
};

struct configuration {
	const char **diff_ids; /* owned; "sha256:…", the lowest layer first */
	size_t count;
	const char *architecture, *os;    /* may be "" */
	const char *variant, *created;    /* `created` as it stands there */
	json_t *document;                 /* owned */
};

/* -EINVAL with the place where the bytes are no such document; -ENOMEM. A document with
 * parts of both kinds (CVE-2021-41190) or whose mediaType is another kind's is none. */
int manifest_read(const void *data, size_t size, struct manifest *ret_manifest, struct error **error);
int configuration_read(const void *data, size_t size, struct configuration *ret_configuration, struct error **error);

void manifest_release(struct manifest *manifest);
void configuration_release(struct configuration *configuration);
#define cleanup_manifest __attribute__((cleanup(manifest_release)))
#define cleanup_configuration __attribute__((cleanup(configuration_release)))

#endif
