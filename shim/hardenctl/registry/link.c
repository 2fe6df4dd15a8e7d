#include "shim/hardenctl/registry/link.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <strings.h>

#include "policy/base/cleanup.h"
#include "policy/base/text.h"

#define SPACE " \t"
#define NAME "!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define LONGEST 16384u

static int malformed(struct error **error)
{
	return error_set(error, EINVAL, "the registry's Link header does not follow RFC 8288");
}

/* The value at *at, quoted or not: where it starts, how long it is; false at no end. */
static bool read_value(const char **at, const char **ret_start, size_t *ret_length)
{
	const char *position = *at;
	bool quoted = *position == '"';
	*ret_start = position + quoted;
	if (!quoted) {
		*ret_length = strspn(position, NAME);
		*at = position + *ret_length;
		return *ret_length > 0;
	}
	for (position++; *position && *position != '"'; position++)
		if (*position == '\\' && *++position == '\0')
			return false;
	if (*position != '"')
		return false;
	*ret_length = (size_t)(position - *ret_start);
	*at = position + 1;
	return true;
}

/* "; name=value" of one link: is it the relation that is looked for? False at its end. */
static bool read_parameter(const char **at, bool *is_next, bool *ret_broken)
{
	const char *position = *at + strspn(*at, SPACE);
	if (*position != ';')
		return false;
	position += 1 + strspn(position + 1, SPACE);
	size_t length = strspn(position, NAME), value_length = 0;
	const char *name = position, *value = NULL;
	position += length + strspn(position + length, SPACE);
	if (*position == '=') {
		position += 1 + strspn(position + 1, SPACE);
		*ret_broken = !read_value(&position, &value, &value_length);
	}
	*ret_broken = *ret_broken || length == 0;
	if (length == 3 && strncasecmp(name, "rel", 3) == 0 && value_length == 4 && strncasecmp(value, "next", 4) == 0)
		*is_next = true;
	*at = position;
	return true;
}

int link_next(const char *header, char **ret_target, struct error **error)
{
	cleanup_free char *target = NULL;
	if (strlen(header) > LONGEST)
		return malformed(error);
	for (const char *at = header + strspn(header, SPACE ","); *at; at += strspn(at, SPACE ",")) {
		const char *end = strchr(at, '>');
		bool is_next = false, broken = false;
		if (*at != '<' || !end)
			return malformed(error);
		const char *start = at + 1;
		for (at = end + 1; !broken && read_parameter(&at, &is_next, &broken);)
			;
		at += strspn(at, SPACE);
		if (broken || (*at && *at != ',') || (is_next && target))
			return malformed(error);
		if (is_next && !(target = strndup(start, (size_t)(end - start))))
			return error_out_of_memory(error);
	}
	*ret_target = take_pointer(target);
	return 0;
}
