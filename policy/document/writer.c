#include "policy/document/writer.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>

#include "policy/document/document.h"
#include "policy/document/number_spelling.h"

/* What stands behind the backslash; 0 where the byte stands for itself. */
static char escape_of(unsigned char byte)
{
	static const char letters[0x20] = {['\b'] = 'b', ['\f'] = 'f', ['\n'] = 'n', ['\r'] = 'r', ['\t'] = 't'};
	if (byte == '"' || byte == '\\')
		return (char)byte;
	if (byte >= 0x20)
		return 0;
	return letters[byte] ? letters[byte] : 'u';
}

static void write_string(const char *bytes, size_t length, struct text *text)
{
	size_t written = 0;
	text_append_bytes(text, "\"", 1);
	for (size_t i = 0; i < length; i++) {
		const char escape[] = {'\\', escape_of((unsigned char)bytes[i])};
		if (!escape[1])
			continue;
		text_append_bytes(text, bytes + written, i - written);
		text_append_bytes(text, escape, sizeof(escape));
		if (escape[1] == 'u')
			text_append_format(text, "%04X", (unsigned)bytes[i]);
		written = i + 1;
	}
	text_append_bytes(text, bytes + written, length - written);
	text_append_bytes(text, "\"", 1);
}

static int refuse_mark(struct error **error)
{
	return error_set(error, EINVAL, "a string has the reserved noncharacter U+FDD0");
}

static int write_text(const json_t *value, struct text *text, struct error **error)
{
	const char *spelling = document_number_spelling(value);
	if (!spelling) {
		write_string(json_string_value(value), json_string_length(value), text);
		return 0;
	}
	size_t length = json_string_length(value) - NUMBER_MARK_LENGTH;
	if (length == 0 || number_spelling_length(spelling, length) != length)
		return refuse_mark(error);
	text_append_bytes(text, spelling, length);
	return 0;
}

static int write_array(const json_t *array, struct text *text, struct error **error)
{
	size_t index;
	json_t *element;
	text_append_bytes(text, "[", 1);
	json_array_foreach(array, index, element)
	{
		if (index > 0)
			text_append_bytes(text, ",", 1);
		int result = document_write(element, text, error);
		if (result < 0)
			return result;
	}
	text_append_bytes(text, "]", 1);
	return 0;
}

static int write_object(const json_t *object, struct text *text, struct error **error)
{
	const char *key;
	json_t *value;
	bool first = true;
	text_append_bytes(text, "{", 1);
	json_object_foreach((json_t *)(uintptr_t)object, key, value)
	{
		if (strncmp(key, NUMBER_MARK, NUMBER_MARK_LENGTH) == 0)
			return refuse_mark(error);
		if (!first)
			text_append_bytes(text, ",", 1);
		first = false;
		write_string(key, strlen(key), text);
		text_append_bytes(text, ":", 1);
		int result = document_write(value, text, error);
		if (result < 0)
			return result;
	}
	text_append_bytes(text, "}", 1);
	return 0;
}

int document_write(const json_t *value, struct text *text, struct error **error)
{
	int result = 0;
	if (json_is_object(value))
		result = write_object(value, text, error);
	else if (json_is_array(value))
		result = write_array(value, text, error);
	else if (json_is_string(value))
		result = write_text(value, text, error);
	else if (json_is_integer(value))
		text_append_format(text, "%" JSON_INTEGER_FORMAT, json_integer_value(value));
	else if (json_is_boolean(value) || json_is_null(value))
		text_append(text, json_is_null(value) ? "null" : json_is_true(value) ? "true" : "false");
	else
		return error_set(error, EINVAL, "a value that no document has");
	return result < 0 || !text->failed ? result : error_out_of_memory(error);
}
