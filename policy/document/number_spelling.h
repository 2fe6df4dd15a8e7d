/* Private to the document: how numbers beyond jansson's int64 travel through
 * it. Before parsing, such a number becomes a string that starts with the
 * noncharacter U+FDD0; after printing, the string becomes the number again. A
 * document that has U+FDD0 in a string of its own is refused, wherever it stands
 * there: a part of a string that a control copies must not turn into a number. */
#ifndef OCI_HARDEN_DOCUMENT_NUMBER_SPELLING_H
#define OCI_HARDEN_DOCUMENT_NUMBER_SPELLING_H

#include <stddef.h>

#include "policy/base/error.h"

#define NUMBER_MARK "\xef\xb7\x90" /* U+FDD0 in UTF-8 */
#define NUMBER_MARK_LENGTH 3u

/* Checks the nesting (at most `depth` levels) and marks the numbers of `text`.
 * *ret_marked is NULL where nothing had to be marked: use `text` as it is. */
int number_spelling_mark(const char *text, size_t length, unsigned depth, char **ret_marked,
			 size_t *ret_length, struct error **error);

/* Takes the marks out of the printed JSON `text`, in place, and puts the new
 * length into *length. -EINVAL where what is marked is not a number. */
int number_spelling_unmark(char *text, size_t *length, struct error **error);

#endif
