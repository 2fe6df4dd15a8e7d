/* Signed certificate timestamps in a certificate (RFC 6962, sections 3.2 and 3.3): a log
 * of certificates promises that everybody can see that it was issued. */
#ifndef OCI_HARDEN_TRUST_SCT_H
#define OCI_HARDEN_TRUST_SCT_H

#include <openssl/x509.h>

#include "policy/base/error.h"
#include "policy/trust/log_key.h"

/* At least one is by a log of `keys`, in use at the time that it tells, and each that is
 * by one of these is valid; what is by others says nothing. `issuer` is the certificate
 * that comes after `certificate` in its path. -EPERM. */
int sct_check(const X509 *certificate, X509 *issuer, const struct log_key *keys, size_t key_count,
	      struct error **error);

#endif
