#include "shim/log_value.h"

#include <stdint.h>
#include <string.h>

#include "policy/base/cleanup.h"
#include "policy/base/text.h"
#include "policy/document/document.h"

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

static bool is_long(const json_t *value)
{
	cleanup_free char *text = NULL;
	size_t length = 0;
	if (!json_is_array(value) && !json_is_object(value))
		return json_string_length(value) > longest;
	/* what cannot be printed would spoil the whole line */
	return document_print(value, &text, &length, NULL) < 0 || length > longest;
}

json_t *log_value(enum verb verb, const char *pointer, const json_t *value)
{
	enum relation relation = relation_to_secrets(verb, pointer);
	if (!value || relation == AT_OR_BELOW)
		return json_null();
	bool has_parts = json_is_array(value) || json_is_object(value);
	if ((relation == ABOVE && has_parts) || is_long(value))
		return summary(value);
	return json_incref((json_t *)(uintptr_t)value);
}
