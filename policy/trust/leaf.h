/* The certificate that a signature comes with: its key and the one whom it was made out to. */
#ifndef OCI_HARDEN_TRUST_LEAF_H
#define OCI_HARDEN_TRUST_LEAF_H

#include "policy/base/error.h"
#include "policy/trust/certificate.h"
#include "policy/trust/signed_material.h"
#include "policy/trust/signer.h"

/* Reads the leaf of `material` and checks the signature with its key. -EPERM; the caller
 * frees *ret_leaf with X509_free(). */
int leaf_check_signature(const struct signed_material *material, X509 **ret_leaf, struct error **error);

/* Is it the signer's: exactly its identity, and its issuer where it names one? -EPERM. */
int leaf_check_identity(const X509 *leaf, const struct signer *signer, struct error **error);

/* How its key is told from others: as public_key_id(), as text. -ENOMEM. */
int leaf_key_id(const X509 *leaf, char ret_id[DIGEST_LENGTH + 1], struct error **error);

#endif
