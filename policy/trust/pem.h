/* PEM (RFC 7468, section 3, "stricttextualmsg" but for the width of lines): blocks of one
 * label one behind the other and nothing else; no text around them, no headers, no
 * carriage returns. */
#ifndef OCI_HARDEN_TRUST_PEM_H
#define OCI_HARDEN_TRUST_PEM_H

#include <stddef.h>

#include "policy/base/error.h"
#include "policy/trust/material_memory.h"

#define PEM_BLOCKS 16u

/* All blocks of `text`, 1 to PEM_BLOCKS, decoded into `memory`. `label`: "CERTIFICATE".
 * -EINVAL, `what` names the text in messages, which show nothing of it. */
int pem_read(const char *text, const char *label, const char *what, struct material_memory *memory,
	     const struct bytes **ret_blocks, size_t *ret_count, struct error **error);

#endif
