/* Growing text. A failed append (out of memory) is remembered: append freely,
 * ask text_finish() once. Zero-initialise to start: `struct text t = {0};`. */
#ifndef OCI_HARDEN_BASE_TEXT_H
#define OCI_HARDEN_BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>

#include "policy/base/cleanup.h"

struct text {
	char *data; /* NUL-terminated once something was appended */
	size_t length;
	size_t capacity;
	bool failed;
};

void text_append(struct text *text, const char *string);
void text_append_bytes(struct text *text, const char *bytes, size_t length);
void text_append_format(struct text *text, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* Appends `string` in double quotes for a terminal or a log, whatever it is:
 * quotes, control characters, characters that reorder text and bytes that are
 * not UTF-8 are escaped, so that the result is one line of well-formed UTF-8. */
void text_append_quoted(struct text *text, const char *string);

/* The finished string, which the caller frees; NULL where memory ran out.
 * The text is empty afterwards. */
char *text_finish(struct text *text);

void text_release(struct text *text);

static inline void cleanup_text_function(struct text *text)
{
	text_release(text);
}
#define cleanup_text __attribute__((cleanup(cleanup_text_function)))

/* True where `string` starts with `prefix`; the rest is at string + strlen(prefix). */
bool text_starts_with(const char *string, const char *prefix);
bool text_ends_with(const char *string, const char *suffix);
bool text_equal(const char *left, const char *right); /* NULL equals only NULL */

/* True where `text` is one of the NULL-ended `words`; either may be NULL, which is false. */
bool text_is_one_of(const char *text, const char *const *words);

/* True where the first `length` bytes are well-formed UTF-8 (RFC 3629). */
bool text_is_utf8(const char *bytes, size_t length);

#endif
