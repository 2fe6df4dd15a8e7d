/* What tests of keyless signatures need: the kept material (policy/trust/cases/keyless),
 * of a private Fulcio, Rekor, certificate log and timestamp authority. */
#ifndef OCI_HARDEN_TESTS_KEYLESS_SUPPORT_H
#define OCI_HARDEN_TESTS_KEYLESS_SUPPORT_H

#include "policy/tests/support.h"
#include "policy/trust/sigstore_bundle.h"
#include "policy/trust/certificate.h"
#include "policy/trust/signature_check.h"
#include "policy/trust/trusted_root.h"

#define KEYLESS_IDENTITY "builder@example.test"
#define KEYLESS_ISSUER "https://idp.example.test"
#define KEYLESS_SIGNED_AT INT64_C(1792739797) /* within the ten minutes of the leaf */
#define KEYLESS_NOW INT64_C(1795600000)       /* a month later */

/* A file of the kept material; NUL-terminated, the caller frees it. */
char *keyless_file(const char *name, size_t *ret_size);
struct bytes keyless_bytes(const char *name); /* the same */
X509 *keyless_certificate(const char *name);
struct trusted_root *keyless_root(const char *name);
/* trusted_root-made.json after `change` had the JSON in hand. */
struct trusted_root *keyless_root_with(void (*change)(json_t *root, const void *context), const void *context);

struct signer keyless_signer(struct trusted_root *root);

/* Reads a bundle and checks it for the signer. */
int keyless_check(const struct signer *signer, const void *data, size_t size, struct signature_answer *ret_time,
		  json_t *proof, struct error **error);

/* Fails the test unless `result` is a refusal whose message has `why` in it. */
void assert_signature_refused(const char *name, int result, const struct error *error, const char *why);

#endif
