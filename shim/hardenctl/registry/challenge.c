#include "shim/hardenctl/registry/challenge.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>
#include <strings.h>

#include "policy/base/cleanup.h"
#include "policy/base/text.h"

#define TOKEN "!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define TOKEN68 "-._~+/0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define SPACE " \t"
#define LONGEST 16384u

struct parameter {
	const char *name;
	size_t offset;
};

static const struct parameter parameters[] = {
	{"realm", offsetof(struct challenge, realm)},
	{"service", offsetof(struct challenge, service)},
	{"scope", offsetof(struct challenge, scope)},
};

static int malformed(struct error **error)
{
	return error_set(error, EINVAL, "the registry's WWW-Authenticate header does not follow RFC 9110");
}

static bool is_word(const char *text, size_t length, const char *word)
{
	return strlen(word) == length && strncasecmp(text, word, length) == 0;
}

static bool is_visible(char character)
{
	return character >= ' ' && character <= '~';
}

/* A quoted string at **at, without its quotes and backslashes. */
static char *read_quoted(const char **at)
{
	cleanup_text struct text value = {0};
	const char *position = *at + 1;
	text_append(&value, "");
	for (; *position && *position != '"'; position++) {
		if (*position == '\\')
			position++;
		if (!is_visible(*position))
			return NULL;
		text_append_bytes(&value, position, 1);
	}
	if (*position != '"')
		return NULL;
	*at = position + 1;
	return text_finish(&value);
}

static char *read_value(const char **at)
{
	if (**at == '"')
		return read_quoted(at);
	size_t length = strspn(*at, TOKEN);
	if (length == 0)
		return NULL;
	char *value = strndup(*at, length);
	*at += length;
	return value;
}

static char **place_of(struct challenge *challenge, const char *name, size_t length)
{
	for (size_t i = 0; i < ARRAY_SIZE(parameters); i++)
		if (is_word(name, length, parameters[i].name))
			return (char **)(void *)((char *)challenge + parameters[i].offset);
	return NULL;
}

/* name=value where one stands at **at; false where that is something else. Only Bearer's
 * parameters are kept. */
static bool read_parameter(const char **at, bool bearer, struct challenge *challenge, bool *ret_broken)
{
	size_t length = strspn(*at, TOKEN);
	const char *name = *at, *position = name + length + strspn(name + length, SPACE);
	if (length == 0 || *position != '=')
		return false;
	position += 1 + strspn(position + 1, SPACE);
	cleanup_free char *value = read_value(&position);
	char **place = bearer ? place_of(challenge, name, length) : NULL;
	*ret_broken = !value || (place && *place);
	if (place && !*ret_broken)
		*place = take_pointer(value);
	*at = position;
	return true;
}

/* What stands behind a scheme: parameters, or one token68, or nothing. */
static int read_parameters(const char **at, bool bearer, struct challenge *challenge, struct error **error)
{
	size_t length = strspn(*at, TOKEN68);
	const char *behind = *at + length + strspn(*at + length, "=");
	if (length > 0 && (behind[strspn(behind, SPACE)] == ',' || behind[strspn(behind, SPACE)] == '\0')) {
		*at = behind;
		return 0;
	}
	for (const char *position = *at;;) {
		bool broken = false;
		if (!read_parameter(&position, bearer, challenge, &broken))
			return 0;
		if (broken)
			return malformed(error);
		position += strspn(position, SPACE);
		*at = position;
		if (*position && *position != ',')
			return malformed(error);
		position += strspn(position, SPACE ",");
	}
}

int challenge_parse(const char *header, struct challenge *ret_challenge, struct error **error)
{
	cleanup_challenge struct challenge challenge = {0};
	if (strlen(header) > LONGEST)
		return malformed(error);
	for (const char *at = header + strspn(header, SPACE ","); *at; at += strspn(at, SPACE ",")) {
		size_t length = strspn(at, TOKEN);
		if (length == 0 || (at[length] && !strchr(SPACE ",", at[length])))
			return malformed(error);
		bool bearer = is_word(at, length, "Bearer");
		if (bearer && challenge.bearer)
			return malformed(error);
		challenge.bearer = challenge.bearer || bearer;
		challenge.basic = challenge.basic || is_word(at, length, "Basic");
		at += length + strspn(at + length, SPACE);
		if (*at && *at != ',' && read_parameters(&at, bearer, &challenge, error) < 0)
			return -EINVAL;
		at += strspn(at, SPACE);
		if (*at && *at != ',')
			return malformed(error);
	}
	*ret_challenge = challenge;
	challenge = (struct challenge){0};
	return 0;
}

void challenge_release(struct challenge *challenge)
{
	free(challenge->realm);
	free(challenge->service);
	free(challenge->scope);
	*challenge = (struct challenge){0};
}
