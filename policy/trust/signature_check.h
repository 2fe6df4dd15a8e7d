/* Is this signature one of the signer's? One row for each kind of signer. */
#ifndef OCI_HARDEN_TRUST_SIGNATURE_CHECK_H
#define OCI_HARDEN_TRUST_SIGNATURE_CHECK_H

#include <jansson.h>
#include <stdint.h>

#include "policy/base/error.h"
#include "policy/trust/signed_material.h"
#include "policy/trust/signer.h"

/* 0 where it is; -EPERM and why not; -ENOMEM. *ret_signed_at is the proven time in
 * seconds, 0 where there is none. Adds a text for each step that was checked to `proof`. */
int signature_check(const struct signer *signer, const struct signed_material *material, int64_t now,
		    int64_t *ret_signed_at, json_t *proof, struct error **error);

/* The rows: policy/trust/signature_key.c, keyless.c and certificate.c. */
int signature_check_key(const struct signer *signer, const struct signed_material *material, int64_t now,
			int64_t *ret_signed_at, json_t *proof, struct error **error);
int signature_check_keyless(const struct signer *signer, const struct signed_material *material, int64_t now,
			    int64_t *ret_signed_at, json_t *proof, struct error **error);
int signature_check_certificate(const struct signer *signer, const struct signed_material *material, int64_t now,
				int64_t *ret_signed_at, json_t *proof, struct error **error);

#endif
