#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "policy/base/number.h"
#include "policy/trust/digest.h"
#include "policy/trust/layout.h"
#include "policy/trust/manifest.h"

#define TEXT_LENGTH 512u /* of a name or a note */

/* No control characters, and for a note nothing that is not ASCII: what the child says of
 * foreign text goes to a terminal. */
static bool can_be_shown(const char *text, bool ascii)
{
	size_t length = strlen(text);
	if (length == 0 || length > TEXT_LENGTH || !text_is_utf8(text, length))
		return false;
	for (const char *at = text; *at; at++)
		if ((unsigned char)*at < ' ' || *at == 0x7f || (ascii && (unsigned char)*at > 0x7e))
			return false;
	return true;
}

static int compare_name(const void *digest, const void *name)
{
	return strcmp(digest, name);
}

static bool is_a_file(const struct layout_files *files, const char *digest)
{
	return digest_is_valid(digest) && files->name_count &&
	       bsearch(digest, files->names, files->name_count, sizeof(*files->names), compare_name);
}

static struct layout_image *last_image(struct layout *layout)
{
	return layout->count ? &layout->images[layout->count - 1] : NULL;
}

static int take_image(const struct layout_files *files, const char *rest, size_t row, struct layout *layout)
{
	(void)row;
	if (!is_a_file(files, rest) || layout->count == LAYOUT_IMAGES)
		return -EPROTO;
	struct layout_image *larger = reallocarray(layout->images, layout->count + 1, sizeof(*larger));
	if (!larger)
		return -ENOMEM;
	layout->images = larger;
	larger[layout->count] = (struct layout_image){.blobs = {.limit = EVIDENCE_BLOBS}};
	memcpy(larger[layout->count++].digest, rest, DIGEST_LENGTH + 1);
	return 0;
}

static int take_name(const struct layout_files *files, const char *rest, size_t row, struct layout *layout)
{
	struct layout_image *image = last_image(layout);
	(void)files, (void)row;
	if (!image || image->name)
		return -EPROTO;
	/* an image without a name is as good */
	image->name = can_be_shown(rest, false) ? strdup(rest) : NULL;
	return 0;
}

static int take_count(const struct layout_files *files, const char *rest, size_t row, struct layout *layout)
{
	struct layout_image *image = last_image(layout);
	uint64_t count = 0;
	(void)files;
	if (!image || number_parse_uint64(rest, &count) < 0 || count > LAYOUT_FILES * (uint64_t)MANIFEST_DESCRIPTORS)
		return -EPROTO;
	image->statements[row] = (size_t)count;
	return 0;
}

static int take_blob(const struct layout_files *files, const char *rest, size_t row, struct layout *layout)
{
	struct layout_image *image = last_image(layout);
	(void)row;
	return image && is_a_file(files, rest) ? digest_set_add(&image->blobs, rest) : -EPROTO;
}

static int take_note(const struct layout_files *files, const char *rest, size_t row, struct layout *layout)
{
	(void)files, (void)row;
	if (!can_be_shown(rest, true) || layout->note_count == LAYOUT_FILES)
		return -EPROTO;
	char **larger = reallocarray(layout->notes, layout->note_count + 1, sizeof(*larger));
	if (!larger)
		return -ENOMEM;
	layout->notes = larger;
	larger[layout->note_count] = strdup(rest);
	return larger[layout->note_count] ? (layout->note_count++, 0) : -ENOMEM;
}

static const struct line {
	const char *start;
	int (*take)(const struct layout_files *files, const char *rest, size_t row, struct layout *layout);
	size_t row;
} lines[] = {
	{"image ", take_image, 0},
	{"name ", take_name, 0},
	{"count0 ", take_count, LAYOUT_SIGNATURE},
	{"count1 ", take_count, LAYOUT_ATTESTATION},
	{"count2 ", take_count, LAYOUT_BUNDLE},
	{"count3 ", take_count, LAYOUT_NOTATION},
	{"blob ", take_blob, 0},
	{"note ", take_note, 0},
};

static int take_line(const struct layout_files *files, const char *line, struct layout *layout)
{
	for (size_t i = 0; i < ARRAY_SIZE(lines); i++)
		if (text_starts_with(line, lines[i].start))
			return lines[i].take(files, line + strlen(lines[i].start), lines[i].row, layout);
	return -EPROTO;
}

int layout_answer_read(const struct layout_files *files, char *answer, struct layout *layout, struct error **error)
{
	int result = 0;
	char *line = answer;
	for (char *end; result == 0 && (end = strchr(line, '\n')); line = end + 1) {
		*end = '\0';
		result = take_line(files, line, layout);
	}
	if (result == 0 && *line)
		result = -EPROTO;
	return result < 0 ? error_set_errno(error, -result, "what the confined child says of the layout") : 0;
}
