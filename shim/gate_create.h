/* create and run: the bundle's config.json is judged, hardened and written back
 * before the backend sees it. */
#ifndef OCI_HARDEN_SHIM_GATE_CREATE_H
#define OCI_HARDEN_SHIM_GATE_CREATE_H

#include "shim/interception.h"

/* The annotations by which a later exec knows that this container was started
 * hardened; whatever comes in below this prefix is taken out. */
#define ANNOTATION_PREFIX "org.oci-harden."
#define ANNOTATION_DECISION "org.oci-harden.decision"
#define ANNOTATION_GENERATION "org.oci-harden.generation"

/* Takes those out of `config`. True where there was one. */
bool gate_create_strip_annotations(json_t *config);

/* Becomes the backend, or returns: a negative value with *error, or with
 * interception_is_refused() where there is a decision. */
int gate_create(struct interception *interception, struct error **error);

#endif
