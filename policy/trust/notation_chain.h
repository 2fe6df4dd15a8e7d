/* The certificates of a Notary Project signature, by its specification's "Certificate
 * Requirements": leaf to root, in order and complete.
 *
 * Stricter than that: a critical extension that is none of basicConstraints, keyUsage and
 * extKeyUsage refuses the chain (RFC 5280, section 4.2), where Notation passes it over. */
#ifndef OCI_HARDEN_TRUST_NOTATION_CHAIN_H
#define OCI_HARDEN_TRUST_NOTATION_CHAIN_H

#include <stdbool.h>
#include <stdint.h>

#include "policy/trust/certificate.h"
#include "policy/trust/jws.h"

/* Reads x5c, nothing more. The caller frees with sk_X509_pop_free(). -EINVAL; -ENOMEM. */
int notation_chain_read(const struct jws *jws, STACK_OF(X509) **ret_chain, struct error **error);

/* True where a certificate of the chain is, byte for byte, one of the named trust store's. */
bool notation_chain_is_anchored(const STACK_OF(X509) *chain, const struct certificate_set *store);

/* Each signed by the next, the root by itself, all fit for what they do here. -EPERM. */
int notation_chain_check(const STACK_OF(X509) *chain, struct error **error);

/* All valid at `moment`. -EPERM. *ret_ends (may be NULL): the first second at which one no
 * longer is. */
int notation_chain_check_validity(const STACK_OF(X509) *chain, int64_t moment, const char *what, int64_t *ret_ends,
				  struct error **error);

#endif
