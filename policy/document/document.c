#include "policy/document/document.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "policy/base/cleanup.h"
#include "policy/base/number.h"
#include "policy/base/text.h"
#include "policy/document/field_names.h"
#include "policy/document/number_spelling.h"

/* Every mark before the place where the parser stopped, on its line, has moved
 * that place. A column counts characters: a mark is one, and two quotes. */
static int column_unmarked(const json_error_t *where, const char *marked)
{
	int column = where->column;
	for (int at = where->position - 1; marked && at >= 0 && marked[at] != '\n'; at--)
		if (strncmp(marked + at, "\"" NUMBER_MARK, NUMBER_MARK_LENGTH + 1) == 0)
			column -= 3;
	return column < 0 ? 0 : column;
}

static int not_json(json_error_t *where, const char *marked, struct error **error)
{
	/* The parser quotes what it stumbled over, which may be a secret of `env`. A
	 * duplicate key is a name. */
	char *quote = strstr(where->text, " near '");
	if (quote && json_error_code(where) != json_error_duplicate_key)
		*quote = '\0';
	return error_set(error, EINVAL, "not valid JSON at line %d, column %d: %s", where->line,
			 column_unmarked(where, marked), where->text);
}

int document_parse(const char *text, size_t length, enum document_kind kind, json_t **ret_root,
		   struct error **error)
{
	if (length > DOCUMENT_SIZE)
		return error_set(error, EFBIG, "JSON larger than %zu bytes", DOCUMENT_SIZE);
	cleanup_free char *marked = NULL;
	size_t marked_length = 0;
	int result = number_spelling_mark(text, length, DOCUMENT_DEPTH, &marked, &marked_length, error);
	if (result < 0)
		return result;
	json_error_t where;
	cleanup_json json_t *root = json_loadb(marked ? marked : text, marked ? marked_length : length,
					       JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, &where);
	if (!root)
		return not_json(&where, marked, error);
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
	cleanup_free char *text = document_dump(root, JSON_COMPACT | JSON_ENCODE_ANY);
	if (!text)
		return error_out_of_memory(error);
	size_t length = strlen(text);
	int result = number_spelling_unmark(text, &length, error);
	if (result < 0)
		return result;
	*ret_length = length;
	*ret_text = take_pointer(text);
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

bool document_is_number(const json_t *value)
{
	return json_is_number(value) || document_number_spelling(value);
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
