/* WWW-Authenticate (RFC 9110, section 11.6.1): what a registry wants to see before it
 * answers. */
#ifndef OCI_HARDEN_REGISTRY_CHALLENGE_H
#define OCI_HARDEN_REGISTRY_CHALLENGE_H

#include <stdbool.h>

#include "policy/base/error.h"

struct challenge {
	bool basic;
	bool bearer;
	char *realm, *service, *scope; /* of Bearer; owned; NULL where it has none */
};

/* Reads a header's value; several headers are joined by commas. Schemes that are not
 * known are left out. -EINVAL where it does not follow the grammar, where Bearer or one
 * of its parameters stands twice, or where a value has characters beyond ASCII's visible
 * ones and spaces. */
int challenge_parse(const char *header, struct challenge *ret_challenge, struct error **error);
void challenge_release(struct challenge *challenge);
#define cleanup_challenge __attribute__((cleanup(challenge_release)))

#endif
