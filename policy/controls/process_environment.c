#include "policy/controls/process_environment.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "policy/base/cleanup.h"
#include "policy/base/text.h"

/* Anywhere in a name, in any case. */
static const char *const secret_parts[] = {"PASSWORD", "PASSWD", "PASSPHRASE", "SECRET", "CREDENTIAL"};

/* Whole words at the end of a name: TOKEN and GITHUB_TOKEN, not TOKENIZERS. */
static const char *const secret_endings[] = {
	"TOKEN", "APIKEY", "API_KEY", "PRIVATE_KEY", "ACCESS_KEY", "ENCRYPTION_KEY", "PASS",
};

/* The name of what holds the secret, or a question about it: POSTGRES_PASSWORD_FILE. */
static const char *const harmless_endings[] = {"_FILE", "_PATH", "_DIR", "_NAME", "_ID", "_LENGTH", "_TTL"};

static const char *const harmless_values[] = {"", "0", "1", "true", "false", "yes", "no", "on", "off", "none", "null"};

/* How tokens of well-known services, and keys, begin; and how long they are at least. */
static const struct shape {
	const char *start;
	size_t least;
} shapes[] = {
	{"-----BEGIN ", 32},  {"ghp_", 36},	{"gho_", 36},	 {"ghu_", 36},	   {"ghs_", 36},     {"ghr_", 36},
	{"github_pat_", 40},  {"glpat-", 20},	{"xoxb-", 20},	 {"xoxp-", 20},	   {"xapp-", 20},    {"sk_live_", 20},
	{"rk_live_", 20},     {"AKIA", 20},	{"ASIA", 20},	 {"AIza", 39},	   {"npm_", 36},     {"pypi-", 40},
	{"hvs.", 24},	      {"dop_v1_", 40},	{"SG.", 40},	 {"dckr_pat_", 20}, {"AGE-SECRET-KEY-", 40},
};

static const char *const loader_names[] = {"GCONV_PATH", "GLIBC_TUNABLES", "LOCPATH", "NLSPATH"};

struct variable {
	const char *name;
	size_t length; /* of the name */
	const char *value;
};

static bool name_ends_in(const struct variable *variable, const char *ending)
{
	size_t length = strlen(ending);
	return variable->length >= length &&
	       toupper((unsigned char)variable->name[variable->length - length]) == *ending &&
	       strncasecmp(variable->name + variable->length - length, ending, length) == 0;
}

static bool name_has_part(const struct variable *variable, const char *part)
{
	size_t length = strlen(part);
	for (size_t at = 0; at + length <= variable->length; at++)
		if (toupper((unsigned char)variable->name[at]) == *part &&
		    strncasecmp(variable->name + at, part, length) == 0)
			return true;
	return false;
}

static bool name_ends_in_word(const struct variable *variable, const char *word)
{
	size_t length = strlen(word);
	return name_ends_in(variable, word) &&
	       (variable->length == length || strchr("_-.", variable->name[variable->length - length - 1]));
}

static bool has_harmless_value(const struct variable *variable)
{
	for (size_t i = 0; i < ARRAY_SIZE(harmless_values); i++)
		if (tolower((unsigned char)*variable->value) == *harmless_values[i] &&
		    strcasecmp(variable->value, harmless_values[i]) == 0)
			return true;
	return false;
}

static bool has_secret_name(const struct variable *variable)
{
	bool secret = false;
	for (size_t i = 0; !secret && i < ARRAY_SIZE(secret_parts); i++)
		secret = name_has_part(variable, secret_parts[i]);
	for (size_t i = 0; !secret && i < ARRAY_SIZE(secret_endings); i++)
		secret = name_ends_in_word(variable, secret_endings[i]);
	for (size_t i = 0; secret && i < ARRAY_SIZE(harmless_endings); i++)
		secret = !name_ends_in(variable, harmless_endings[i]);
	return secret;
}

/* scheme://user:password@host */
static bool has_password_in_address(const char *value)
{
	const char *start = strstr(value, "://");
	if (!start)
		return false;
	start += strlen("://");
	size_t authority = strcspn(start, "/?# ");
	const char *at = memchr(start, '@', authority);
	const char *colon = at ? memchr(start, ':', (size_t)(at - start)) : NULL;
	return colon && colon + 1 < at;
}

/* Three parts of base64url with dots between, the first of which starts as {" does. */
static bool is_web_token(const char *value)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
	size_t dots = 0;
	if (!text_starts_with(value, "eyJ"))
		return false;
	for (; *value; value += *value == '.') {
		size_t length = strspn(value, digits);
		value += length;
		if (length == 0 || (*value && *value != '.'))
			return false;
		dots += *value == '.';
	}
	return dots == 2;
}

static bool has_secret_value(const struct variable *variable)
{
	const char *value = variable->value;
	for (size_t i = 0; i < ARRAY_SIZE(shapes); i++)
		if (*value == *shapes[i].start && text_starts_with(value, shapes[i].start) &&
		    strlen(value) >= shapes[i].least)
			return !text_starts_with(value, "-----BEGIN ") || strstr(value, "PRIVATE KEY-----");
	return is_web_token(value) || has_password_in_address(value);
}

static bool has_loader_name(const struct variable *variable)
{
	if (variable->length > 3 && text_starts_with(variable->name, "LD_"))
		return true;
	for (size_t i = 0; i < ARRAY_SIZE(loader_names); i++)
		if (*variable->name == *loader_names[i] && variable->length == strlen(loader_names[i]) &&
		    text_starts_with(variable->name, loader_names[i]))
			return true;
	return false;
}

enum variable_kind process_environment_kind(const char *entry)
{
	const char *equals = strchr(entry, '=');
	if (!equals || equals == entry)
		return VARIABLE_PLAIN;
	struct variable variable = {.name = entry, .length = (size_t)(equals - entry), .value = equals + 1};
	if (has_loader_name(&variable))
		return *variable.value ? VARIABLE_LOADER : VARIABLE_PLAIN;
	if (has_secret_name(&variable) && !has_harmless_value(&variable))
		return VARIABLE_SECRET_NAME;
	return has_secret_value(&variable) ? VARIABLE_SECRET_VALUE : VARIABLE_PLAIN;
}
