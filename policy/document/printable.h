/* Text from outside made fit for a log line, a terminal and JSON. */
#ifndef OCI_HARDEN_DOCUMENT_PRINTABLE_H
#define OCI_HARDEN_DOCUMENT_PRINTABLE_H

#include <jansson.h>

/* A copy on one line: control characters are spaces; where it is not UTF-8, every
 * byte beyond ASCII is '?'. The caller frees it; NULL without memory. */
char *printable(const char *text);

/* The same as a JSON string; JSON null for NULL. A new reference; NULL without memory. */
json_t *printable_json(const char *text);

#endif
