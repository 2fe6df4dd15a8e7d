/* Errors carry a negative errno for the program and a sentence for the
 * person. Library code fills a `struct error **` and never prints; the program
 * reports once, at the top.
 *
 * Every function that takes a `struct error **` accepts NULL there, leaves its
 * other outputs untouched on failure, and sets the error exactly when it
 * returns a negative value. */
#ifndef OCI_HARDEN_BASE_ERROR_H
#define OCI_HARDEN_BASE_ERROR_H

#include <stdarg.h>

struct error {
	int code;      /* positive errno */
	char *message; /* one sentence, no newline, never NULL */
};

/* Sets *error (if wanted) and returns -code, so that a failing function can
 * end in `return error_set(error, EINVAL, "…", …)`. Never success: a code that is no
 * errno, such as 0, counts as EIO. */
int error_set(struct error **error, int code, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* As error_set(), with ": " and the text of `code` added (strerror(3), but never
 * the words that Docker maps to exit codes of its own). */
int error_set_errno(struct error **error, int code, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* Puts "prefix: " before the message that *error has and returns its negative
 * code; a no-op returning -EINVAL where there is none. */
int error_prefix(struct error **error, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

int error_out_of_memory(struct error **error);

/* Never NULL: usable on an error that was never set or ran out of memory. */
const char *error_message(const struct error *error);

void error_free(struct error *error);

static inline void cleanup_error_function(struct error **error)
{
	error_free(*error);
}
#define cleanup_error __attribute__((cleanup(cleanup_error_function)))

#endif
