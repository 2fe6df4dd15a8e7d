#include "policy/base/text.h"

#include <stdarg.h>
#include <stdint.h>
#include <string.h>

static bool reserve(struct text *text, size_t extra)
{
	if (text->failed)
		return false;
	if (extra >= SIZE_MAX / 4 - text->length) {
		text->failed = true;
		return false;
	}
	size_t needed = text->length + extra + 1;
	if (needed <= text->capacity)
		return true;
	size_t capacity = text->capacity ? text->capacity : 64;
	while (capacity < needed)
		capacity *= 2;
	char *data = realloc(text->data, capacity);
	if (!data) {
		text->failed = true;
		return false;
	}
	text->data = data;
	text->capacity = capacity;
	return true;
}

void text_append_bytes(struct text *text, const char *bytes, size_t length)
{
	if (!reserve(text, length))
		return;
	if (length)
		memcpy(text->data + text->length, bytes, length);
	text->length += length;
	text->data[text->length] = '\0';
}

void text_append(struct text *text, const char *string)
{
	text_append_bytes(text, string, strlen(string));
}

void text_append_format(struct text *text, const char *format, ...)
{
	va_list arguments;
	va_start(arguments, format);
	cleanup_free char *made = NULL;
	int length = vasprintf(&made, format, arguments);
	va_end(arguments);
	if (length < 0) {
		made = NULL;
		text->failed = true;
		return;
	}
	text_append_bytes(text, made, (size_t)length);
}

/* The length of the well-formed sequence that starts at `bytes`, or 0. */
static size_t utf8_sequence(const unsigned char *bytes, size_t length)
{
	unsigned char first = bytes[0];
	size_t size = first < 0x80 ? 1 : first < 0xc2 ? 0 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : first < 0xf5 ? 4 : 0;
	if (size == 0 || size > length)
		return 0;
	for (size_t i = 1; i < size; i++)
		if ((bytes[i] & 0xc0) != 0x80)
			return 0;
	/* over-long forms, surrogates, beyond U+10FFFF */
	if ((first == 0xe0 && bytes[1] < 0xa0) || (first == 0xed && bytes[1] > 0x9f) ||
	    (first == 0xf0 && bytes[1] < 0x90) || (first == 0xf4 && bytes[1] > 0x8f))
		return 0;
	return size;
}

/* The character of the well-formed sequence of `size` bytes at `bytes`. */
static uint32_t decode(const unsigned char *bytes, size_t size)
{
	static const unsigned char first_bits[] = {0, 0x7f, 0x1f, 0x0f, 0x07};
	uint32_t character = bytes[0] & first_bits[size];
	for (size_t i = 1; i < size; i++)
		character = character << 6 | (bytes[i] & 0x3f);
	return character;
}

/* Characters that a terminal obeys or that reorder or break the line around them. */
static bool is_unsafe_to_show(uint32_t character)
{
	static const struct {
		uint32_t first, last;
	} ranges[] = {
		{0x00, 0x1f}, {0x7f, 0x9f}, {0x061c, 0x061c}, {0x200e, 0x200f},
		{0x2028, 0x202e}, {0x2066, 0x2069}, {0xfeff, 0xfeff},
	};
	for (size_t i = 0; i < ARRAY_SIZE(ranges); i++)
		if (character >= ranges[i].first && character <= ranges[i].last)
			return true;
	return false;
}

void text_append_quoted(struct text *text, const char *string)
{
	text_append(text, "\"");
	for (size_t left = strlen(string), size; left > 0; string += size, left -= size) {
		size = utf8_sequence((const unsigned char *)string, left);
		uint32_t character = size ? decode((const unsigned char *)string, size) : 0;
		if (size == 0) {
			size = 1;
			text_append_format(text, "\\x%02x", (unsigned char)*string);
		} else if (character == '"' || character == '\\') {
			text_append_format(text, "\\%c", *string);
		} else if (is_unsafe_to_show(character)) {
			text_append_format(text, character < 0x80 ? "\\x%02x" : "\\u%04x", character);
		} else {
			text_append_bytes(text, string, size);
		}
	}
	text_append(text, "\"");
}

char *text_finish(struct text *text)
{
	text_append_bytes(text, "", 0);
	if (text->failed) {
		text_release(text);
		return NULL;
	}
	char *data = take_pointer(text->data);
	*text = (struct text){0};
	return data;
}

void text_release(struct text *text)
{
	free(text->data);
	*text = (struct text){0};
}

bool text_starts_with(const char *string, const char *prefix)
{
	return strncmp(string, prefix, strlen(prefix)) == 0;
}

bool text_ends_with(const char *string, const char *suffix)
{
	size_t length = strlen(string), tail = strlen(suffix);
	return length >= tail && memcmp(string + length - tail, suffix, tail) == 0;
}

bool text_equal(const char *left, const char *right)
{
	if (!left || !right)
		return left == right;
	return strcmp(left, right) == 0;
}

bool text_is_one_of(const char *text, const char *const *words)
{
	for (; text && words && *words; words++)
		if (strcmp(text, *words) == 0)
			return true;
	return false;
}

bool text_is_utf8(const char *bytes, size_t length)
{
	const unsigned char *at = (const unsigned char *)bytes;
	while (length > 0) {
		size_t size = utf8_sequence(at, length);
		if (size == 0)
			return false;
		at += size;
		length -= size;
	}
	return true;
}
