#include "policy/document/number_spelling.h"

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <strings.h>

#include "policy/base/number.h"
#include "policy/base/text.h"

struct scan {
	const char *text;
	size_t length;
	size_t at;
	size_t copied; /* text before this stands in `marked` already */
	unsigned depth;
	unsigned maximum_depth;
	struct text marked;
};

static bool is_digit(char byte)
{
	return byte >= '0' && byte <= '9';
}

static size_t skip_digits(const char *text, size_t length, size_t at)
{
	while (at < length && is_digit(text[at]))
		at++;
	return at;
}

/* The length of the JSON number (RFC 8259, section 6) at `text`, 0 where there
 * is none; *ret_integer where it has neither fraction nor exponent. */
static size_t number_length(const char *text, size_t length, bool *ret_integer)
{
	size_t start = length > 0 && text[0] == '-' ? 1 : 0;
	size_t at = skip_digits(text, length, start);
	if (at == start || (text[start] == '0' && at - start > 1))
		return 0;
	*ret_integer = true;
	if (at < length && text[at] == '.') {
		size_t fraction = at + 1;
		at = skip_digits(text, length, fraction);
		if (at == fraction)
			return 0;
		*ret_integer = false;
	}
	if (at < length && (text[at] == 'e' || text[at] == 'E')) {
		size_t exponent = at + 1;
		if (exponent < length && (text[exponent] == '+' || text[exponent] == '-'))
			exponent++;
		at = skip_digits(text, length, exponent);
		if (at == exponent)
			return 0;
		*ret_integer = false;
	}
	return at;
}

static bool jansson_carries(const char *number, size_t length)
{
	char digits[32];
	if (length >= sizeof(digits))
		return false;
	memcpy(digits, number, length);
	digits[length] = '\0';
	int64_t value = 0;
	return number_parse_int64(digits, &value) == 0 && strcmp(digits, "-0") != 0;
}

static int scan_number(struct scan *scan, struct error **error)
{
	const char *number = scan->text + scan->at;
	bool integer = false;
	size_t length = number_length(number, scan->length - scan->at, &integer);
	if (length == 0) {
		scan->at++; /* not a number: the parser will say so */
		return 0;
	}
	if (!integer || !jansson_carries(number, length)) {
		text_append_bytes(&scan->marked, scan->text + scan->copied, scan->at - scan->copied);
		text_append(&scan->marked, "\"" NUMBER_MARK);
		text_append_bytes(&scan->marked, number, length);
		text_append(&scan->marked, "\"");
		scan->copied = scan->at + length;
	}
	scan->at += length;
	/* as a key it would pass for a string once it is marked */
	size_t next = scan->at;
	while (next < scan->length && strchr(" \t\r\n", scan->text[next]) && scan->text[next])
		next++;
	if (next < scan->length && scan->text[next] == ':')
		return error_set(error, EINVAL, "byte %zu: a key that is not a string", scan->at - length);
	return 0;
}

/* True where `text`, inside a string, is U+FDD0, written out or escaped. */
static bool is_mark(const char *text, size_t length)
{
	if (text[0] == NUMBER_MARK[0])
		return length >= NUMBER_MARK_LENGTH && memcmp(text, NUMBER_MARK, NUMBER_MARK_LENGTH) == 0;
	return text[0] == '\\' && length >= 6 && strncasecmp(text, "\\ufdd0", 6) == 0;
}

static int scan_string(struct scan *scan, struct error **error)
{
	for (scan->at++; scan->at < scan->length && scan->text[scan->at] != '"'; scan->at++) {
		if (is_mark(scan->text + scan->at, scan->length - scan->at))
			return error_set(error, EINVAL,
					 "byte %zu: a string has the noncharacter U+FDD0, which is reserved here; remove it",
					 scan->at);
		if (scan->text[scan->at] == '\\')
			scan->at++;
	}
	scan->at++;
	return 0;
}

static int scan_token(struct scan *scan, struct error **error)
{
	char byte = scan->text[scan->at];
	if (byte == '"')
		return scan_string(scan, error);
	if (byte == '-' || is_digit(byte))
		return scan_number(scan, error);
	if ((byte == '[' || byte == '{') && ++scan->depth > scan->maximum_depth)
		return error_set(error, EINVAL, "byte %zu: more than %u levels of nesting", scan->at,
				 scan->maximum_depth);
	if ((byte == ']' || byte == '}') && scan->depth > 0)
		scan->depth--;
	scan->at++;
	return 0;
}

int number_spelling_mark(const char *text, size_t length, unsigned depth, char **ret_marked,
			 size_t *ret_length, struct error **error)
{
	struct scan scan = {.text = text, .length = length, .maximum_depth = depth};
	int result = 0;
	while (result == 0 && scan.at < length)
		result = scan_token(&scan, error);
	if (result < 0 || scan.copied == 0) {
		text_release(&scan.marked);
		*ret_marked = NULL;
		return result;
	}
	text_append_bytes(&scan.marked, text + scan.copied, length - scan.copied);
	size_t marked_length = scan.marked.length;
	char *marked = text_finish(&scan.marked);
	if (!marked)
		return error_out_of_memory(error);
	*ret_marked = marked;
	*ret_length = marked_length;
	return 0;
}

/* The end of the string that starts with the quote at `text`: its closing quote,
 * or `end`. */
static char *string_end(char *text, const char *end)
{
	char *at = text + 1;
	while (at < end && *at != '"')
		at += *at == '\\' && at + 1 < end ? 2 : 1;
	return at;
}

int number_spelling_unmark(char *text, size_t *length, struct error **error)
{
	char *write = text;
	const char *end = text + *length;
	for (char *read = text; read < end;) {
		if (*read != '"') {
			*write++ = *read++;
			continue;
		}
		char *closing = string_end(read, end);
		char *content = read + 1;
		size_t size = (size_t)(closing - content);
		if (size >= NUMBER_MARK_LENGTH && memcmp(content, NUMBER_MARK, NUMBER_MARK_LENGTH) == 0) {
			bool integer = false;
			content += NUMBER_MARK_LENGTH;
			size -= NUMBER_MARK_LENGTH;
			bool is_key = closing + 1 < end && closing[1] == ':';
			if (is_key || size == 0 || number_length(content, size, &integer) != size)
				return error_set(error, EINVAL, "a string has the reserved noncharacter U+FDD0");
		} else {
			content = read;
			size = (size_t)(closing - read) + (closing < end);
		}
		memmove(write, content, size);
		write += size;
		read = closing + (closing < end);
	}
	*write = '\0';
	*length = (size_t)(write - text);
	return 0;
}
