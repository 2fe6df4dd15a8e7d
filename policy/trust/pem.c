#include "policy/trust/pem.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "policy/base/text.h"

#define LINE_WIDTH 76u /* 64 by the standard, 76 by MIME */

/* Steps over `expected` where it comes next. */
static bool take(const char **text, const char *expected)
{
	if (!text_starts_with(*text, expected))
		return false;
	*text += strlen(expected);
	return true;
}

/* "-----BEGIN LABEL-----": the dashes, the word, the label, the dashes. */
static bool take_boundary(const char **text, const char *word, const char *label)
{
	return take(text, "-----") && take(text, word) && take(text, " ") && take(text, label) && take(text, "-----");
}

/* The lines up to the next boundary, put together. */
static bool take_lines(const char **text, struct text *lines)
{
	while (**text != '-') {
		size_t width = strcspn(*text, "\n-");
		if (width == 0 || width > LINE_WIDTH || (*text)[width] != '\n')
			return false;
		text_append_bytes(lines, *text, width);
		*text += width + 1;
	}
	return true;
}

static int read_block(const char **text, const char *label, const char *what, struct material_memory *memory,
		      struct bytes *ret_block, struct error **error)
{
	cleanup_text struct text lines = {0};
	bool whole = take_boundary(text, "BEGIN", label) && take(text, "\n") && take_lines(text, &lines) &&
		     take_boundary(text, "END", label) && (**text == '\0' || take(text, "\n"));
	if (!whole)
		return error_set(error, EINVAL, "%s is not PEM of \"%s\" and nothing else", what, label);
	cleanup_free char *base64 = text_finish(&lines);
	if (!base64)
		return error_out_of_memory(error);
	return material_memory_decode(memory, base64, what, ret_block, error);
}

int pem_read(const char *text, const char *label, const char *what, struct material_memory *memory,
	     const struct bytes **ret_blocks, size_t *ret_count, struct error **error)
{
	struct bytes *blocks = material_memory_allocate(memory, PEM_BLOCKS, sizeof(*blocks));
	if (!blocks)
		return error_out_of_memory(error);
	size_t count = 0;
	do {
		if (count == PEM_BLOCKS)
			return error_set(error, EINVAL, "%s has more than %u PEM blocks", what, PEM_BLOCKS);
		int result = read_block(&text, label, what, memory, &blocks[count], error);
		if (result < 0)
			return result;
		count++;
	} while (*text != '\0');
	*ret_blocks = blocks;
	*ret_count = count;
	return 0;
}
