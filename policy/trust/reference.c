#include "policy/trust/reference.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "policy/base/cleanup.h"
#include "policy/base/text.h"
#include "policy/trust/digest.h"
#include "policy/trust/reference_parts.h"

#define LOWER "abcdefghijklmnopqrstuvwxyz"
#define UPPER "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define DIGITS "0123456789"

bool reference_is_registry(const char *text, size_t length)
{
	if (length == strlen("localhost") && memcmp(text, "localhost", length) == 0)
		return true;
	for (size_t i = 0; i < length; i++)
		if (text[i] == '.' || text[i] == ':')
			return true;
	return false;
}

static bool is_port(const char *text)
{
	size_t length = strspn(text, DIGITS);
	return length > 0 && length <= 5 && text[length] == '\0';
}

/* "[" address "]", and perhaps a port behind it. */
static bool is_address_of_version_6(const char *text)
{
	size_t length = strspn(text + 1, DIGITS ":abcdefABCDEF");
	const char *rest = text + 1 + length;
	return length > 1 && rest[0] == ']' && (rest[1] == '\0' || (rest[1] == ':' && is_port(rest + 2)));
}

/* Labels of letters, digits and inner hyphens with dots between, and perhaps a port. */
static bool is_host(const char *text)
{
	if (text[0] == '[')
		return is_address_of_version_6(text);
	for (;;) {
		size_t length = strspn(text, LOWER UPPER DIGITS "-");
		if (length == 0 || text[0] == '-' || text[length - 1] == '-')
			return false;
		text += length;
		if (*text == '\0')
			return true;
		if (*text == ':')
			return is_port(text + 1);
		if (*text++ != '.')
			return false;
	}
}

/* What may stand between two runs of letters and digits: one dot, one or two
 * underscores, any number of hyphens. Its length; 0 where it is none. */
static size_t separator_length(const char *text)
{
	if (text[0] == '.')
		return 1;
	if (text[0] == '_')
		return text[1] == '_' ? 2 : 1;
	return strspn(text, "-");
}

static bool is_repository(const char *text)
{
	for (;;) {
		size_t length = strspn(text, LOWER DIGITS);
		if (length == 0)
			return false;
		text += length;
		if (*text == '\0')
			return true;
		size_t separator = *text == '/' ? 1 : separator_length(text);
		if (separator == 0)
			return false;
		text += separator;
	}
}

static bool is_tag(const char *text)
{
	size_t length = strspn(text, LOWER UPPER DIGITS "_.-");
	return length > 0 && length <= REFERENCE_TAG_LENGTH && text[length] == '\0' && text[0] != '.' && text[0] != '-';
}

static bool is_id(const char *name)
{
	return (text_starts_with(name, "sha256:") && !strchr(name, '/')) ||
	       (strlen(name) == 64 && strspn(name, DIGITS "abcdef") == 64);
}

static int refuse(const char *name, const char *why, struct error **error)
{
	cleanup_text struct text quoted = {0};
	char head[REFERENCE_LENGTH + 1];
	(void)snprintf(head, sizeof(head), "%s", name);
	text_append_quoted(&quoted, head);
	return error_set(error, EINVAL, "%s is not an image's name: %s", quoted.data ? quoted.data : "a text", why);
}

/* Cuts `text` before its tag and returns that, or NULL. */
static char *cut_tag(char *text)
{
	char *slash = strrchr(text, '/'), *at = strrchr(slash ? slash : text, ':');
	if (!at)
		return NULL;
	*at = '\0';
	return at + 1;
}

static char *copy_lower(const char *text)
{
	char *copy = strdup(text);
	for (char *at = copy; at && *at; at++)
		*at = (char)tolower((unsigned char)*at);
	return copy;
}

/* `registry` may be NULL: the default. */
static int fill(const char *registry, const char *repository, const char *tag, const char *digest,
		struct reference *ret_reference, struct error **error)
{
	struct reference reference = {
		.registry = copy_lower(registry ? registry : REFERENCE_REGISTRY),
		.tag = tag ? strdup(tag) : NULL,
		.digest = digest ? strdup(digest) : NULL,
	};
	if (reference.registry && strcmp(reference.registry, REFERENCE_REGISTRY_ALIAS) == 0)
		memcpy(reference.registry, REFERENCE_REGISTRY, sizeof(REFERENCE_REGISTRY));
	bool official = text_equal(reference.registry, REFERENCE_REGISTRY) && !strchr(repository, '/');
	if (asprintf(&reference.repository, "%s%s", official ? REFERENCE_OFFICIAL "/" : "", repository) < 0)
		reference.repository = NULL;
	if (!reference.registry || !reference.repository || (tag && !reference.tag) || (digest && !reference.digest)) {
		reference_release(&reference);
		return error_out_of_memory(error);
	}
	*ret_reference = reference;
	return 0;
}

int reference_parse(const char *name, struct reference *ret_reference, struct error **error)
{
	struct reference reference;
	char text[REFERENCE_LENGTH + 1 + REFERENCE_TAG_LENGTH + 1 + DIGEST_LENGTH + 1];
	size_t length = strlen(name);
	if (length >= sizeof(text))
		return refuse(name, "it is too long", error);
	if (is_id(name))
		return refuse(name, "it is the id of an image", error);
	memcpy(text, name, length + 1);
	char *digest = strchr(text, '@');
	if (digest)
		*digest++ = '\0';
	if (digest && !digest_is_valid(digest))
		return refuse(name, "behind its '@' stands no digest of sha256: and 64 lower-case hexadecimal digits", error);
	const char *tag = cut_tag(text);
	if (tag && !is_tag(tag))
		return refuse(name, "its tag is none", error);
	char *slash = strchr(text, '/');
	const char *registry = NULL, *repository = text;
	if (slash && (text[0] == '[' || reference_is_registry(text, (size_t)(slash - text)))) {
		*slash = '\0';
		registry = text;
		repository = slash + 1;
	}
	if (registry && !is_host(registry))
		return refuse(name, "its registry is neither a host's name nor an address", error);
	if (!is_repository(repository))
		return refuse(name, "its repository is not of lower-case letters, digits, and single separators between "
			      "them", error);
	int result = fill(registry, repository, tag || digest ? tag : "latest", digest, &reference, error);
	if (result < 0)
		return result;
	if (strlen(reference.registry) + 1 + strlen(reference.repository) > REFERENCE_LENGTH) {
		reference_release(&reference);
		return refuse(name, "it is too long", error);
	}
	*ret_reference = reference;
	return 0;
}

void reference_release(struct reference *reference)
{
	free(reference->registry);
	free(reference->repository);
	free(reference->tag);
	free(reference->digest);
	*reference = (struct reference){0};
}
