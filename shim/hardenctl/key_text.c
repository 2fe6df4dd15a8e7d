#include "shim/hardenctl/key_text.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "policy/base/cleanup.h"
#include "policy/base/text.h"
#include "policy/document/document.h"

static const char *join_words(const char *introduction, const char *const *words)
{
	static char joined[1024];
	size_t length = (size_t)snprintf(joined, sizeof(joined), "%s", introduction);
	for (; *words && length < sizeof(joined); words++)
		length += (size_t)snprintf(joined + length, sizeof(joined) - length, "%s%s", *words,
					   words[1] ? ", " : "");
	return joined;
}

const char *key_type_text(const struct policy_key *key)
{
	switch (key->type) {
	case KEY_FLAG:
		return "true or false";
	case KEY_INTEGER:
		return "integer";
	case KEY_SIZE:
		return "size, such as 512MiB";
	case KEY_CPUS:
		return "number of processors, such as 1.5";
	case KEY_WORD:
		return join_words("one of ", key->words);
	case KEY_TEXT:
		return "text";
	case KEY_LIST:
		return key->words ? join_words("list of ", key->words) : "list of texts";
	case KEY_RECORDS:
		return "list of mappings";
	case KEY_END:
		break;
	}
	return "";
}

static char *size_text(int64_t bytes)
{
	static const char *const units[] = {"", "KiB", "MiB", "GiB", "TiB"};
	size_t unit = 0;
	while (bytes != 0 && bytes % 1024 == 0 && unit + 1 < ARRAY_SIZE(units)) {
		bytes /= 1024;
		unit++;
	}
	char *text = NULL;
	return asprintf(&text, "%" PRId64 "%s", bytes, units[unit]) < 0 ? NULL : text;
}

char *key_fallback_text(const struct policy_key *key)
{
	cleanup_json json_t *value = key_fallback(key);
	char *text = NULL;
	size_t length = 0;
	if (json_is_null(value))
		return strdup("not set");
	if (key->type == KEY_SIZE)
		return size_text(json_integer_value(value));
	if (key->type == KEY_CPUS)
		return asprintf(&text, "%g", (double)json_integer_value(value) / 1000) < 0 ? NULL : text;
	if (json_is_string(value))
		return strdup(json_string_value(value));
	return document_print(value, &text, &length, NULL) < 0 ? NULL : text;
}
