/* Whom a sigstore verification begins with: `trusted_root.json` (sigstore/protobuf-specs,
 * sigstore_trustroot.proto, media type …trustedroot+json;version=0.1 and v0.2), pinned by
 * the policy. */
#ifndef OCI_HARDEN_TRUST_TRUSTED_ROOT_H
#define OCI_HARDEN_TRUST_TRUSTED_ROOT_H

#include <openssl/x509.h>
#include <stddef.h>

#include "policy/base/error.h"
#include "policy/trust/certificate.h"
#include "policy/trust/log_key.h"

#define TRUSTED_ROOT_SIZE ((size_t)1 << 20)

struct authority {
	struct certificate_set *set; /* owned; one anchor, which stands last in the file */
	X509 *leaf; /* of a timestamp authority: who alone signs for it; NULL: any that it certified */
	struct period valid;
};

struct trusted_root {
	struct log_key *logs, *ct_logs; /* owned: Rekor's; those of certificate transparency */
	size_t log_count, ct_log_count;
	struct authority *authorities, *timestamp_authorities; /* owned: Fulcio's; RFC 3161 */
	size_t authority_count, timestamp_authority_count;
};

/* Strict: an unknown key of the JSON, a time or a certificate that cannot be read, a chain
 * that does not end in a certificate that signed itself are errors (-EINVAL); a log whose
 * kind of key is not known stays, and verifies nothing (log_key.h). A log's key may come
 * without a validFor, which the specification has as optional there. -ENOMEM. */
int trusted_root_read(const char *text, size_t length, struct trusted_root **ret_root, struct error **error);
void trusted_root_free(struct trusted_root *root); /* NULL is fine */

#endif
