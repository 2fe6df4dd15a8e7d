/* What the local store has for one image: bytes by digest, from outside and unverified.
 * A bag of blobs is enough for every format, since each of them binds by digest: index,
 * manifest and configuration bytes, a signature's manifest and payload, a bundle, a
 * Notation envelope, an attestation. Which is what is told by content alone, never by
 * a tag, a file's name or an index's artifactType. */
#ifndef OCI_HARDEN_TRUST_EVIDENCE_H
#define OCI_HARDEN_TRUST_EVIDENCE_H

#include <stddef.h>
#include <stdint.h>

#define DIGEST_LENGTH 71u                     /* "sha256:" and 64 lower-case hexadecimal digits */
#define EVIDENCE_BLOB_SIZE ((size_t)4 << 20)  /* bytes of one blob */
#define EVIDENCE_SIZE ((size_t)32 << 20)      /* bytes of all */
#define EVIDENCE_BLOBS 1024u

/* Bytes that belong to somebody else. */
struct bytes {
	const uint8_t *data;
	size_t size;
};

struct blob {
	char digest[DIGEST_LENGTH + 1]; /* what its name says; evidence_verify() proves it */
	uint8_t *data;                  /* owned; a NUL follows that is not counted */
	size_t size;
};

struct evidence {
	struct blob *blobs; /* owned */
	size_t count;
};

/* Takes over `data` (from malloc) where it succeeds. -E2BIG beyond the limits above,
 * -EINVAL where `digest` is none, -ENOMEM. The same digest twice is kept once. */
int evidence_add(struct evidence *evidence, const char *digest, uint8_t *data, size_t size);

/* Takes out every blob whose SHA-256 is not its digest; how many these were. */
size_t evidence_verify(struct evidence *evidence);

/* Borrowed, or NULL. */
const struct blob *evidence_find(const struct evidence *evidence, const char *digest);

/* By digest, in ascending order. */
void evidence_sort(struct evidence *evidence);

void evidence_release(struct evidence *evidence); /* *evidence is zero afterwards */
#define cleanup_evidence __attribute__((cleanup(evidence_release)))

#endif
