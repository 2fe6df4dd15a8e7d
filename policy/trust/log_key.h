/* The key of a transparency log as a trusted root pins it (sigstore_common.proto,
 * PublicKey and PublicKeyDetails): what kind it is and when it was in use. */
#ifndef OCI_HARDEN_TRUST_LOG_KEY_H
#define OCI_HARDEN_TRUST_LOG_KEY_H

#include <openssl/evp.h>
#include <stdbool.h>
#include <stdint.h>

#include "policy/base/error.h"
#include "policy/base/sha256.h"
#include "policy/trust/evidence.h"

/* Seconds; both ends belong to it; `end` is INT64_MAX where it is open. */
struct period {
	int64_t start, end;
};
bool period_has(const struct period *period, int64_t time);

struct log_key {
	EVP_PKEY *key;      /* owned; NULL: of a kind that this build does not verify */
	const char *digest; /* of the data that is signed; NULL: the key signs the data itself (Ed25519) */
	char details[48];   /* what the trusted root calls the kind */
	uint8_t id[SHA256_SIZE];  /* what entries name the log by */
	uint8_t spki[SHA256_SIZE]; /* SHA-256 of the key's SubjectPublicKeyInfo */
	uint8_t hint[4];    /* of a signature on a checkpoint (signed note) */
	struct period valid;
};

/* `raw` is a SubjectPublicKeyInfo in DER and exactly the kind that `details` says. A
 * `details` that is not known gives a key that verifies nothing and says so: roots pin
 * logs whose algorithms older programs do not know, beside others. -EINVAL. */
int log_key_read(const struct bytes *raw, const char *details, struct log_key *ret_key, struct error **error);
void log_key_release(struct log_key *key);

/* -EPERM: not signed by this key; `what` is what the signature stands on. */
int log_key_verify(const struct log_key *key, const struct bytes *data, const struct bytes *signature, const char *what,
		   struct error **error);

/* The key with this id that was in use at that time; NULL and why not. `what`: "Rekor log". */
const struct log_key *log_key_find(const struct log_key *keys, size_t count, const struct bytes *id, int64_t time,
				   const char *what, struct error **error);

#endif
