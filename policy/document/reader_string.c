#include "policy/document/reader_string.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "policy/base/text.h"
#include "policy/document/number_spelling.h"

const char reader_string_no_memory[] = "out of memory";

/* What stands between the quotes. */
struct content {
	const char *start, *end;
	bool escaped; /* has a backslash */
	bool ascii;
};

static const char *find_end(const char *at, const char *end, struct content *ret)
{
	struct content content = {.start = at, .ascii = true};
	for (; at < end && *at != '"'; at++) {
		unsigned char byte = (unsigned char)*at;
		if (byte < 0x20)
			return "a control character in a string";
		content.ascii &= byte < 0x80;
		if (byte != '\\')
			continue;
		content.escaped = true;
		if (++at == end)
			break;
	}
	if (at >= end)
		return "a string does not end";
	content.end = at;
	*ret = content;
	return NULL;
}

/* Four hexadecimal digits at `at`; -1 where they are not. */
static int32_t hex_unit(const char *at, const char *end)
{
	int32_t unit = 0;
	if (end - at < 4)
		return -1;
	for (unsigned i = 0; i < 4; i++) {
		char digit = at[i], lower = (char)(digit | 0x20);
		if (digit >= '0' && digit <= '9')
			unit = unit * 16 + (digit - '0');
		else if (lower >= 'a' && lower <= 'f')
			unit = unit * 16 + (lower - 'a' + 10);
		else
			return -1;
	}
	return unit;
}

/* The character that \uXXXX, or two of them, stand for; -1 where they stand for none.
 * *at is behind the 'u'. */
static int32_t read_character(const char **at, const char *end)
{
	int32_t high = hex_unit(*at, end);
	if (high < 0xd800 || high > 0xdfff) {
		*at += 4;
		return high;
	}
	if (high > 0xdbff || end - *at < 10 || (*at)[4] != '\\' || (*at)[5] != 'u')
		return -1;
	int32_t low = hex_unit(*at + 6, end);
	if (low < 0xdc00 || low > 0xdfff)
		return -1;
	*at += 10;
	return 0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00);
}

static char *put_utf8(char *write, int32_t character)
{
	static const struct {
		int32_t below;
		unsigned first, following;
	} lengths[] = {{0x80, 0, 0}, {0x800, 0xc0, 1}, {0x10000, 0xe0, 2}, {0x110000, 0xf0, 3}};
	size_t row = 0;
	while (character >= lengths[row].below)
		row++;
	unsigned following = lengths[row].following;
	*write++ = (char)(lengths[row].first | (unsigned)character >> 6 * following);
	while (following-- > 0)
		*write++ = (char)(0x80 | ((unsigned)character >> 6 * following & 0x3f));
	return write;
}

/* No escape is shorter than what it stands for. */
static const char *unescape(const struct content *content, struct reader_string *string)
{
	static const char letters[] = "\"\\/bfnrt", meant[] = "\"\\/\b\f\n\r\t";
	char *write = malloc((size_t)(content->end - content->start) + 1);
	if (!write)
		return reader_string_no_memory;
	string->bytes = string->unescaped = write;
	for (const char *at = content->start; at < content->end;) {
		if (*at != '\\') {
			*write++ = *at++;
			continue;
		}
		const char *letter = at[1] ? strchr(letters, at[1]) : NULL;
		if (!letter && at[1] != 'u')
			return "an escape that JSON does not have";
		at += 2;
		int32_t character = letter ? meant[letter - letters] : read_character(&at, content->end);
		if (character < 0)
			return "an escape that stands for no character";
		write = put_utf8(write, character);
	}
	string->length = (size_t)(write - string->unescaped);
	return NULL;
}

const char *reader_string_read(const char **at, const char *end, struct reader_string *ret)
{
	struct content content;
	const char *flaw = find_end(*at + 1, end, &content);
	if (flaw)
		return flaw;
	ret->bytes = content.start;
	ret->length = (size_t)(content.end - content.start);
	if (!content.ascii && !text_is_utf8(content.start, ret->length))
		return "a string that is not UTF-8";
	if (content.escaped)
		flaw = unescape(&content, ret);
	if (flaw)
		return flaw;
	bool plain = content.ascii && !content.escaped;
	if (!plain && memmem(ret->bytes, ret->length, NUMBER_MARK, NUMBER_MARK_LENGTH))
		return "a string has the noncharacter U+FDD0, which is reserved here; remove it";
	*at = content.end + 1;
	return NULL;
}
