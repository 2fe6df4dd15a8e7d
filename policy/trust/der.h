/* One element of DER (X.690, section 10) with nothing around it. */
#ifndef OCI_HARDEN_TRUST_DER_H
#define OCI_HARDEN_TRUST_DER_H

#include <stdbool.h>
#include <stdint.h>

#include "policy/trust/evidence.h"

#define DER_OCTET_STRING 0x04
#define DER_UTF8STRING 0x0c

/* True where *bytes is exactly one element with this tag and of less than 64 KiB, its
 * length in the shortest form; *bytes is its content then. */
bool der_unwrap(struct bytes *bytes, uint8_t tag);

#endif
