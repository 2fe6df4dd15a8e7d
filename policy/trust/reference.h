/* Names of images, as users type them and as patterns of the policy match them. A name
 * only ever chooses among demands. */
#ifndef OCI_HARDEN_TRUST_REFERENCE_H
#define OCI_HARDEN_TRUST_REFERENCE_H

#include <stdbool.h>

#include "policy/base/error.h"

/* "nginx" → registry "docker.io", repository "library/nginx", tag "latest". Owned;
 * tag and digest may be NULL (a digest and no tag: no "latest" either). */
struct reference {
	char *registry, *repository, *tag, *digest;
};

/* By the distribution specification's grammar and Docker's defaults; a registry comes out
 * in lower case, as DNS takes it. -EINVAL for what is
 * none: "sha256:…" alone or a bare 64-digit id is an id, not a name. */
int reference_parse(const char *name, struct reference *ret_reference, struct error **error);
void reference_release(struct reference *reference);
#define cleanup_reference __attribute__((cleanup(reference_release)))

/* A pattern is REGISTRY/PATH[:TAG]; "*" stands for a part of one component, also an empty
 * one, "**" for any number of components, also none. It gets the same defaults as a name,
 * but no tag stands for every tag. "**" alone matches every name, and "**" in front of a
 * path every registry; "*" alone in front is no pattern, since it could mean either.
 * Time grows with the product of the lengths at most. */
bool reference_matches(const struct reference *reference, const char *pattern);
bool reference_pattern_is_valid(const char *pattern);

#endif
