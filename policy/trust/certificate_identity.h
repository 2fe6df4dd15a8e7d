/* Who a certificate was made out to and who vouched for them: the subject's alternative
 * name (RFC 5280, 4.2.1.6) and Fulcio's extensions (oid-info.md of Fulcio). */
#ifndef OCI_HARDEN_TRUST_CERTIFICATE_IDENTITY_H
#define OCI_HARDEN_TRUST_CERTIFICATE_IDENTITY_H

#include <openssl/x509.h>

#include "policy/base/error.h"

/* Its one URI or e-mail address. -EPERM: none, several, another kind of name, bytes that
 * are not printable ASCII. The caller frees it. */
int certificate_identity(const X509 *certificate, char **ret_identity, struct error **error);

/* The OIDC issuer: 1.3.6.1.4.1.57264.1.1 (raw) or .1.8 (UTF8String); where both stand they
 * say the same. -EPERM: neither, twice, or nothing that is well-formed. The caller frees it. */
int certificate_issuer(const X509 *certificate, char **ret_issuer, struct error **error);

#endif
