/* Private to the document: one string of a JSON text. */
#ifndef OCI_HARDEN_DOCUMENT_READER_STRING_H
#define OCI_HARDEN_DOCUMENT_READER_STRING_H

#include <stddef.h>
#include <stdlib.h>

struct reader_string {
	const char *bytes; /* in the text itself where nothing is escaped; no NUL at the end */
	size_t length;
	char *unescaped; /* else NULL; owned */
};

static inline void cleanup_reader_string_function(const struct reader_string *string)
{
	free(string->unescaped);
}
#define cleanup_reader_string __attribute__((cleanup(cleanup_reader_string_function)))

extern const char reader_string_no_memory[];

/* Reads the string whose opening quote is at *at and moves *at behind its closing one.
 * NULL, or what is wrong with it; then *at may be anywhere in it. */
const char *reader_string_read(const char **at, const char *end, struct reader_string *ret);

#endif
