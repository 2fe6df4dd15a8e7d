/* Names and patterns of images: the first line is a name, the second a pattern. What
 * was parsed, written out, is the same name again and its own pattern. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "policy/base/cleanup.h"
#include "policy/base/text.h"
#include "policy/trust/reference.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static char *print(const struct reference *reference)
{
	struct text text = {0};
	text_append_format(&text, "%s/%s", reference->registry, reference->repository);
	if (reference->tag)
		text_append_format(&text, ":%s", reference->tag);
	if (reference->digest)
		text_append_format(&text, "@%s", reference->digest);
	return text_finish(&text);
}

static void check_name(const struct reference *reference)
{
	cleanup_free char *name = print(reference);
	cleanup_reference struct reference again = {0};
	if (!name || reference_parse(name, &again, NULL) < 0)
		abort();
	cleanup_free char *twice = print(&again);
	if (!text_equal(name, twice) || !reference_matches(reference, "**"))
		abort();
	char *digest = strchr(name, '@');
	if (digest)
		*digest = '\0';
	if (!reference_pattern_is_valid(name) || !reference_matches(reference, name))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	cleanup_free char *name = strndup((const char *)data, size);
	cleanup_reference struct reference reference = {0};
	char *pattern = name ? strchr(name, '\n') : NULL;
	if (pattern)
		*pattern++ = '\0';
	if (!name || reference_parse(name, &reference, NULL) < 0)
		return 0;
	check_name(&reference);
	if (pattern)
		(void)(reference_pattern_is_valid(pattern) | reference_matches(&reference, pattern));
	return 0;
}
