#include "policy/document/reader.h"

#include <errno.h>
#include <string.h>

#include "policy/base/cleanup.h"
#include "policy/base/text.h"
#include "policy/document/document.h"
#include "policy/document/number_spelling.h"
#include "policy/document/reader_string.h"

struct reader {
	const char *text, *at, *end;
	unsigned depth; /* levels that may still be opened */
	unsigned maximum_depth;
	struct error **error;
};

/* Lines and columns count from 1, columns in characters. */
static int refuse(const struct reader *reader, const char *at, const char *why, const char *detail)
{
	unsigned line = 1, column = 1;
	for (const char *byte = reader->text; byte < at; byte++) {
		if (*byte == '\n') {
			line++;
			column = 1;
		} else if (((unsigned char)*byte & 0xc0) != 0x80) {
			column++;
		}
	}
	return error_set(reader->error, EINVAL, "not valid JSON at line %u, column %u: %s%s", line, column, why, detail);
}

static int out_of_memory(const struct reader *reader)
{
	return error_out_of_memory(reader->error);
}

static void skip_space(struct reader *reader)
{
	while (reader->at < reader->end &&
	       (*reader->at == ' ' || *reader->at == '\n' || *reader->at == '\t' || *reader->at == '\r'))
		reader->at++;
}

/* Skips space; true, and behind it, where `byte` comes next. */
static bool take(struct reader *reader, char byte)
{
	skip_space(reader);
	bool found = reader->at < reader->end && *reader->at == byte;
	reader->at += found;
	return found;
}

static int read_string(struct reader *reader, struct reader_string *ret)
{
	const char *start = reader->at;
	const char *flaw = reader_string_read(&reader->at, reader->end, ret);
	if (flaw == reader_string_no_memory)
		return out_of_memory(reader);
	return flaw ? refuse(reader, start, flaw, "") : 0;
}

static int read_string_value(struct reader *reader, json_t **ret)
{
	cleanup_reader_string struct reader_string string = {0};
	int result = read_string(reader, &string);
	if (result == 0 && !(*ret = json_stringn_nocheck(string.bytes, string.length)))
		result = out_of_memory(reader);
	return result;
}

static int read_number(struct reader *reader, json_t **ret)
{
	size_t length = number_spelling_length(reader->at, (size_t)(reader->end - reader->at));
	if (length == 0)
		return refuse(reader, reader->at, "a value is expected", "");
	*ret = number_spelling_value(reader->at, length);
	reader->at += length;
	return *ret ? 0 : out_of_memory(reader);
}

static int read_word(struct reader *reader, json_t **ret)
{
	static const struct {
		const char *word;
		json_t *(*make)(void);
	} words[] = {{"true", json_true}, {"false", json_false}, {"null", json_null}};
	for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
		size_t length = strlen(words[i].word);
		if ((size_t)(reader->end - reader->at) < length || memcmp(reader->at, words[i].word, length) != 0)
			continue;
		reader->at += length;
		*ret = words[i].make();
		return 0;
	}
	return refuse(reader, reader->at, "a value is expected", "");
}

static int read_value(struct reader *reader, json_t **ret);

static int read_elements(struct reader *reader, json_t *array)
{
	if (take(reader, ']'))
		return 0;
	for (;;) {
		json_t *element = NULL;
		int result = read_value(reader, &element);
		if (result < 0)
			return result;
		if (json_array_append_new(array, element) < 0)
			return out_of_memory(reader);
		if (take(reader, ']'))
			return 0;
		if (!take(reader, ','))
			return refuse(reader, reader->at, "a comma or the end of an array is expected", "");
	}
}

static int read_key(struct reader *reader, struct reader_string *ret)
{
	skip_space(reader);
	const char *start = reader->at;
	if (start == reader->end || *start != '"')
		return refuse(reader, start, "a key, which is a string, is expected", "");
	int result = read_string(reader, ret);
	if (result == 0 && memchr(ret->bytes, '\0', ret->length))
		result = refuse(reader, start, "a key has a NUL in it", "");
	return result;
}

static int read_member(struct reader *reader, json_t *object)
{
	cleanup_reader_string struct reader_string key = {0};
	json_t *value = NULL;
	int result = read_key(reader, &key);
	if (result == 0 && !take(reader, ':'))
		result = refuse(reader, reader->at, "a colon is expected", "");
	const char *behind = reader->at;
	if (result == 0)
		result = read_value(reader, &value);
	if (result < 0)
		return result;
	size_t before = json_object_size(object);
	if (json_object_setn_new_nocheck(object, key.bytes, key.length, value) < 0)
		return out_of_memory(reader);
	if (json_object_size(object) > before)
		return 0;
	cleanup_free char *name = strndup(key.bytes, key.length);
	cleanup_text struct text quoted = {0};
	text_append_quoted(&quoted, name ? name : "");
	return quoted.failed ? out_of_memory(reader) : refuse(reader, behind, "duplicate key ", quoted.data);
}

static int read_members(struct reader *reader, json_t *object)
{
	if (take(reader, '}'))
		return 0;
	for (;;) {
		int result = read_member(reader, object);
		if (result < 0)
			return result;
		if (take(reader, '}'))
			return 0;
		if (!take(reader, ','))
			return refuse(reader, reader->at, "a comma or the end of an object is expected", "");
	}
}

static int read_container(struct reader *reader, json_t **ret)
{
	bool object = *reader->at == '{';
	if (reader->depth == 0)
		return error_set(reader->error, EINVAL, "byte %zu: more than %u levels of nesting",
				 (size_t)(reader->at - reader->text), reader->maximum_depth);
	cleanup_json json_t *container = object ? json_object() : json_array();
	if (!container)
		return out_of_memory(reader);
	reader->at++;
	reader->depth--;
	int result = object ? read_members(reader, container) : read_elements(reader, container);
	reader->depth++;
	if (result == 0)
		*ret = take_pointer(container);
	return result;
}

static int read_value(struct reader *reader, json_t **ret)
{
	skip_space(reader);
	char first = reader->at < reader->end ? *reader->at : '\0';
	if (first == '{' || first == '[')
		return read_container(reader, ret);
	if (first == '"')
		return read_string_value(reader, ret);
	return first == '-' || (first >= '0' && first <= '9') ? read_number(reader, ret) : read_word(reader, ret);
}

int document_read(const char *text, size_t length, unsigned depth, json_t **ret_root, struct error **error)
{
	struct reader reader = {
		.text = text, .at = text, .end = text + length, .depth = depth, .maximum_depth = depth, .error = error};
	cleanup_json json_t *root = NULL;
	skip_space(&reader);
	if (reader.at == reader.end || (*reader.at != '{' && *reader.at != '['))
		return refuse(&reader, reader.at, "an object or an array is expected", "");
	int result = read_container(&reader, &root);
	if (result < 0)
		return result;
	skip_space(&reader);
	if (reader.at != reader.end)
		return refuse(&reader, reader.at, "the end of the text is expected", "");
	*ret_root = take_pointer(root);
	return 0;
}
