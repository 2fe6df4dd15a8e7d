#include "policy/trust/members.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>

#include "policy/document/document.h"

static const char *type_name(json_type type)
{
	static const char *const names[] = {
		[JSON_OBJECT] = "an object",   [JSON_ARRAY] = "a list", [JSON_STRING] = "a text without a NUL in it",
		[JSON_INTEGER] = "an integer", [JSON_REAL] = "a number", [JSON_TRUE] = "true or false",
		[JSON_FALSE] = "true or false", [JSON_NULL] = "null",
	};
	return names[type];
}

static bool has_type(const json_t *value, json_type type)
{
	int64_t number;
	if (type == JSON_STRING)
		return document_text(value) != NULL;
	if (type == JSON_INTEGER)
		return document_read_int64(value, &number) == 0;
	if (type == JSON_TRUE || type == JSON_FALSE)
		return json_is_boolean(value);
	return json_typeof(value) == type;
}

static const struct member *find(const struct member *members, const char *name)
{
	while (members->name && strcmp(members->name, name) != 0)
		members++;
	return members->name ? members : NULL;
}

int members_check(const json_t *value, const char *what, const struct member *members, struct error **error)
{
	if (!json_is_object(value))
		return error_set(error, EINVAL, "%s is not an object", what);
	const char *name;
	json_t *each;
	json_object_foreach((json_t *)(uintptr_t)value, name, each) {
		const struct member *member = find(members, name);
		if (!member)
			return error_set(error, EINVAL, "%s has a key that this verifier does not know", what);
		if (!has_type(each, member->type))
			return error_set(error, EINVAL, "\"%s\" of %s is not %s", member->name, what,
					 type_name(member->type));
	}
	for (const struct member *member = members; member->name; member++) {
		if (!member->optional && !json_object_get(value, member->name))
			return error_set(error, EINVAL, "%s has no \"%s\"", what, member->name);
	}
	return 0;
}

const char *members_text(const json_t *object, const char *name)
{
	return document_text(json_object_get(object, name));
}
