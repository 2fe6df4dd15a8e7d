/* Private to public_key.c: one row for each kind of key. */
#ifndef OCI_HARDEN_TRUST_KEY_ALGORITHM_H
#define OCI_HARDEN_TRUST_KEY_ALGORITHM_H

#include <stddef.h>
#include <stdint.h>

#include "policy/base/error.h"
#include "policy/trust/evidence.h"
#include "policy/trust/signed_material.h"

enum message_digest {
	MESSAGE_SHA256 = 0,
	MESSAGE_SHA384,
	MESSAGE_SHA512,
};

#define MESSAGE_DIGEST_SIZE 64u /* of the longest */

struct key_algorithm {
	const char *name;
	const uint8_t *identifier; /* contents of the AlgorithmIdentifier: OID and parameters, DER */
	size_t identifier_size;
	int curve;                          /* of ECDSA: libcrypto's number for it */
	size_t coordinate_size;             /* of ECDSA: bytes */
	enum message_digest bundle_digest;  /* under SIGNATURE_BUNDLE; the classic one is SHA-256 */

	/* `key`: the contents of the SubjectPublicKeyInfo's bit string. *ret_handle is for
	 * the two below. */
	int (*read)(const struct key_algorithm *algorithm, struct bytes key, void **ret_handle, struct error **error);
	int (*verify)(const struct key_algorithm *algorithm, void *handle, enum signature_rules rules,
		      struct bytes message, struct bytes signature, struct error **error);
	void (*release)(void *handle);
};

int ecdsa_read(const struct key_algorithm *algorithm, struct bytes key, void **ret_handle, struct error **error);
int ecdsa_verify(const struct key_algorithm *algorithm, void *handle, enum signature_rules rules,
		 struct bytes message, struct bytes signature, struct error **error);
void ecdsa_release(void *handle);

int rsa_read(const struct key_algorithm *algorithm, struct bytes key, void **ret_handle, struct error **error);
int rsa_verify(const struct key_algorithm *algorithm, void *handle, enum signature_rules rules, struct bytes message,
	       struct bytes signature, struct error **error);
void rsa_release(void *handle);

int ed25519_read(const struct key_algorithm *algorithm, struct bytes key, void **ret_handle, struct error **error);
int ed25519_verify(const struct key_algorithm *algorithm, void *handle, enum signature_rules rules,
		   struct bytes message, struct bytes signature, struct error **error);
void ed25519_release(void *handle);

/* The digest that the rules ask for; its size in bytes. */
size_t key_algorithm_digest(const struct key_algorithm *algorithm, enum signature_rules rules, struct bytes message,
			    uint8_t digest[MESSAGE_DIGEST_SIZE]);

/* The one sentence for a signature that does not hold; -EPERM. */
int key_algorithm_refuse(const struct key_algorithm *algorithm, struct error **error);

#endif
