/* Private to the document: how numbers beyond jansson's int64 travel through it. Such
 * a number is a string that starts with the noncharacter U+FDD0; printed, it is the
 * number again. A document that has U+FDD0 in a string of its own is refused, wherever
 * it stands there: a part of a string that a control copies must not turn into a
 * number. */
#ifndef OCI_HARDEN_DOCUMENT_NUMBER_SPELLING_H
#define OCI_HARDEN_DOCUMENT_NUMBER_SPELLING_H

#include <jansson.h>
#include <stddef.h>

#define NUMBER_MARK "\xef\xb7\x90" /* U+FDD0 in UTF-8 */
#define NUMBER_MARK_LENGTH 3u

/* The length of the JSON number (RFC 8259, section 6) at the start of `text`, 0 where
 * there is none. */
size_t number_spelling_length(const char *text, size_t length);

/* The number of these `length` bytes, as an integer or marked. NULL without memory. */
json_t *number_spelling_value(const char *text, size_t length);

#endif
