#include <string.h>

#include "policy/base/cleanup.h"
#include "policy/base/text.h"
#include "policy/trust/reference.h"
#include "policy/trust/reference_parts.h"

struct span {
	const char *text; /* NULL: nothing is left of it */
	size_t length;
};

/* The components of a name or a pattern one by one: those of its registry, of what a
 * default adds, and of the rest. Nothing is copied, since a policy has many patterns. */
struct walk {
	struct span pieces[3];
	size_t piece;
};

static bool next(struct walk *walk, struct span *ret_part)
{
	while (walk->piece < ARRAY_SIZE(walk->pieces) && !walk->pieces[walk->piece].text)
		walk->piece++;
	if (walk->piece == ARRAY_SIZE(walk->pieces))
		return false;
	struct span *piece = &walk->pieces[walk->piece];
	const char *slash = memchr(piece->text, '/', piece->length);
	*ret_part = (struct span){piece->text, slash ? (size_t)(slash - piece->text) : piece->length};
	*piece = (struct span){slash ? slash + 1 : NULL, slash ? piece->length - ret_part->length - 1 : 0};
	return true;
}

static struct span span_of(const char *text)
{
	return (struct span){text, strlen(text)};
}

static bool span_is(struct span span, const char *text)
{
	return span.length == strlen(text) && memcmp(span.text, text, span.length) == 0;
}

/* "*" stands for any characters, none too. The last "*" alone has to be tried again
 * at the next place, so that the time is bounded by the lengths' product. */
static bool part_matches(struct span pattern, struct span text)
{
	size_t at = 0, star = pattern.length, again = 0;
	for (size_t i = 0; i < text.length;) {
		if (at < pattern.length && pattern.text[at] == '*') {
			star = at++;
			again = i;
		} else if (at < pattern.length && pattern.text[at] == text.text[i]) {
			at++;
			i++;
		} else if (star < pattern.length) {
			at = star + 1;
			i = ++again;
		} else {
			return false;
		}
	}
	while (at < pattern.length && pattern.text[at] == '*')
		at++;
	return at == pattern.length;
}

/* The same with "**" and whole components. */
static bool walk_matches(struct walk pattern, struct walk path)
{
	struct walk after_star = pattern, again = path;
	struct span wanted, part;
	bool starred = false, more = next(&pattern, &wanted);
	for (struct walk here = path; next(&path, &part); here = path) {
		if (more && span_is(wanted, "**")) {
			starred = true;
			after_star = pattern;
			again = path = here;
			more = next(&pattern, &wanted);
		} else if (more && part_matches(wanted, part)) {
			more = next(&pattern, &wanted);
		} else if (starred) {
			(void)next(&again, &part);
			path = again;
			pattern = after_star;
			more = next(&pattern, &wanted);
		} else {
			return false;
		}
	}
	while (more && span_is(wanted, "**"))
		more = next(&pattern, &wanted);
	return !more;
}

/* Cuts the tag off: *ret_tag is NULL where the pattern has none. */
static struct span name_of(const char *pattern, const char **ret_tag)
{
	const char *slash = strrchr(pattern, '/'), *colon = strchr(slash ? slash : pattern, ':');
	*ret_tag = colon ? colon + 1 : NULL;
	return (struct span){pattern, colon ? (size_t)(colon - pattern) : strlen(pattern)};
}

/* A pattern's components with the defaults that a name gets. */
static struct walk walk_of(struct span name)
{
	const char *slash = memchr(name.text, '/', name.length);
	struct span first = {name.text, slash ? (size_t)(slash - name.text) : name.length}, rest = name, added = {NULL, 0};
	if (span_is(first, "**"))
		return (struct walk){.pieces = {name}};
	if (slash && (first.text[0] == '[' || reference_is_registry(first.text, first.length)))
		rest = (struct span){slash + 1, name.length - first.length - 1};
	else
		first = span_of(REFERENCE_REGISTRY);
	if (span_is(first, REFERENCE_REGISTRY_ALIAS))
		first = span_of(REFERENCE_REGISTRY);
	if (span_is(first, REFERENCE_REGISTRY) && !memchr(rest.text, '/', rest.length) && !span_is(rest, "**"))
		added = span_of(REFERENCE_OFFICIAL);
	return (struct walk){.pieces = {first, added, rest}};
}

bool reference_matches(const struct reference *reference, const char *pattern)
{
	const char *tag = NULL;
	struct span name = name_of(pattern, &tag);
	if (tag && (!reference->tag || !part_matches(span_of(tag), span_of(reference->tag))))
		return false;
	const struct walk path = {.pieces = {span_of(reference->registry), span_of(reference->repository)}};
	return walk_matches(walk_of(name), path);
}

#define LETTERS_AND_DIGITS "abcdefghijklmnopqrstuvwxyz0123456789"
#define REGISTRY_CHARACTERS LETTERS_AND_DIGITS ".-:[]*"
#define REPOSITORY_CHARACTERS LETTERS_AND_DIGITS "._-*"
#define TAG_CHARACTERS LETTERS_AND_DIGITS "ABCDEFGHIJKLMNOPQRSTUVWXYZ._-*"

static bool part_is_valid(struct span part, const char *characters)
{
	bool stars = memmem(part.text, part.length, "**", 2) != NULL;
	for (size_t i = 0; i < part.length; i++)
		if (!strchr(characters, part.text[i]))
			return false;
	return part.length > 0 && (!stars || part.length == 2);
}

bool reference_pattern_is_valid(const char *pattern)
{
	const char *tag = NULL;
	struct span name = name_of(pattern, &tag), part;
	if (name.length == 0 || name.length > REFERENCE_LENGTH)
		return false;
	/* "*" first: any registry, or any user of docker.io? "**" and "*.*" say which */
	if (name.text[0] == '*' && (name.length == 1 || name.text[1] == '/'))
		return false;
	struct walk walk = walk_of(name);
	for (const char *characters = REGISTRY_CHARACTERS; next(&walk, &part); characters = REPOSITORY_CHARACTERS)
		if (!part_is_valid(part, characters))
			return false;
	return !tag || (strlen(tag) <= REFERENCE_TAG_LENGTH && !strstr(tag, "**") &&
			part_is_valid(span_of(tag), TAG_CHARACTERS));
}
