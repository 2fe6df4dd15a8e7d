/* Objects of JSON that strangers wrote, read by a table: exact keys, exact types. After
 * fields_check() said yes, what json_object_get() gives is of the type that the table says,
 * or NULL where it need not be there. */
#ifndef OCI_HARDEN_TRUST_FIELDS_H
#define OCI_HARDEN_TRUST_FIELDS_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "policy/base/cleanup.h"
#include "policy/base/error.h"

enum field_type {
	FIELD_TEXT = 0, /* document_text() is not NULL: a string without NUL */
	FIELD_OBJECT,
	FIELD_ARRAY,    /* of at most FIELD_ELEMENTS */
	FIELD_COUNT,    /* an integer from 0 to INT64_MAX, document_read_int64() */
	FIELD_TEXTS,    /* an object whose values are all texts: annotations */
	FIELD_ANY,
};

#define FIELD_ELEMENTS 256u

struct field {
	const char *key;
	enum field_type type;
	bool required;
};

#define FIELDS(table) (table), ARRAY_SIZE(table)

/* `where` names the object in messages. -EINVAL: not an object, a key that the table does
 * not have, one that is missing, another type (null too is another type). */
int fields_check(const json_t *object, const char *where, const struct field *fields, size_t count,
		 struct error **error);
/* The same where the specification says that unknown keys are to be ignored. */
int fields_check_known(const json_t *object, const char *where, const struct field *fields, size_t count,
		       struct error **error);

/* Members of an object that was checked: NULL where there is none. */
const char *field_text(const json_t *object, const char *key);
/* Of a FIELD_COUNT; `absent` where there is none. */
int64_t field_count(const json_t *object, const char *key, int64_t absent);

/* Decimal digits in a string, as protobuf writes 64-bit integers in JSON: from 0 to
 * INT64_MAX, no leading zeros. *ret_number stays as it was where there is no such key. */
int field_decimal(const json_t *object, const char *where, const char *key, int64_t *ret_number,
		  struct error **error);

#endif
