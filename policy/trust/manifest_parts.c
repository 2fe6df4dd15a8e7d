#include "policy/trust/manifest_parts.h"

#include <ctype.h>
#include <errno.h>
#include <stdint.h>
#include <string.h>

#include "policy/document/document.h"

#define LONG_S "\xc5\xbf"
#define KELVIN_SIGN "\xe2\x84\xaa"

/* The next character as Go's encoding/json compares it. */
static int folded(const char **at)
{
	static const struct {
		const char *spelling;
		int letter;
	} foreign[] = {{LONG_S, 's'}, {KELVIN_SIGN, 'k'}};
	for (size_t i = 0; i < sizeof(foreign) / sizeof(foreign[0]); i++) {
		size_t length = strlen(foreign[i].spelling);
		if (strncmp(*at, foreign[i].spelling, length) == 0) {
			*at += length;
			return foreign[i].letter;
		}
	}
	return tolower((unsigned char)*(*at)++);
}

static bool is_taken_for(const char *key, const char *name)
{
	while (*key && *name)
		if (folded(&key) != folded(&name))
			return false;
	return *key == *name;
}

int manifest_check_keys(const json_t *object, const char *const *keys, const char *place, struct error **error)
{
	const char *key = NULL;
	json_t *value = NULL;
	json_object_foreach((json_t *)(uintptr_t)object, key, value) {
		for (const char *const *name = keys; *name; name++)
			if (strcmp(key, *name) != 0 && is_taken_for(key, *name))
				return error_set(error, EINVAL, "%s has a key that engines take for \"%s\" though it is "
						 "spelled otherwise", place, *name);
	}
	return 0;
}

int manifest_text(const json_t *object, const char *key, bool required, const char *place, const char **ret,
		  struct error **error)
{
	const json_t *value = json_object_get(object, key);
	if (document_is_missing(value) && !required) {
		*ret = NULL;
		return 0;
	}
	const char *text = document_text(value);
	if (!text)
		return error_set(error, EINVAL, "%s: \"%s\" is %s", place, key, value ? "not a text" : "missing");
	*ret = text;
	return 0;
}
