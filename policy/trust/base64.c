#include "policy/trust/base64.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define PADDING '='

/* The two characters of each alphabet that stand behind letters and digits. */
static const char last_characters[][2] = {
	[BASE64_STANDARD] = {'+', '/'},
	[BASE64_URL_UNPADDED] = {'-', '_'},
};

/* 0 … 63, or -1. */
static int value_of(char character, enum base64_alphabet alphabet)
{
	if (character >= 'A' && character <= 'Z')
		return character - 'A';
	if (character >= 'a' && character <= 'z')
		return character - 'a' + 26;
	if (character >= '0' && character <= '9')
		return character - '0' + 52;
	if (character == last_characters[alphabet][0])
		return 62;
	return character == last_characters[alphabet][1] ? 63 : -1;
}

/* How many of the characters are not padding; 0 where the padding is not as it must be. */
static size_t count_significant(const char *text, size_t length, enum base64_alphabet alphabet)
{
	if (alphabet == BASE64_URL_UNPADDED)
		return length % 4 == 1 ? 0 : length;
	if (length == 0 || length % 4 != 0)
		return 0;
	if (text[length - 1] != PADDING)
		return length;
	return text[length - 2] == PADDING ? length - 2 : length - 1;
}

/* Four characters are three bytes; a last group of two or three is one or two, and what
 * is left of its bits has to be zero. */
static int decode(const char *text, size_t significant, enum base64_alphabet alphabet, uint8_t *data, size_t *size)
{
	uint32_t bits = 0;
	unsigned count = 0;
	for (size_t i = 0; i < significant; i++) {
		int value = value_of(text[i], alphabet);
		if (value < 0)
			return -EINVAL;
		bits = (bits << 6 | (uint32_t)value) & 0xffffu;
		count += 6;
		if (count < 8)
			continue;
		count -= 8;
		data[(*size)++] = (uint8_t)(bits >> count);
	}
	return (bits & ((1u << count) - 1)) == 0 ? 0 : -EINVAL;
}

int base64_decode(const char *text, size_t length, enum base64_alphabet alphabet, const char *what,
		  uint8_t **ret_data, size_t *ret_size, struct error **error)
{
	size_t significant = count_significant(text, length, alphabet), size = 0;
	uint8_t *data = malloc(length / 4 * 3 + 3);
	if (!data)
		return error_out_of_memory(error);
	if (significant == 0 || decode(text, significant, alphabet, data, &size) < 0) {
		free(data);
		return error_set(error, EINVAL, "%s is not canonical base64", what);
	}
	data[size] = '\0';
	*ret_data = data;
	*ret_size = size;
	return 0;
}
