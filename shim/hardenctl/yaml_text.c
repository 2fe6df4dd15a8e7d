#include "shim/hardenctl/yaml_text.h"

#include <stdint.h>
#include <string.h>
#include <strings.h>

#include "policy/base/cleanup.h"

/* Plain scalars that YAML readers of either version take for something else. */
static const char *const reserved[] = {"true", "false", "null", "yes", "no", "on", "off", "y", "n"};

static bool is_plain(const char *string)
{
	for (size_t i = 0; i < ARRAY_SIZE(reserved); i++)
		if (strcasecmp(string, reserved[i]) == 0)
			return false;
	bool letter_first = (*string >= 'a' && *string <= 'z') || (*string >= 'A' && *string <= 'Z');
	return letter_first && strspn(string, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-") ==
				       strlen(string);
}

void yaml_append_string(struct text *text, const char *string)
{
	if (is_plain(string)) {
		text_append(text, string);
		return;
	}
	/* a JSON string is a YAML double-quoted scalar (YAML 1.2, section 1.3) */
	json_t *value = json_string(string);
	char *quoted = value ? json_dumps(value, JSON_ENCODE_ANY) : NULL;
	json_decref(value);
	if (quoted)
		text_append(text, quoted);
	else
		text->failed = true;
	free(quoted);
}

void yaml_append(struct text *text, const json_t *value)
{
	const char *key, *separator = "";
	size_t index;
	json_t *item;
	if (json_is_object(value)) {
		text_append(text, "{");
		json_object_foreach((json_t *)(uintptr_t)value, key, item) {
			text_append(text, separator);
			yaml_append_string(text, key);
			text_append(text, ": ");
			yaml_append(text, item);
			separator = ", ";
		}
		text_append(text, "}");
	} else if (json_is_array(value)) {
		text_append(text, "[");
		json_array_foreach(value, index, item) {
			text_append(text, separator);
			yaml_append(text, item);
			separator = ", ";
		}
		text_append(text, "]");
	} else if (json_is_string(value)) {
		yaml_append_string(text, json_string_value(value));
	} else if (json_is_real(value)) {
		text_append_format(text, "%g", json_real_value(value));
	} else {
		char *scalar = json_dumps(value, JSON_ENCODE_ANY);
		text_append(text, scalar ? scalar : "");
		free(scalar);
	}
}
