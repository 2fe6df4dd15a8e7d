/* One signature as a format's reader took it apart, for whoever can check it: what is
 * signed, by what, and what proves when. Everything is borrowed from the evidence or from
 * the reader's own memory, and nothing of it is verified. */
#ifndef OCI_HARDEN_TRUST_SIGNED_MATERIAL_H
#define OCI_HARDEN_TRUST_SIGNED_MATERIAL_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "policy/trust/evidence.h"

/* Which digest a key of this kind signs with differs: classic cosign takes SHA-256 for
 * all, a bundle SHA-256, SHA-384 or SHA-512 by the curve, and Ed25519ph. */
enum signature_rules {
	SIGNATURE_RULES_NONE = 0,
	SIGNATURE_CLASSIC,
	SIGNATURE_BUNDLE,
};

/* Of a Rekor transparency log, v1 or v2. A number that is absent is -1. */
struct log_entry {
	const char *kind, *version; /* "hashedrekord" "0.0.1", "dsse", "intoto"; NULL: only in the body */
	struct bytes body;          /* canonicalizedBody, decoded */
	struct bytes log_id;        /* SHA-256 of the log key's SubjectPublicKeyInfo, decoded */
	int64_t log_index;
	int64_t integrated_time; /* seconds; trusted only by the SET */
	struct bytes set;        /* signedEntryTimestamp, decoded; size 0: none */

	/* inclusion proof; hash_count and tree_size say whether there is one */
	bool has_proof;
	int64_t proof_index, tree_size;
	struct bytes root_hash;
	const struct bytes *hashes;
	size_t hash_count;
	const char *checkpoint; /* the signed note; NULL: none */
};

struct signed_material {
	enum signature_rules rules;
	struct bytes message;   /* what the signature covers: a payload, or DSSE's PAE */
	struct bytes signature; /* decoded */

	/* beside a keyless or certificate signature; count 0: by a bare key */
	const struct bytes *certificates; /* DER, the leaf first; the rest is only a hint for the path */
	size_t certificate_count;
	const struct log_entry *entries;
	size_t entry_count;
	const struct bytes *timestamps; /* RFC 3161 TimeStampResp, DER, over `timestamped` */
	size_t timestamp_count;
	struct bytes timestamped; /* the signature; of cosign's classic attestations the whole envelope */

	/* of a DSSE envelope, whose log entry speaks of the payload and not of the PAE;
	 * size 0 and NULL for a simple signature */
	struct bytes payload;
	const char *payload_type;
};

#endif
