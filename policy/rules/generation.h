/* A generation: one immutable file, STATEDIR/policy/N.generation, with the compiled
 * policy, its exceptions and the source it was made from; `active`, a symbolic link
 * beside it, says which holds. Read with pread: header and base for every container,
 * of the exceptions only the few index entries of a binary search and at most one
 * record a digest or signer, of the trust part only where it is asked for and only what
 * the image needs, so that the cost does not grow with their number. Every part that
 * is used is checked by its own SHA-256 first. generation_format.h has the layout. */
#ifndef OCI_HARDEN_RULES_GENERATION_H
#define OCI_HARDEN_RULES_GENERATION_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>
#include <time.h>

#include "policy/base/error.h"

#define GENERATIONS_KEPT 5u

/* What is written. Borrowed by generation_write() and generation_apply(). */
struct generation_content {
	const json_t *base;       /* base.h */
	const json_t *exceptions; /* {"<64 hex digits>": [exception (base.h), …], …}; the digits are an image's
				   * digest or generation_signer_key() */
	const json_t *trust;      /* {"outline": OBJECT, "image 0": …, "signer NAME": …} (trust_records.h), or NULL */
	const char *source;       /* what `policy show --source` prints */
	time_t activated;
};

/* ---- one file ---- */

struct generation;

/* Takes over `descriptor` where it succeeds. Checks sizes and the header, not the
 * owner; -EINVAL where it is damaged. */
int generation_read(int descriptor, struct generation **ret_generation, struct error **error);
void generation_free(struct generation *generation);

uint64_t generation_number(const struct generation *generation);
time_t generation_activated(const struct generation *generation);
size_t generation_exception_count(const struct generation *generation); /* digests and signers that have one */

/* The base part as text, checked by its digest; the caller frees it. */
int generation_base(const struct generation *generation, char **ret_text, size_t *ret_length,
		    struct error **error);
int generation_source(const struct generation *generation, char **ret_text, size_t *ret_length,
		      struct error **error);

/* The exceptions for "sha256:<64 hex digits>" as an array, checked; *ret is NULL
 * where there is none. A damaged entry or record is -EINVAL. */
int generation_exceptions(const struct generation *generation, const char *image_digest, json_t **ret,
			  struct error **error);

/* The same for what is bound to a signer. */
int generation_exceptions_of_signer(const struct generation *generation, const char *name, json_t **ret,
				    struct error **error);

/* A record of the trust part by its name, an object whose shape is not checked. One that
 * is not there is -EINVAL: which there are is said by "outline". */
int generation_trust(const struct generation *generation, const char *name, json_t **ret_record,
		     struct error **error);

/* The `place`-th record in the index' order, for `policy show`; *ret_digest is
 * "sha256:…" (of a signer, where the exceptions say so), the caller frees it. */
int generation_exception_at(const struct generation *generation, size_t place, char **ret_digest,
			    json_t **ret_exceptions, struct error **error);

/* Reads everything: -EINVAL where any byte is damaged. */
int generation_verify(const struct generation *generation, struct error **error);

/* The bytes of the file. The caller frees *ret_data. */
int generation_write(const struct generation_content *content, uint64_t number, char **ret_data,
		     size_t *ret_length, struct error **error);

/* ---- the folder ---- */

/* The active generation below `state_directory`. *ret_generation is NULL where none
 * was ever applied; -errno and a message with the way out where one was but it is
 * missing, damaged, foreign-owned or writable by others. */
int generation_open_active(const char *state_directory, struct generation **ret_generation,
			   struct error **error);

/* Writes the next generation, makes it the active one and removes those beyond
 * GENERATIONS_KEPT. Where it fails, what was active stays active. */
int generation_apply(const char *state_directory, const struct generation_content *content,
		     uint64_t *ret_number, struct error **error);

/* Activates the newest intact generation below the active one. */
int generation_rollback(const char *state_directory, uint64_t *ret_number, struct error **error);

#endif
