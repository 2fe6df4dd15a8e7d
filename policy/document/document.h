/* config.json, process.json and update's resources: loaded losslessly, edited
 * by JSON pointer, written back so that a Go decoder reads the same values.
 *
 * A document is a jansson tree with one addition: a number that jansson cannot
 * carry exactly (beyond int64, such as Docker's 18446744073709551615 for
 * `--ulimit memlock=-1`, or with a fraction or exponent) keeps its spelling. To
 * jansson it is a string; ask document_number_spelling() to tell the two apart
 * and read numbers with document_read_int64() only.
 *
 * Refused as hostile or unreadable: malformed UTF-8, a lone surrogate, more than
 * DOCUMENT_DEPTH levels, more than DOCUMENT_SIZE bytes, bytes after the value, a
 * duplicate key, and two keys of one object that Go's decoder takes for the same
 * struct field (encoding/json matches without regard to case and folds U+017F to
 * s and U+212A to k). Objects whose keys are the user's own (annotations,
 * sysctl, unified …) are exempt from the last rule: see field_names.c. */
#ifndef OCI_HARDEN_DOCUMENT_DOCUMENT_H
#define OCI_HARDEN_DOCUMENT_DOCUMENT_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "policy/base/error.h"

#define DOCUMENT_SIZE ((size_t)16 << 20) /* bytes */
#define DOCUMENT_DEPTH 64u               /* nested arrays and objects */

enum document_kind {
	DOCUMENT_PLAIN = 0, /* no field names are checked */
	DOCUMENT_CONFIG,    /* a bundle's config.json */
	DOCUMENT_PROCESS,   /* exec's process.json */
	DOCUMENT_RESOURCES, /* update's JSON */
	DOCUMENT_LIST,      /* an array instead of an object, no field names are checked */
};

static inline void cleanup_json_function(json_t **value)
{
	json_decref(*value);
}
#define cleanup_json __attribute__((cleanup(cleanup_json_function)))

/* Parses `text` (not necessarily NUL-terminated). *ret_root is a new reference.
 * -EINVAL with line and column, or the JSON pointer, in the message. */
int document_parse(const char *text, size_t length, enum document_kind kind, json_t **ret_root,
		   struct error **error);

/* The compact JSON text of `root`; the caller frees *ret_text. */
int document_print(const json_t *root, char **ret_text, size_t *ret_length, struct error **error);

/* json_dumps(), but in memory that free() takes whatever jansson's allocator is. The
 * marks of carried numbers stay in it. NULL without memory. */
char *document_dump(const json_t *value, size_t flags);

/* The spelling of a number that jansson carries as a string, else NULL. */
const char *document_number_spelling(const json_t *value);

/* True for JSON strings only, not for the carried numbers. */
bool document_is_string(const json_t *value);

/* The text of a JSON string that C and Go read alike: NULL where it has a NUL in it, and
 * for anything that is no string. */
const char *document_text(const json_t *value);

/* Absent or null, which Go's decoder takes for the same; the second one: or "". */
bool document_is_missing(const json_t *value);
bool document_is_blank(const json_t *value);

bool document_is_number(const json_t *value);

/* True where the array has an element that is equal to `wanted`. */
bool document_has_element(const json_t *array, const json_t *wanted);

/* Reads an integer that fits int64. -EINVAL: not an integer; -ERANGE: an integer
 * beyond int64 (then *ret is INT64_MAX or INT64_MIN, which keeps its order). */
int document_read_int64(const json_t *value, int64_t *ret);

/* A number for the document, also one beyond int64. A new reference, or NULL. */
json_t *document_new_uint64(uint64_t value);

/* JSON pointers (RFC 6901). An array index is decimal without leading zeros;
 * "-" as last token of document_set() appends. */
json_t *document_get(const json_t *root, const char *pointer); /* borrowed, or NULL */

/* The two that edit change `root` in place, but nothing below it that is held from
 * elsewhere as well: that gives way to a copy. So whoever keeps a reference to a
 * part of the document, or to a value that was put into it, keeps it unchanged. */

/* Sets the value at `pointer`; missing or null parents become objects. Takes
 * its own reference to `value`. Numeric tokens need an existing element. */
int document_set(json_t *root, const char *pointer, json_t *value, struct error **error);

/* Removes the value at `pointer`; nothing there is not an error. */
int document_remove(json_t *root, const char *pointer, struct error **error);

/* `token` as part of a pointer, "~" and "/" escaped; the caller frees it. */
char *document_pointer_token(const char *token);

/* The pointer of the member `key` of what `pointer` leads to; the caller frees it. Both
 * are NULL without memory. */
char *document_pointer_below(const char *pointer, const char *key);

#endif
