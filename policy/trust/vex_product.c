#include "policy/trust/vex_product.h"

#include <string.h>

#include "policy/base/cleanup.h"
#include "policy/base/text.h"
#include "policy/document/document.h"
#include "policy/trust/demand.h"
#include "policy/trust/digest.h"
#include "policy/trust/vex.h"

/* Where a purl's qualifiers or subpath begin, else its end. */
static size_t plain_length(const char *purl)
{
	return strcspn(purl, "?#");
}

/* Where the version's "@" stands in the first `length` bytes; NULL where there is none. An
 * "@" before the last "/" is part of a name. */
static const char *find_version(const char *purl, size_t length)
{
	for (size_t i = length; i > 0 && purl[i - 1] != '/'; i--)
		if (purl[i - 1] == '@')
			return purl + i - 1;
	return NULL;
}

bool vex_purl_matches(const char *purl, const char *wanted)
{
	if (strcmp(purl, wanted) == 0)
		return true;
	size_t length = plain_length(purl), wanted_length = plain_length(wanted);
	if (wanted[wanted_length] != '\0' || !text_starts_with(wanted, "pkg:"))
		return false;
	if (!find_version(wanted, wanted_length)) {
		const char *version = find_version(purl, length);
		length = version ? (size_t)(version - purl) : length;
	}
	return length == wanted_length && strncmp(purl, wanted, length) == 0;
}

static bool is_subject(const struct claims *claims, const char *digest)
{
	for (size_t i = 0; i < claims->count; i++)
		if (text_equal(claims->list[i].subject, digest))
			return true;
	return false;
}

enum naming { NAMES_NOTHING, NAMES_IMAGE, NAMES_ANOTHER };

static enum naming naming_of_digits(const char *digits, size_t length, const struct claims *claims)
{
	cleanup_text struct text digest = {0};
	text_append(&digest, "sha256:");
	text_append_bytes(&digest, digits, length);
	cleanup_free char *text = text_finish(&digest);
	return text && digest_is_valid(text) && is_subject(claims, text) ? NAMES_IMAGE : NAMES_ANOTHER;
}

/* A purl of an index may say which of its images is meant, by its qualifier "arch". */
static bool is_of_another_architecture(const char *purl, const char *architecture)
{
	const char *at = purl + plain_length(purl);
	while (architecture && (*at == '?' || *at == '&')) {
		size_t length = strcspn(++at, "&#");
		const char *value = text_starts_with(at, "arch=") ? at + strlen("arch=") : NULL;
		if (value && (strlen(architecture) != length - strlen("arch=") ||
			      strncmp(value, architecture, strlen(architecture)) != 0))
			return true;
		at += length;
	}
	return false;
}

/* "pkg:oci/name@sha256%3A…": the colon may be written as it is. */
static enum naming naming_of_purl(const char *purl, const struct image *image)
{
	static const char *const algorithms[] = {"@sha256%3A", "@sha256%3a", "@sha256:"};
	if (!purl || !text_starts_with(purl, "pkg:oci/"))
		return NAMES_NOTHING;
	const char *end = purl + plain_length(purl);
	const char *version = find_version(purl, plain_length(purl));
	for (size_t i = 0; version && i < ARRAY_SIZE(algorithms); i++) {
		const char *digits = version + strlen(algorithms[i]);
		if (text_starts_with(version, algorithms[i]))
			return is_of_another_architecture(purl, image->architecture)
				? NAMES_ANOTHER
				: naming_of_digits(digits, (size_t)(end - digits), image->claims);
	}
	return version ? NAMES_ANOTHER : NAMES_NOTHING;
}

static enum naming naming_of_hash(const json_t *hash, const struct claims *claims)
{
	const char *digits = document_text(hash);
	if (!hash)
		return NAMES_NOTHING;
	return digits ? naming_of_digits(digits, strlen(digits), claims) : NAMES_ANOTHER;
}

static const char *purl_of(const json_t *component)
{
	return document_text(json_object_get(json_object_get(component, "identifiers"), "purl"));
}

bool vex_product_is_image(const json_t *product, const struct image *image)
{
	const enum naming namings[] = {
		naming_of_hash(json_object_get(json_object_get(product, "hashes"), "sha-256"), image->claims),
		naming_of_purl(document_text(json_object_get(product, "@id")), image),
		naming_of_purl(purl_of(product), image),
	};
	bool found = false;
	for (size_t i = 0; i < ARRAY_SIZE(namings); i++) {
		if (namings[i] == NAMES_ANOTHER)
			return false;
		found = found || namings[i] == NAMES_IMAGE;
	}
	return found;
}

bool vex_components_have(const json_t *components, const char *purl)
{
	for (size_t i = 0; purl && i < json_array_size(components); i++) {
		const json_t *component = json_array_get(components, i);
		const char *id = document_text(json_object_get(component, "@id"));
		const char *identifier = purl_of(component);
		if ((id && vex_purl_matches(purl, id)) || (identifier && vex_purl_matches(purl, identifier)))
			return true;
	}
	return false;
}
