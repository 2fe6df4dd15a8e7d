/* Private to the document: a jansson tree → compact JSON text, marked numbers as the
 * numbers they are (number_spelling.h). */
#ifndef OCI_HARDEN_DOCUMENT_WRITER_H
#define OCI_HARDEN_DOCUMENT_WRITER_H

#include <jansson.h>

#include "policy/base/error.h"
#include "policy/base/text.h"

/* Appends `value` to `text`. -EINVAL where what is marked is not a number. */
int document_write(const json_t *value, struct text *text, struct error **error);

#endif
