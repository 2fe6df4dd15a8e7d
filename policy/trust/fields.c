#include "policy/trust/fields.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "policy/base/number.h"
#include "policy/base/text.h"
#include "policy/document/document.h"

static bool is_text(const json_t *value)
{
	return document_text(value) != NULL;
}

static bool is_object(const json_t *value)
{
	return json_is_object(value);
}

static bool is_array(const json_t *value)
{
	return json_is_array(value) && json_array_size(value) <= FIELD_ELEMENTS;
}

static bool is_count(const json_t *value)
{
	int64_t number = -1;
	return document_read_int64(value, &number) == 0 && number >= 0;
}

static bool is_texts(const json_t *value)
{
	if (!json_is_object(value))
		return false;
	const char *key = NULL;
	json_t *member = NULL;
	/* json_object_foreach only reads, but is not declared so */
	json_object_foreach((json_t *)(uintptr_t)value, key, member)
		if (!is_text(member))
			return false;
	return true;
}

static bool is_any(const json_t *value)
{
	return value != NULL;
}

static const struct {
	const char *name;
	bool (*is)(const json_t *value);
} types[] = {
	[FIELD_TEXT] = {"a string (without NUL)", is_text},
	[FIELD_OBJECT] = {"an object", is_object},
	[FIELD_ARRAY] = {"an array of at most 256 elements", is_array},
	[FIELD_COUNT] = {"a whole number that is not negative", is_count},
	[FIELD_TEXTS] = {"an object of strings", is_texts},
	[FIELD_ANY] = {"anything", is_any},
};
_Static_assert(FIELD_ELEMENTS == 256, "the number in the words above");

int fields_check_known(const json_t *object, const char *where, const struct field *fields, size_t count,
		       struct error **error)
{
	if (!json_is_object(object))
		return error_set(error, EINVAL, "%s is not an object", where);
	for (size_t i = 0; i < count; i++) {
		const json_t *value = json_object_get(object, fields[i].key);
		if (!value && fields[i].required)
			return error_set(error, EINVAL, "%s has no \"%s\"", where, fields[i].key);
		if (value && !types[fields[i].type].is(value))
			return error_set(error, EINVAL, "\"%s\" of %s is not %s", fields[i].key, where,
					 types[fields[i].type].name);
	}
	return 0;
}

static int refuse_key(const char *where, const char *key, struct error **error)
{
	cleanup_text struct text quoted = {0};
	text_append_quoted(&quoted, key);
	cleanup_free char *shown = text_finish(&quoted);
	if (!shown)
		return error_out_of_memory(error);
	return error_set(error, EINVAL, "%s has a key that is not known: %.80s", where, shown);
}

int fields_check(const json_t *object, const char *where, const struct field *fields, size_t count,
		 struct error **error)
{
	int result = fields_check_known(object, where, fields, count, error);
	if (result < 0)
		return result;
	const char *key = NULL;
	json_t *value = NULL;
	json_object_foreach((json_t *)(uintptr_t)object, key, value) {
		size_t i = 0;
		while (i < count && strcmp(fields[i].key, key) != 0)
			i++;
		if (i == count)
			return refuse_key(where, key, error);
	}
	return 0;
}

const char *field_text(const json_t *object, const char *key)
{
	return document_text(json_object_get(object, key));
}

int64_t field_count(const json_t *object, const char *key, int64_t absent)
{
	int64_t number = absent;
	const json_t *value = json_object_get(object, key);
	return value && document_read_int64(value, &number) == 0 ? number : absent;
}

int field_decimal(const json_t *object, const char *where, const char *key, int64_t *ret_number,
		  struct error **error)
{
	if (!json_object_get(object, key))
		return 0;
	const char *text = field_text(object, key);
	int64_t number = -1;
	char again[24];
	bool whole = text && number_parse_int64(text, &number) == 0 && number >= 0;
	(void)snprintf(again, sizeof(again), "%" PRId64, number);
	/* written anew it is the same: no leading zeros */
	if (!whole || strcmp(text, again) != 0)
		return error_set(error, EINVAL, "\"%s\" of %s is not a string of decimal digits", key, where);
	*ret_number = number;
	return 0;
}
