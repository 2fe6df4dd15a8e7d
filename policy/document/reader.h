/* Private to the document: JSON text (RFC 8259) → a jansson tree. Beside what the
 * grammar forbids it refuses duplicate keys, malformed UTF-8, lone surrogates, a NUL
 * in a key, U+FDD0 in any string (number_spelling.h), and deeper nesting than asked. */
#ifndef OCI_HARDEN_DOCUMENT_READER_H
#define OCI_HARDEN_DOCUMENT_READER_H

#include <jansson.h>
#include <stddef.h>

#include "policy/base/error.h"

/* The root is an object or an array; nothing but space stands behind it. Numbers that
 * jansson cannot carry become marked strings. -EINVAL with line and column; no
 * message shows a value. */
int document_read(const char *text, size_t length, unsigned depth, json_t **ret_root, struct error **error);

#endif
