/* RFC 3161 timestamps: an authority that the policy pins has seen these bytes by then. */
#ifndef OCI_HARDEN_TRUST_TRUSTED_TIMESTAMP_H
#define OCI_HARDEN_TRUST_TRUSTED_TIMESTAMP_H

#include <stddef.h>
#include <stdint.h>

#include "policy/base/error.h"
#include "policy/trust/evidence.h"
#include "policy/trust/trusted_root.h"

#define TIMESTAMP_RESPONSE_SIZE ((size_t)64 << 10) /* bytes */

/* `response` is a TimeStampResp in DER over `data`: granted, its imprint SHA-256, SHA-384
 * or SHA-512 of `data`, signed by one of `authorities` with a certificate for time stamping
 * and nothing else, which the signature itself names (ESSCertID), whose path was valid at
 * that time, within the authority's validFor. -EPERM; *ret_time in seconds. */
int trusted_timestamp_check(const struct bytes *response, const struct bytes *data, const struct authority *authorities,
			    size_t count, int64_t *ret_time, struct error **error);

#endif
