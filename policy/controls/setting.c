#include <stdlib.h>
#include <string.h>

#include "policy/base/text.h"
#include "policy/controls/key.h"

static bool is_word(const char *const *words, const json_t *value)
{
	const char *text = json_string_value(value);
	return text && (!words || text_is_one_of(text, words));
}

static bool record_fits(const struct policy_key *fields, const json_t *record)
{
	size_t known = 0;
	for (; fields->type != KEY_END; fields++, known++) {
		const json_t *value = json_object_get(record, fields->name);
		if (!value || !key_value_fits(fields, value))
			return false;
	}
	return json_object_size(record) == known;
}

bool key_value_fits(const struct policy_key *key, const json_t *value)
{
	size_t index;
	json_t *item;
	switch (key->type) {
	case KEY_FLAG:
		return json_is_boolean(value);
	case KEY_INTEGER:
	case KEY_SIZE:
	case KEY_CPUS:
		return json_is_integer(value) || json_is_null(value);
	case KEY_WORD:
		return is_word(key->words, value);
	case KEY_TEXT:
		return json_is_string(value) || json_is_null(value);
	case KEY_LIST:
		json_array_foreach(value, index, item)
			if (!is_word(key->words, item))
				return false;
		return json_is_array(value);
	case KEY_RECORDS:
		json_array_foreach(value, index, item)
			if (!record_fits(key->fields, item))
				return false;
		return json_is_array(value);
	case KEY_END:
		break;
	}
	return false;
}

json_t *key_fallback(const struct policy_key *key)
{
	const char *text = key->fallback;
	if (!text)
		text = key->type == KEY_LIST || key->type == KEY_RECORDS ? "[]" : "null";
	json_t *value = json_loads(text, JSON_DECODE_ANY, NULL);
	if (!value || !key_value_fits(key, value))
		abort();
	return value;
}

json_t *settings_fallback(const char *action, const struct policy_key *keys)
{
	json_t *settings = json_pack("{s:s}", "action", action);
	if (!settings)
		return NULL;
	for (; keys->type != KEY_END; keys++) {
		if (json_object_set_new(settings, keys->name, key_fallback(keys)) < 0) {
			json_decref(settings);
			return NULL;
		}
	}
	return settings;
}

static const json_t *setting(const json_t *settings, const char *key)
{
	const json_t *value = json_object_get(settings, key);
	if (!value)
		abort();
	return value;
}

bool setting_flag(const json_t *settings, const char *key)
{
	const json_t *value = setting(settings, key);
	if (!json_is_boolean(value))
		abort();
	return json_is_true(value);
}

bool setting_number(const json_t *settings, const char *key, int64_t *ret)
{
	const json_t *value = setting(settings, key);
	if (json_is_null(value))
		return false;
	if (!json_is_integer(value))
		abort();
	*ret = json_integer_value(value);
	return true;
}

const char *setting_text(const json_t *settings, const char *key)
{
	const json_t *value = setting(settings, key);
	if (json_is_null(value))
		return NULL;
	if (!json_is_string(value))
		abort();
	return json_string_value(value);
}

bool setting_word_is(const json_t *settings, const char *key, const char *word)
{
	const char *text = setting_text(settings, key);
	return text && strcmp(text, word) == 0;
}

const json_t *setting_list(const json_t *settings, const char *key)
{
	const json_t *value = setting(settings, key);
	if (!json_is_array(value))
		abort();
	return value;
}

bool setting_list_has(const json_t *settings, const char *key, const char *text)
{
	size_t index;
	json_t *item;
	json_array_foreach(setting_list(settings, key), index, item)
	{
		const char *string = json_string_value(item);
		if (string && strcmp(string, text) == 0)
			return true;
	}
	return false;
}

json_t *setting_shown(const json_t *value)
{
	size_t index;
	const char *key, *text = json_string_value(value);
	json_t *part;
	if (text)
		return json_stringn(text, strcspn(text, "\n"));
	json_t *shown = json_copy((json_t *)(uintptr_t)value);
	if (json_is_array(shown))
		json_array_foreach(value, index, part)
			(void)json_array_set_new(shown, index, setting_shown(part));
	if (json_is_object(shown))
		json_object_foreach((json_t *)(uintptr_t)value, key, part)
			(void)json_object_set_new(shown, key, setting_shown(part));
	return shown;
}
