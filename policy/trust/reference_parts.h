/* reference.h from the inside: what names and patterns have in common. */
#ifndef OCI_HARDEN_TRUST_REFERENCE_PARTS_H
#define OCI_HARDEN_TRUST_REFERENCE_PARTS_H

#include <stdbool.h>
#include <stddef.h>

#define REFERENCE_LENGTH 255u /* of registry, '/' and repository: the distribution specification's limit */
#define REFERENCE_TAG_LENGTH 128u
#define REFERENCE_REGISTRY "docker.io"
#define REFERENCE_REGISTRY_ALIAS "index.docker.io"
#define REFERENCE_OFFICIAL "library" /* of docker.io: a repository of one component stands in it */

/* Is the first of several components a registry's name? By Docker's rule: it is
 * "localhost" or has a dot or a colon. (Newer ones also take an upper-case letter for a
 * sign of it; here such a name is none, since it would be another one in lower case.) */
bool reference_is_registry(const char *text, size_t length);

#endif
