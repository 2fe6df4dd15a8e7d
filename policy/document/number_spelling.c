#include "policy/document/number_spelling.h"

#include <stdint.h>
#include <string.h>

#include "policy/base/number.h"

static size_t skip_digits(const char *text, size_t length, size_t at)
{
	while (at < length && text[at] >= '0' && text[at] <= '9')
		at++;
	return at;
}

size_t number_spelling_length(const char *text, size_t length)
{
	size_t start = length > 0 && text[0] == '-' ? 1 : 0;
	size_t at = skip_digits(text, length, start);
	if (at == start || (text[start] == '0' && at - start > 1))
		return 0;
	if (at < length && text[at] == '.') {
		size_t fraction = at + 1;
		at = skip_digits(text, length, fraction);
		if (at == fraction)
			return 0;
	}
	if (at < length && (text[at] == 'e' || text[at] == 'E')) {
		size_t exponent = at + 1;
		if (exponent < length && (text[exponent] == '+' || text[exponent] == '-'))
			exponent++;
		at = skip_digits(text, length, exponent);
		if (at == exponent)
			return 0;
	}
	return at;
}

json_t *number_spelling_value(const char *text, size_t length)
{
	char digits[32];
	int64_t value = 0;
	if (length < sizeof(digits)) {
		memcpy(digits, text, length);
		digits[length] = '\0';
		/* "-0" would come back as "0" */
		if (strcmp(digits, "-0") != 0 && number_parse_int64(digits, &value) == 0)
			return json_integer(value);
	}
	return json_sprintf(NUMBER_MARK "%.*s", (int)length, text);
}
