#include "policy/document/document.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "policy/base/cleanup.h"
#include "policy/base/number.h"
#include "policy/base/text.h"
#include "policy/document/field_names.h"
#include "policy/document/number_spelling.h"
#include "policy/document/reader.h"
#include "policy/document/writer.h"

int document_parse(const char *text, size_t length, enum document_kind kind, json_t **ret_root,
		   struct error **error)
{
	if (length > DOCUMENT_SIZE)
		return error_set(error, EFBIG, "JSON larger than %zu bytes", DOCUMENT_SIZE);
	cleanup_json json_t *root = NULL;
	int result = document_read(text, length, DOCUMENT_DEPTH, &root, error);
	if (result < 0)
		return result;
	if (kind == DOCUMENT_LIST && !json_is_array(root))
		return error_set(error, EINVAL, "not a JSON array");
	if (kind != DOCUMENT_LIST && !json_is_object(root))
		return error_set(error, EINVAL, "not a JSON object");
	result = field_names_check(root, kind, error);
	if (result < 0)
		return result;
	*ret_root = take_pointer(root);
	return 0;
}

static int append_dumped(const char *bytes, size_t length, void *text)
{
	text_append_bytes(text, bytes, length);
	return 0;
}

char *document_dump(const json_t *value, size_t flags)
{
	cleanup_text struct text text = {0};
	return json_dump_callback(value, append_dumped, &text, flags) == 0 ? text_finish(&text) : NULL;
}

int document_print(const json_t *root, char **ret_text, size_t *ret_length, struct error **error)
{
	cleanup_text struct text text = {0};
	int result = document_write(root, &text, error);
	if (result < 0)
		return result;
	*ret_length = text.length;
	*ret_text = text_finish(&text);
	return 0;
}

const char *document_number_spelling(const json_t *value)
{
	const char *text = json_string_value(value);
	return text && strncmp(text, NUMBER_MARK, NUMBER_MARK_LENGTH) == 0 ? text + NUMBER_MARK_LENGTH : NULL;
}

bool document_is_string(const json_t *value)
{
	return json_is_string(value) && !document_number_spelling(value);
}

const char *document_text(const json_t *value)
{
	const char *text = document_is_string(value) ? json_string_value(value) : NULL;
	return text && strlen(text) == json_string_length(value) ? text : NULL;
}

bool document_is_missing(const json_t *value)
{
	return !value || json_is_null(value);
}

bool document_is_blank(const json_t *value)
{
	return document_is_missing(value) || (json_is_string(value) && json_string_length(value) == 0);
}

bool document_is_number(const json_t *value)
{
	return json_is_number(value) || document_number_spelling(value);
}

bool document_has_element(const json_t *array, const json_t *wanted)
{
	size_t index;
	json_t *element;
	json_array_foreach(array, index, element)
		if (json_equal(element, wanted))
			return true;
	return false;
}

int document_read_int64(const json_t *value, int64_t *ret)
{
	if (json_is_integer(value)) {
		*ret = json_integer_value(value);
		return 0;
	}
	const char *spelling = document_number_spelling(value);
	if (!spelling)
		return -EINVAL;
	int64_t parsed = 0;
	int result = number_parse_int64(spelling, &parsed);
	if (result == 0) {
		*ret = parsed; /* "-0" */
	} else if (strspn(spelling, "-0123456789") == strlen(spelling)) {
		*ret = *spelling == '-' ? INT64_MIN : INT64_MAX;
		result = -ERANGE;
	}
	return result;
}

json_t *document_new_uint64(uint64_t value)
{
	if (value <= INT64_MAX)
		return json_integer((json_int_t)value);
	return json_sprintf(NUMBER_MARK "%" PRIu64, value);
}
