/* Is this signature one of the signer's? One row for each kind of signer. */
#ifndef OCI_HARDEN_TRUST_SIGNATURE_CHECK_H
#define OCI_HARDEN_TRUST_SIGNATURE_CHECK_H

#include <jansson.h>
#include <stdint.h>

#include "policy/base/error.h"
#include "policy/trust/signed_material.h"
#include "policy/trust/signer.h"

/* Seconds; 0: nothing tells, and never. */
struct signature_answer {
	char key[DIGEST_LENGTH + 1]; /* claim.h */
	int64_t signed_at; /* proven */
	int64_t expires;   /* from then on it counts no longer: what has to be valid now will not be */
};

/* 0 where it is; -EPERM and why not; -ENOMEM. Adds a text for each step that was checked
 * to `proof`. */
int signature_check(const struct signer *signer, const struct signed_material *material, int64_t now,
		    struct signature_answer *ret_answer, json_t *proof, struct error **error);

/* The rows: signature_key.c, signature_keyless.c and signature_certificate.c. */
int signature_check_key(const struct signer *signer, const struct signed_material *material, int64_t now,
			struct signature_answer *ret_answer, json_t *proof, struct error **error);
int signature_check_keyless(const struct signer *signer, const struct signed_material *material, int64_t now,
			    struct signature_answer *ret_answer, json_t *proof, struct error **error);
int signature_check_certificate(const struct signer *signer, const struct signed_material *material, int64_t now,
				struct signature_answer *ret_answer, json_t *proof, struct error **error);

#endif
