/* Distinguished names as policies write them ("CN=partner, O=Example, C=DE", RFC 4514 with
 * Notation's escapes) against a certificate's subject.
 *
 * They are the same where both have the same attributes with the same values, all of them,
 * in whatever order; values byte by byte as UTF-8, types without regard to case. An attribute
 * stands once, as Notation demands. What Notation allows beyond that, a policy that names a
 * part of the attributes, is refused: others of the same authority would match it as well. */
#ifndef OCI_HARDEN_TRUST_DISTINGUISHED_NAME_H
#define OCI_HARDEN_TRUST_DISTINGUISHED_NAME_H

#include <openssl/x509.h>
#include <stddef.h>

#include "policy/base/error.h"

#define DISTINGUISHED_NAME_ATTRIBUTES 16u

struct distinguished_name {
	struct {
		int type;    /* libcrypto's number for it */
		char *value; /* owned, UTF-8 */
	} attributes[DISTINGUISHED_NAME_ATTRIBUTES];
	size_t count;
};

/* -EINVAL and what is wrong with it; -ENOMEM. */
int distinguished_name_parse(const char *text, struct distinguished_name *ret_name, struct error **error);
void distinguished_name_release(struct distinguished_name *name);
#define cleanup_distinguished_name __attribute__((cleanup(distinguished_name_release)))

/* 0, -EPERM and what differs, -ENOMEM. */
int distinguished_name_match(const struct distinguished_name *name, const X509_NAME *subject, struct error **error);

#endif
