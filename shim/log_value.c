#include "shim/log_value.h"

#include <stdint.h>
#include <string.h>

#include "policy/base/cleanup.h"
#include "policy/base/text.h"

static const size_t longest = 4096; /* bytes of JSON */

/* "*" stands for any one token. */
static const char *const secrets_of_config[] = {
	"/process/env",  "/process/args",  "/process/commandLine", "/annotations",
	"/hooks/*/*/env", "/hooks/*/*/args", NULL,
};
static const char *const secrets_of_process[] = {"/env", "/args", "/commandLine", NULL};

enum relation {
	APART = 0,
	AT_OR_BELOW, /* the pointer is within the secret */
	ABOVE,       /* the secret is within what the pointer names */
};

static size_t token_length(const char *token)
{
	return strcspn(token, "/");
}

static enum relation relation_of(const char *pointer, const char *pattern)
{
	while (*pointer && *pattern) {
		pointer++, pattern++; /* the slashes */
		size_t length = token_length(pointer), wanted = token_length(pattern);
		bool any = wanted == 1 && *pattern == '*';
		if (!any && (length != wanted || memcmp(pointer, pattern, length) != 0))
			return APART;
		pointer += length;
		pattern += wanted;
	}
	return *pattern ? ABOVE : AT_OR_BELOW;
}

static enum relation relation_to_secrets(enum verb verb, const char *pointer)
{
	enum relation relation = APART;
	const char *const *pattern = verb == VERB_EXEC ? secrets_of_process : secrets_of_config;
	for (; *pattern; pattern++) {
		enum relation one = relation_of(pointer, *pattern);
		if (one == AT_OR_BELOW)
			return one;
		if (one == ABOVE)
			relation = ABOVE;
	}
	return relation;
}

static json_t *summary(const json_t *value)
{
	if (json_is_array(value))
		return json_pack("{s:o}", "summary", json_sprintf("array of %zu", json_array_size(value)));
	if (json_is_object(value))
		return json_pack("{s:o}", "summary", json_sprintf("object of %zu", json_object_size(value)));
	return json_pack("{s:o}", "summary", json_sprintf("text of %zu bytes", json_string_length(value)));
}

/* About how many bytes of JSON `value` makes; counting ends beyond `longest`. */
static size_t size_of(const json_t *value)
{
	size_t size = 4 + json_string_length(value), index;
	const char *key;
	json_t *part;
	json_array_foreach(value, index, part)
	{
		if (size > longest)
			return size;
		size += size_of(part);
	}
	json_object_foreach((json_t *)(uintptr_t)value, key, part)
	{
		if (size > longest)
			return size;
		size += strlen(key) + 4 + size_of(part);
	}
	return size;
}

/* Mount options whose values say something and hide nothing. */
static const char *const plain_options[] = {"mode", "size", "uid", "gid", "ptmxmode", "nr_inodes", "nr_blocks"};

/* Of "password=…" only the name. */
static json_t *masked_option(const char *option)
{
	size_t length = strcspn(option, "=");
	for (size_t i = 0; i < ARRAY_SIZE(plain_options); i++)
		if (strlen(plain_options[i]) == length && memcmp(plain_options[i], option, length) == 0)
			return json_string(option);
	return option[length] ? json_sprintf("%.*s=…", (int)length, option) : json_string(option);
}

/* A copy of a mount, or of what stands below one, with its options masked. */
static json_t *masked_mount(const json_t *value)
{
	size_t index;
	const char *key;
	json_t *part;
	if (json_is_string(value))
		return masked_option(json_string_value(value));
	if (json_is_array(value)) {
		json_t *array = json_array();
		json_array_foreach(value, index, part)
			(void)json_array_append_new(array, masked_mount(part));
		return array;
	}
	if (!json_is_object(value))
		return json_incref((json_t *)(uintptr_t)value);
	json_t *object = json_object();
	json_object_foreach((json_t *)(uintptr_t)value, key, part)
		(void)json_object_set_new(object, key, masked_mount(part));
	return object;
}

json_t *log_value(enum verb verb, const char *pointer, const json_t *value)
{
	enum relation relation = relation_to_secrets(verb, pointer);
	if (!value || relation == AT_OR_BELOW)
		return json_null();
	bool has_parts = json_is_array(value) || json_is_object(value);
	if ((relation == ABOVE && has_parts) || size_of(value) > longest)
		return summary(value);
	if (text_starts_with(pointer, "/mounts"))
		return masked_mount(value);
	return json_incref((json_t *)(uintptr_t)value);
}
