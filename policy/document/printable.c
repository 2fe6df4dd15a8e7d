#include "policy/document/printable.h"

#include <stdlib.h>
#include <string.h>

#include "policy/base/cleanup.h"
#include "policy/base/text.h"

char *printable(const char *text)
{
	size_t length = strlen(text);
	char *copy = malloc(length + 1);
	if (!copy)
		return NULL;
	bool utf8 = text_is_utf8(text, length);
	for (size_t i = 0; i < length; i++) {
		unsigned char byte = (unsigned char)text[i];
		if (byte < 0x20 || byte == 0x7f)
			copy[i] = ' ';
		else if (utf8 && byte == 0xc2 && (unsigned char)text[i + 1] < 0xa0) /* U+0080 to U+009F */
			copy[i] = ' ', copy[++i] = ' ';
		else
			copy[i] = byte >= 0x80 && !utf8 ? '?' : text[i];
	}
	copy[length] = '\0';
	return copy;
}

json_t *printable_json(const char *text)
{
	if (!text)
		return json_null();
	cleanup_free char *copy = printable(text);
	return copy ? json_string(copy) : NULL;
}
