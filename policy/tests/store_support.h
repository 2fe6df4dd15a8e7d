/* For the tests of the store: images made of the kept layouts, and of nothing. */
#ifndef OCI_HARDEN_TESTS_STORE_SUPPORT_H
#define OCI_HARDEN_TESTS_STORE_SUPPORT_H

#include "policy/trust/evidence.h"
#include "policy/trust/store.h"

#define LAYOUTS "policy/trust/cases/layouts/"
#define STORE "/mnt/state/trust"
#define DIGEST_INDEX "sha256:72d2cfa205fb882c8221205ebf080a3b2c74b227d85afed33084179b3f642d40"
#define DIGEST_AMD64 "sha256:33cd1e9d1e9d68f3ec267bb356b0d59da1196de1e81e62cb528ba805edb3e15b"
#define DIGEST_ARM64 "sha256:9e12c7dd02335f74ce254669cd134c95509aadc1bebd057645682c1bd4fbdfcf"
#define DIGEST_CONFIGURATION "sha256:27bcf08c33e1fb6326aef35278cefa73ffa16221a2f5a6d207c4c8a23f17f083"
#define DIGEST_EVIL "sha256:9fce99150377e4e83447c927b7e78c610a5f5e4163ddea9d3a32c5eeb1e000a8"

/* All blobs of a kept layout. */
void load_layout(const char *name, struct evidence *evidence);

/* Adds `text` under its digest and gives that back. */
void add_text(struct evidence *evidence, const char *text, char ret_digest[DIGEST_LENGTH + 1]);

/* A manifest of its own with the given configuration. */
void add_manifest(struct evidence *evidence, const char *configuration, unsigned number,
		  char ret_digest[DIGEST_LENGTH + 1]);

/* How many blobs the store has for the digest; fails the test where it cannot be read. */
size_t blobs_for(const char *digest);

/* The state; the caller frees it. */
char *state_of(const char *digest);

#endif
