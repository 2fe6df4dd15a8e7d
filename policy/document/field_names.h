/* Private to the document: the field names of the OCI runtime specification,
 * and the refusal of keys that Go's decoder would take for one of them though
 * they are spelled differently. */
#ifndef OCI_HARDEN_DOCUMENT_FIELD_NAMES_H
#define OCI_HARDEN_DOCUMENT_FIELD_NAMES_H

#include "policy/document/document.h"

/* 0, or -EINVAL with the pointer of the first key that is a look-alike of a
 * field or of another key of the same object. */
int field_names_check(const json_t *root, enum document_kind kind, struct error **error);

#endif
