/* As much of DER (X.690) as public keys, ECDSA signatures and extensions of certificates
 * need: strict, so that one value has one encoding. */
#ifndef OCI_HARDEN_TRUST_DER_H
#define OCI_HARDEN_TRUST_DER_H

#include <stdbool.h>
#include <stdint.h>

#include "policy/trust/evidence.h"

enum {
	DER_INTEGER = 0x02,
	DER_BIT_STRING = 0x03,
	DER_OCTET_STRING = 0x04,
	DER_UTF8STRING = 0x0c,
	DER_SEQUENCE = 0x30,
};

/* Steps over the value that comes next in *rest; its contents are *ret_contents. False,
 * with *rest as it was, where it has another tag, a length that is indefinite or not
 * written the shortest way, or is cut off. */
bool der_take(struct bytes *rest, uint8_t tag, struct bytes *ret_contents);

/* The same for an integer greater than zero: its bytes without the leading zero that
 * keeps it positive. */
bool der_take_positive(struct bytes *rest, struct bytes *ret_magnitude);

/* The same for a bit string of whole bytes. */
bool der_take_bits(struct bytes *rest, struct bytes *ret_bits);

#endif
