/* Those whom the policy trusts, ready to check signatures with: made from the compiled
 * trust settings (settings.h), whose keys and certificates stand in the generation itself,
 * so that no file is read and no child needs one. */
#ifndef OCI_HARDEN_TRUST_SIGNER_H
#define OCI_HARDEN_TRUST_SIGNER_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "policy/base/error.h"

struct public_key;      /* public_key.h */
struct trusted_root;    /* trusted_root.h */
struct certificate_set; /* certificate.h */

enum signer_kind {
	SIGNER_NONE = 0,
	SIGNER_KEY,         /* one of `keys` */
	SIGNER_CERTIFICATE, /* a chain to `authorities`, for `identity` (cosign's own PKI) */
	SIGNER_KEYLESS,     /* a Fulcio certificate for `identity` by `issuer`, proven by `root` */
	SIGNER_NOTATION,    /* a chain to `authorities`, whose leaf's subject is `subject` */
};

struct signer {
	const char *name; /* borrowed from the settings, as all texts here */
	enum signer_kind kind;
	struct public_key **keys; /* owned */
	size_t key_count;
	const char *identity; /* exact SAN: a URI or an e-mail address */
	const char *issuer;   /* exact OIDC issuer; NULL for SIGNER_CERTIFICATE where none is asked */
	const char *subject;  /* distinguished name, "CN=…,O=…,C=…" */
	bool signing_authority; /* of SIGNER_NOTATION: its word for the signing time is taken */
	struct trusted_root *root;           /* owned */
	struct certificate_set *authorities; /* owned */
	int64_t valid_from, valid_until; /* seconds; 0: without bound; signer_check_time() */
};

struct signers {
	struct signer *list; /* owned */
	size_t count;
};

/* `settings`: the object "signers" of the compiled trust settings, which outlives
 * *ret_signers. Strict: what cannot be read is an error, never a signer less. */
int signers_load(const json_t *settings, struct signers *ret_signers, struct error **error);
void signers_release(struct signers *signers);
#define cleanup_signers __attribute__((cleanup(signers_release)))

/* Does the policy trust the signer for a signature that was made at `said`? Where nothing
 * tells (0), it is as if it were made now; where only the signer itself says so (not
 * `proven`), it has to be trusted now as well, since whoever steals a key can say any time.
 * -EPERM. *expires (0: never) comes earlier where the trust ends before. */
int signer_check_time(const struct signer *signer, int64_t said, bool proven, int64_t now, int64_t *expires,
		      struct error **error);

#endif
