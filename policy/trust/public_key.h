/* Public keys that a policy trusts: ECDSA on P-256, P-384 and P-521, RSA of 2048 to 4096
 * bits, Ed25519. */
#ifndef OCI_HARDEN_TRUST_PUBLIC_KEY_H
#define OCI_HARDEN_TRUST_PUBLIC_KEY_H

#include <stdint.h>

#include "policy/base/error.h"
#include "policy/base/sha256.h"
#include "policy/trust/evidence.h"
#include "policy/trust/signed_material.h"

struct public_key;

/* One PEM block "PUBLIC KEY" and nothing else. -EINVAL names what it is instead; -ENOMEM. */
int public_key_read_pem(const char *pem, struct public_key **ret_key, struct error **error);
/* SubjectPublicKeyInfo in DER (RFC 5280, section 4.1). */
int public_key_read(struct bytes spki, struct public_key **ret_key, struct error **error);
void public_key_free(struct public_key *key); /* NULL is fine */

static inline void cleanup_public_key_function(struct public_key **key)
{
	public_key_free(*key);
}
#define cleanup_public_key __attribute__((cleanup(cleanup_public_key_function)))

/* "ECDSA P-256". */
const char *public_key_algorithm(const struct public_key *key);
/* SHA-256 of the SubjectPublicKeyInfo: a log's id, and how people tell keys apart. */
const uint8_t *public_key_id(const struct public_key *key); /* SHA256_SIZE bytes */

/* 0 where `signature` is one of `message` by this key under these rules; -EPERM where it
 * is not, or this build cannot tell; -ENOMEM. */
int public_key_verify(const struct public_key *key, enum signature_rules rules, struct bytes message,
		      struct bytes signature, struct error **error);

#endif
