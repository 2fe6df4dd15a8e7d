/* Base64 (RFC 4648), canonical only: no line breaks, padding where and only where it
 * belongs, no bits behind the last byte. One text has one decoding and the other way. */
#ifndef OCI_HARDEN_TRUST_BASE64_H
#define OCI_HARDEN_TRUST_BASE64_H

#include <stddef.h>
#include <stdint.h>

#include "policy/base/error.h"

enum base64_alphabet {
	BASE64_STANDARD = 0,      /* "+/", padded (section 4) */
	BASE64_URL_UNPADDED,      /* "-_", without padding: JSON Web Signature */
};

/* `what` names the place for the message. -EINVAL; -ENOMEM. The caller frees *ret_data;
 * a NUL follows that is not counted. The empty text is -EINVAL. */
int base64_decode(const char *text, size_t length, enum base64_alphabet alphabet, const char *what,
		  uint8_t **ret_data, size_t *ret_size, struct error **error);

#endif
