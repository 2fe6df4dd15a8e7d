/* What tests of signatures need: kept material, keys made for the moment, things signed
 * with them the way cosign does, and what the collectors make of it. */
#ifndef OCI_HARDEN_TESTS_SIGNING_SUPPORT_H
#define OCI_HARDEN_TESTS_SIGNING_SUPPORT_H

#include <openssl/evp.h>

#include "policy/tests/support.h"
#include "policy/trust/collect.h"
#include "policy/trust/public_key.h"

/* The image that the kept signatures are about, and an index with it. */
#define SIGNED_IMAGE "sha256:33cd1e9d1e9d68f3ec267bb356b0d59da1196de1e81e62cb528ba805edb3e15b"
#define SIGNED_INDEX "sha256:72d2cfa205fb882c8221205ebf080a3b2c74b227d85afed33084179b3f642d40"
#define OTHER_IMAGE "sha256:1111111111111111111111111111111111111111111111111111111111111111"

#define COSIGN_SIGNATURE "https://sigstore.dev/cosign/sign/v1"
#define SIMPLE_SIGNING "application/vnd.dev.cosign.simplesigning.v1+json"
#define DSSE_ENVELOPE "application/vnd.dsse.envelope.v1+json"
#define BUNDLE_V03 "application/vnd.dev.sigstore.bundle.v0.3+json"

/* A file below policy/trust/cases; NUL-terminated, the caller frees it. */
char *kept(const char *path, size_t *ret_size);
/* Adds all blobs of an OCI layout there. */
void kept_layout(const char *path, struct evidence *evidence);
struct public_key *kept_key(const char *path);
struct public_key *read_key(const char *pem);

/* "P-256", "P-384", "P-521", "RSA", "Ed25519". */
EVP_PKEY *make_key(const char *kind);
char *pem_of(EVP_PKEY *key);
struct public_key *public_part(EVP_PKEY *key);
/* `digest`: libcrypto's name for it, or NULL for Ed25519. The caller frees it. */
uint8_t *sign(EVP_PKEY *key, const char *digest, const void *message, size_t size, size_t *ret_size);
char *base64_of(const void *data, size_t size);

/* Adds a copy of the bytes; their digest, which lives as long as the evidence does not grow. */
const char *put(struct evidence *evidence, const void *data, size_t size);
const char *put_text(struct evidence *evidence, const char *text);

/* Adds a manifest with a layer for `blob`, which is in the evidence. `annotations`: JSON.
 * `subject`: a digest, or NULL. */
void put_manifest(struct evidence *evidence, const char *blob, size_t size, const char *layer_type,
		  const char *annotations, const char *subject);
/* The signed payload with its .sig manifest; `payload` and a P-256 key. `others`: further
 * annotations, JSON without braces, beginning with a comma; or "". */
void put_simple(struct evidence *evidence, EVP_PKEY *key, const char *payload, const char *others);
/* A statement in a bundle, and in an envelope of an .att manifest, which announces `type`. */
void put_bundle(struct evidence *evidence, EVP_PKEY *key, const char *statement, const char *subject);
void put_attestation(struct evidence *evidence, EVP_PKEY *key, const char *statement, const char *type);
char *envelope_of(EVP_PKEY *key, const char *statement);
char *simple_payload(const char *digest);
char *statement_of(const char *digest, const char *predicate_type);

/* What one signer with this key has said of SIGNED_IMAGE and SIGNED_INDEX. */
struct claims collected(const struct evidence *evidence, struct public_key *key);
size_t count_claims(const struct claims *claims, enum claim_kind kind, const char *predicate_type);
/* Fails unless nothing counts and a rejection says `why`; releases both. */
void assert_untrusted(struct evidence *evidence, struct public_key *key, const char *why);

#endif
